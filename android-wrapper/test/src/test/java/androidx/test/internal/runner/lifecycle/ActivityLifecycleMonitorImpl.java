/* Stands in for androidx.test:monitor, which Robolectric links against and Maven Central does not have: no more than is called. */
package androidx.test.internal.runner.lifecycle;

import android.app.Activity;
import androidx.test.runner.lifecycle.ActivityLifecycleCallback;
import androidx.test.runner.lifecycle.ActivityLifecycleMonitor;
import androidx.test.runner.lifecycle.Stage;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.WeakHashMap;
import java.util.stream.Collectors;

public final class ActivityLifecycleMonitorImpl implements ActivityLifecycleMonitor {
    private final WeakHashMap<Activity, Stage> known = new WeakHashMap<>();
    private final Set<ActivityLifecycleCallback> told = new LinkedHashSet<>();

    @Override
    public synchronized void addLifecycleCallback(ActivityLifecycleCallback callback) {
        told.add(callback);
    }

    @Override
    public synchronized void removeLifecycleCallback(ActivityLifecycleCallback callback) {
        told.remove(callback);
    }

    @Override
    public synchronized Stage getLifecycleStageOf(Activity activity) {
        return known.getOrDefault(activity, Stage.PRE_ON_CREATE);
    }

    @Override
    public synchronized Collection<Activity> getActivitiesInStage(Stage stage) {
        return known.keySet().stream().filter(one -> known.get(one) == stage).collect(Collectors.toList());
    }

    public synchronized void signalLifecycleChange(Stage stage, Activity activity) {
        known.put(activity, stage);
        Set.copyOf(told).forEach(one -> one.onActivityLifecycleChanged(activity, stage));
    }
}
