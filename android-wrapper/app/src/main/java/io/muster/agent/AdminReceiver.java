package io.muster.agent;

import android.app.admin.DeviceAdminReceiver;
import android.app.admin.DevicePolicyManager;
import android.content.Context;
import android.content.Intent;
import android.os.Handler;
import android.os.Looper;
import java.util.concurrent.atomic.AtomicBoolean;

/** The component that provisioning makes owner of the device or of the work profile. */
public final class AdminReceiver extends DeviceAdminReceiver {
    static final long PATIENCE_MS = 8_000;

    @Override
    public void onEnabled(Context context, Intent intent) {
        Routine.settle(context, null);
    }

    @Override
    public void onProfileProvisioningComplete(Context context, Intent intent) {
        DevicePolicyManager policy = Ownership.policy(context);
        if (Ownership.ofProfile(context)) {
            policy.setProfileName(Ownership.admin(context), context.getString(R.string.label));
            policy.setProfileEnabled(Ownership.admin(context));
        }
        // The process would be fair game as soon as this returned. The system waits for about ten seconds and then calls it
        // hung: what isn't done by then is the job's.
        PendingResult busy = goAsync();
        AtomicBoolean over = new AtomicBoolean();
        Runnable end = () -> {
            if (busy != null && over.compareAndSet(false, true)) busy.finish();
        };
        new Handler(Looper.getMainLooper()).postDelayed(end, PATIENCE_MS);
        Provisioning.take(context, intent, (answer, problem) -> end.run());
    }
}
