package io.muster.agent;

import android.content.Context;
import android.content.RestrictionsManager;
import android.os.Build;
import android.os.Bundle;
import android.util.Log;

/** The organisation's id, from which the system makes an id of this phone that outlives a reset (Android 12). */
final class Organisation {
    static final String KEY = "organisation_id";

    private Organisation() {}

    static void fromConfiguration(Context context) {
        RestrictionsManager manager = context.getSystemService(RestrictionsManager.class);
        Bundle told = manager == null ? null : manager.getApplicationRestrictions();
        if (told != null) set(context, told.getString(KEY));
    }

    /** Once for all: the system takes no second one that differs, and takes one from owners alone. */
    static void set(Context context, String id) {
        if (Build.VERSION.SDK_INT < 31 || id == null || id.isEmpty() || !Ownership.ours(context)) return;
        try {
            Ownership.policy(context).setOrganizationId(id);
        } catch (IllegalArgumentException | IllegalStateException | SecurityException e) {
            Log.w(Agent.TAG, "organisation id not taken: " + e.getMessage());
        }
    }
}
