package com.android.installreferrer.api;

public class ReferrerDetails {
    public String getInstallReferrer() {
        throw new UnsupportedOperationException();
    }
}
