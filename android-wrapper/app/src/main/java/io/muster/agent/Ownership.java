package io.muster.agent;

import android.app.admin.DevicePolicyManager;
import android.content.ComponentName;
import android.content.Context;

/** What the system made this application to be. */
final class Ownership {
    private Ownership() {}

    static boolean ofDevice(Context context) {
        DevicePolicyManager policy = policy(context);
        return policy != null && policy.isDeviceOwnerApp(context.getPackageName());
    }

    static boolean ofProfile(Context context) {
        DevicePolicyManager policy = policy(context);
        return policy != null && policy.isProfileOwnerApp(context.getPackageName());
    }

    /** Of the device or of the work profile. */
    static boolean ours(Context context) {
        return ofDevice(context) || ofProfile(context);
    }

    static DevicePolicyManager policy(Context context) {
        return context.getSystemService(DevicePolicyManager.class);
    }

    static ComponentName admin(Context context) {
        return new ComponentName(context, AdminReceiver.class);
    }
}
