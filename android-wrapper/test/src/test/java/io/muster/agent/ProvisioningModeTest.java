package io.muster.agent;

import static android.app.admin.DevicePolicyManager.PROVISIONING_MODE_FULLY_MANAGED_DEVICE;
import static android.app.admin.DevicePolicyManager.PROVISIONING_MODE_MANAGED_PROFILE;
import static android.app.admin.DevicePolicyManager.PROVISIONING_MODE_MANAGED_PROFILE_ON_PERSONAL_DEVICE;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.admin.DevicePolicyManager;
import android.content.Intent;
import android.os.PersistableBundle;
import java.util.ArrayList;
import java.util.List;
import org.junit.Test;
import org.robolectric.Robolectric;

/** What set-up is told: own the whole phone, or a profile on it. */
public class ProvisioningModeTest extends AgentCase {
    @Test
    public void theWishCountsWhereItIsAllowed() {
        int whole = PROVISIONING_MODE_FULLY_MANAGED_DEVICE;
        int profile = PROVISIONING_MODE_MANAGED_PROFILE;
        int personal = PROVISIONING_MODE_MANAGED_PROFILE_ON_PERSONAL_DEVICE;
        assertEquals(whole, ProvisioningModeActivity.mode(null, null));
        assertEquals(whole, ProvisioningModeActivity.mode(List.of(), "nonsense"));
        assertEquals(whole, ProvisioningModeActivity.mode(List.of(profile, whole), null));
        assertEquals(profile, ProvisioningModeActivity.mode(List.of(profile), null));
        assertEquals(profile, ProvisioningModeActivity.mode(List.of(whole, profile), "work-profile"));
        assertEquals(whole, ProvisioningModeActivity.mode(List.of(whole), "work-profile"));
        assertEquals(personal, ProvisioningModeActivity.mode(List.of(personal), null));
    }

    @Test
    public void theExtrasGoOn() {
        PersistableBundle extras = new PersistableBundle();
        extras.putString(Provisioning.LINK, "muster://a:1/enrol");
        extras.putString(ProvisioningModeActivity.MODE, ProvisioningModeActivity.PROFILE);
        ArrayList<Integer> allowed =
                new ArrayList<>(List.of(PROVISIONING_MODE_FULLY_MANAGED_DEVICE, PROVISIONING_MODE_MANAGED_PROFILE));
        Intent asked = new Intent(DevicePolicyManager.ACTION_GET_PROVISIONING_MODE)
                .putExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras)
                .putIntegerArrayListExtra(
                        DevicePolicyManager.EXTRA_PROVISIONING_ALLOWED_PROVISIONING_MODES, allowed);
        Activity activity = Robolectric.buildActivity(ProvisioningModeActivity.class, asked).create().get();
        assertTrue(activity.isFinishing());
        assertEquals(Activity.RESULT_OK, shadowOf(activity).getResultCode());
        Intent answer = shadowOf(activity).getResultIntent();
        assertEquals(
                PROVISIONING_MODE_MANAGED_PROFILE,
                answer.getIntExtra(DevicePolicyManager.EXTRA_PROVISIONING_MODE, 0));
        PersistableBundle passed =
                answer.getParcelableExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE);
        assertEquals("muster://a:1/enrol", passed.getString(Provisioning.LINK));
    }
}
