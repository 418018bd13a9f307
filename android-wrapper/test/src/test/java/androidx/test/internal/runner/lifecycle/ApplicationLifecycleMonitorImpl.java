/* Stands in for androidx.test:monitor, which Robolectric links against and Maven Central does not have: no more than is called. */
package androidx.test.internal.runner.lifecycle;

import android.app.Application;
import androidx.test.runner.lifecycle.ApplicationLifecycleCallback;
import androidx.test.runner.lifecycle.ApplicationLifecycleMonitor;
import androidx.test.runner.lifecycle.ApplicationStage;
import java.util.LinkedHashSet;
import java.util.Set;

public final class ApplicationLifecycleMonitorImpl implements ApplicationLifecycleMonitor {
    private final Set<ApplicationLifecycleCallback> told = new LinkedHashSet<>();

    @Override
    public synchronized void addLifecycleCallback(ApplicationLifecycleCallback callback) {
        told.add(callback);
    }

    @Override
    public synchronized void removeLifecycleCallback(ApplicationLifecycleCallback callback) {
        told.remove(callback);
    }

    public synchronized void signalLifecycleChange(Application application, ApplicationStage stage) {
        Set.copyOf(told).forEach(one -> one.onApplicationLifecycleChanged(application, stage));
    }
}
