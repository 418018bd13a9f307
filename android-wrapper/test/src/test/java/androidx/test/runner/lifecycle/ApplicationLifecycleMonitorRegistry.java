/* Stands in for androidx.test:monitor, which Robolectric links against and Maven Central does not have: no more than is called. */
package androidx.test.runner.lifecycle;

public final class ApplicationLifecycleMonitorRegistry {
    private static ApplicationLifecycleMonitor registered;

    private ApplicationLifecycleMonitorRegistry() {}

    public static void registerInstance(ApplicationLifecycleMonitor monitor) {
        registered = monitor;
    }

    public static ApplicationLifecycleMonitor getInstance() {
        if (registered == null) throw new IllegalStateException("nothing was registered");
        return registered;
    }
}
