package io.muster.agent;

import android.app.admin.DevicePolicyManager;
import android.content.Context;
import android.content.Intent;
import android.os.PersistableBundle;

/** What the administrator's QR code said, on its way to Rust. Both ways in, receiver and activity, may be taken for one phone. */
final class Provisioning {
    static final String LINK = "server_link";
    static final String TAG = "asset_tag";

    private Provisioning() {}

    static PersistableBundle extras(Intent intent) {
        PersistableBundle extras =
                intent.getParcelableExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE);
        return extras == null ? new PersistableBundle() : extras;
    }

    /** Saves what was said, then settles: the phone enrols. Should that take too long or fail, a job does it later. */
    static void take(Context context, Intent intent, Agent.Answer then) {
        PersistableBundle extras = extras(intent);
        String link = extras.getString(LINK);
        if (link == null) {
            Routine.settle(context, then);
            return;
        }
        Agent.of(context).inTurn(
                Agent.request("remember", "link", link, "asset_tag", extras.getString(TAG)),
                (answer, problem) -> {
                    ReportJob.soon(context, ReportJob.FIRST);
                    Routine.settle(context, then);
                });
    }
}
