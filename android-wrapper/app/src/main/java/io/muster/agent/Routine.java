package io.muster.agent;

import android.content.Context;
import android.util.Log;
import java.util.function.BooleanSupplier;
import org.json.JSONObject;

/** What follows from an answer of Rust, the same wherever it was asked: the plan of jobs, the channel, notes, an update. */
final class Routine {
    private Routine() {}

    /** What a process does first, and again when managed configuration changed or a link came in. */
    static void settle(Context context, Agent.Answer then) {
        Agent.of(context).inTurn(Agent.request("settle"), (answer, problem) -> {
            if (answer instanceof JSONObject) {
                JSONObject settled = (JSONObject) answer;
                carry("the plan", () -> follow(context, settled.optJSONObject("schedule")));
            }
            if (then != null) then.take(answer, problem);
        });
    }

    /** A piece of work; {@code then} is told when everything that follows from it is under way. */
    static void work(Context context, String why, int seconds, Agent.Answer then) {
        work(context, why, seconds, () -> true, then);
    }

    /** The same, unless it is no longer wanted when its turn comes. */
    static void work(Context context, String why, int seconds, BooleanSupplier wanted, Agent.Answer then) {
        int stop = LastStop.take(context);
        JSONObject request = Agent.request("work", "why", why, "seconds", seconds, "last_stop_reason", stop);
        Agent.of(context).inTurn(request, wanted, (answer, problem) -> {
            JSONObject worked = answer instanceof JSONObject ? (JSONObject) answer : null;
            if (worked == null) {
                LastStop.giveBack(context, stop);
            } else {
                carry("the plan", () -> follow(context, worked.optJSONObject("schedule")));
            }
            carry("the notes", () -> Notes.show(context));
            JSONObject update = worked == null ? null : worked.optJSONObject("update");
            Agent.of(context).inTurn(() -> update(context, update), () -> {
                if (then != null) then.take(answer, problem);
            });
        });
    }

    /** Puts a schedule into force. */
    static void follow(Context context, JSONObject schedule) {
        if (schedule == null) return;
        ReportJob.plan(context, schedule);
        String channel = schedule.optString("channel", "off");
        boolean resident = "always".equals(channel) && Ownership.ours(context);
        ChannelService.set(context, resident);
        // In turn: it waits for a piece of work to end, and nothing that answers at once may wait behind it.
        Agent.of(context).inTurn(Agent.request("stay", "on", !"off".equals(channel)), null);
    }

    /** What the system refuses to take must not end the process, which would begin with the same thing again. */
    private static void carry(String what, Runnable work) {
        try {
            work.run();
        } catch (RuntimeException e) {
            Log.e(Agent.TAG, what + " was not taken", e);
        }
    }

    private static void update(Context context, JSONObject update) {
        if (update == null) return;
        try {
            Updates.install(context, Updates.Offer.of(update));
        } catch (Updates.Refused e) {
            Log.w(Agent.TAG, "update refused: " + e.code + ": " + e.getMessage());
        }
    }
}
