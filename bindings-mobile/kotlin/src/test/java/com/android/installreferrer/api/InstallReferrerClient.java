package com.android.installreferrer.api;

import android.content.Context;

/** What the guide needs of Google's library, which no public repository of Java's world has. */
public abstract class InstallReferrerClient {
    public abstract void startConnection(InstallReferrerStateListener listener);

    public abstract ReferrerDetails getInstallReferrer();

    public abstract void endConnection();

    public static Builder newBuilder(Context context) {
        return new Builder();
    }

    public static final class Builder {
        public InstallReferrerClient build() {
            throw new UnsupportedOperationException();
        }
    }

    public interface InstallReferrerResponse {
        int OK = 0;
    }
}
