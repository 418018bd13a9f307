package io.muster.agent;

/** The application as it is; Robolectric makes it before anything of a test runs, so the library is put in place here. */
public final class PhoneApplication extends AgentApplication {
    @Override
    public void onCreate() {
        Library.prepare();
        super.onCreate();
    }
}
