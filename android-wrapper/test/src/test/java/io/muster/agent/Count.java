package io.muster.agent;

import org.junit.runner.Result;
import org.junit.runner.notification.RunListener;

/** The last line of a run. */
public final class Count extends RunListener {
    private final long begun = System.nanoTime();

    @Override
    public void testRunFinished(Result result) {
        System.out.printf(
                "android tests: %d run, %d passed, %d failed, %d ignored, %d s%n",
                result.getRunCount(),
                result.getRunCount() - result.getFailureCount(),
                result.getFailureCount(),
                result.getIgnoreCount(),
                (System.nanoTime() - begun) / 1_000_000_000);
    }
}
