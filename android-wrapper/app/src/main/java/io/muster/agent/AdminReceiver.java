package io.muster.agent;

import android.app.admin.DeviceAdminReceiver;
import android.app.admin.DevicePolicyManager;
import android.content.Context;
import android.content.Intent;

/** The component that provisioning makes owner of the device or of the work profile. */
public final class AdminReceiver extends DeviceAdminReceiver {
    @Override
    public void onEnabled(Context context, Intent intent) {
        Organisation.fromConfiguration(context);
        Routine.settle(context, null);
    }

    @Override
    public void onProfileProvisioningComplete(Context context, Intent intent) {
        DevicePolicyManager policy = Ownership.policy(context);
        if (Ownership.ofProfile(context)) {
            policy.setProfileName(Ownership.admin(context), context.getString(R.string.label));
            policy.setProfileEnabled(Ownership.admin(context));
        }
        // The process would be fair game as soon as this returned; the system waits for about ten seconds.
        PendingResult busy = goAsync();
        Provisioning.take(context, intent, (answer, problem) -> {
            if (busy != null) busy.finish();
        });
    }
}
