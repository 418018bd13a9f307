/* Stands in for androidx.test:monitor, which Robolectric links against and Maven Central does not have: no more than is called. */
package androidx.test.runner.lifecycle;

public final class ActivityLifecycleMonitorRegistry {
    private static ActivityLifecycleMonitor registered;

    private ActivityLifecycleMonitorRegistry() {}

    public static void registerInstance(ActivityLifecycleMonitor monitor) {
        registered = monitor;
    }

    public static ActivityLifecycleMonitor getInstance() {
        if (registered == null) throw new IllegalStateException("nothing was registered");
        return registered;
    }
}
