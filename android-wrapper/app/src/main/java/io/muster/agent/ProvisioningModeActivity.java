package io.muster.agent;

import android.app.Activity;
import android.app.admin.DevicePolicyManager;
import android.content.Intent;
import android.os.Bundle;
import android.os.PersistableBundle;
import java.util.List;

/** Android 12 asks during set-up: own the whole device, or a work profile on it? The QR code may say ({@code mode}). */
public final class ProvisioningModeActivity extends Activity {
    static final String MODE = "mode";
    static final String PROFILE = "work-profile";

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        PersistableBundle extras = Provisioning.extras(getIntent());
        List<Integer> allowed = getIntent()
                .getIntegerArrayListExtra(DevicePolicyManager.EXTRA_PROVISIONING_ALLOWED_PROVISIONING_MODES);
        Intent answer = new Intent()
                .putExtra(DevicePolicyManager.EXTRA_PROVISIONING_MODE, mode(allowed, extras.getString(MODE)))
                .putExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras);
        setResult(RESULT_OK, answer);
        finish();
    }

    /** The one that was wished for if it is allowed, else the first that is; Android 10 and 11 name none. */
    static int mode(List<Integer> allowed, String wished) {
        int whole = DevicePolicyManager.PROVISIONING_MODE_FULLY_MANAGED_DEVICE;
        int profile = DevicePolicyManager.PROVISIONING_MODE_MANAGED_PROFILE;
        int first = PROFILE.equals(wished) ? profile : whole;
        int second = first == whole ? profile : whole;
        if (allowed == null || allowed.isEmpty() || allowed.contains(first)) return first;
        return allowed.contains(second) ? second : allowed.get(0);
    }
}
