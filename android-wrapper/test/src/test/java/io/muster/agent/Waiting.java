package io.muster.agent;

import static org.robolectric.Shadows.shadowOf;

import android.os.Looper;
import java.util.concurrent.Callable;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;

/** Watching for something to become true, while the main thread goes on with its work. */
final class Waiting {
    static final int PATIENCE_SECONDS = 60;

    private Waiting() {}

    static void until(String what, Callable<Boolean> holds) {
        Object ignored = value(what, () -> holds.call() ? Boolean.TRUE : null);
    }

    /** The first value that is not null. */
    static <T> T value(String what, Callable<T> ask) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (true) {
            shadowOf(Looper.getMainLooper()).idle();
            T value;
            try {
                value = ask.call();
            } catch (Exception e) {
                throw new AssertionError("while waiting until " + what, e);
            }
            if (value != null) return value;
            if (System.nanoTime() > end) throw new AssertionError("waited in vain until " + what);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }
}
