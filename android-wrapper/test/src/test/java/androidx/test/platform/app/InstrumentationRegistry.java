/* Stands in for androidx.test:monitor, which Robolectric links against and Maven Central does not have: no more than is called. */
package androidx.test.platform.app;

import android.app.Instrumentation;
import android.os.Bundle;

public final class InstrumentationRegistry {
    private static Instrumentation registered;
    private static Bundle given = new Bundle();

    private InstrumentationRegistry() {}

    public static void registerInstance(Instrumentation instrumentation, Bundle arguments) {
        registered = instrumentation;
        given = arguments;
    }

    public static Instrumentation getInstrumentation() {
        if (registered == null) throw new IllegalStateException("nothing was registered");
        return registered;
    }

    public static Bundle getArguments() {
        return given;
    }
}
