package io.muster.agent;

import android.content.Context;

/** The door to Rust: three functions, JSON in UTF-8 in and out. Never called on the main thread. */
final class Native {
    static {
        // On a phone the library lies in the APK; outside of one, whoever runs the JVM names the file.
        String file = System.getProperty("muster.library");
        if (file == null) {
            System.loadLibrary("muster");
        } else {
            System.load(file);
        }
    }

    private Native() {}

    /** Opens the one agent of this process on its state folder. A second time with the same folder does nothing. */
    static native void open(Context context, String folder);

    /** Asks; the request is an object with {@code do}. */
    static native byte[] call(byte[] request);

    /** Ends the agent's work. Harmless when there is none. */
    static native void close();
}
