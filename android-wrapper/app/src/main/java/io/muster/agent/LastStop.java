package io.muster.agent;

import android.content.Context;
import android.content.SharedPreferences;

/** Why the system ended the last job; kept over the end of the process, until a piece of work has told it. */
final class LastStop {
    static final int NONE = -1;

    private LastStop() {}

    static void keep(Context context, int reason) {
        if (reason != NONE) file(context).edit().putInt("reason", reason).apply();
    }

    /** Gives back what was taken and could not be told, unless a newer one came meanwhile. */
    static void giveBack(Context context, int reason) {
        if (file(context).getInt("reason", NONE) == NONE) keep(context, reason);
    }

    static int take(Context context) {
        int reason = file(context).getInt("reason", NONE);
        if (reason != NONE) file(context).edit().remove("reason").apply();
        return reason;
    }

    private static SharedPreferences file(Context context) {
        return context.getSharedPreferences("stop", Context.MODE_PRIVATE);
    }
}
