package dev.sentby.guide;

/** An attendee as the guide stores one. */
public record Attendee(String id, String name, String carrier) {}
