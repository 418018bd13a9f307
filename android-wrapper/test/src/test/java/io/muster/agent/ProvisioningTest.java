package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.admin.DevicePolicyManager;
import android.content.Intent;
import android.os.PersistableBundle;
import org.json.JSONObject;
import org.junit.Rule;
import org.junit.Test;
import org.robolectric.annotation.Config;

/** From set-up to enrolment, over the doors that the system opens. */
public class ProvisioningTest extends AgentCase {
    @Rule public final Server server = new Server();

    @Test
    public void theComplianceStepEnrols() throws Exception {
        shadowOf(Ownership.policy(phone)).setDeviceOwner(Ownership.admin(phone));
        Intent asked = new Intent(DevicePolicyManager.ACTION_ADMIN_POLICY_COMPLIANCE)
                .putExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras(server.link(), "C-3"));
        Activity activity = show(PolicyComplianceActivity.class, asked);
        Waiting.until("set-up goes on", activity::isFinishing);
        assertEquals(Activity.RESULT_OK, shadowOf(activity).getResultCode());
        assertEquals("C-3", server.device().getString("asset_tag"));
        work("first");
        assertEquals("device-owner", management());
    }

    @Test
    @Config(sdk = 34)
    public void theReceiverOfOlderSystemsEnrols() throws Exception {
        shadowOf(Ownership.policy(phone)).setProfileOwner(Ownership.admin(phone));
        shadowOf(Ownership.policy(phone)).setOrganizationOwnedDeviceWithManagedProfile(true);
        Intent told = new Intent(DevicePolicyManager.ACTION_DEVICE_OWNER_CHANGED)
                .putExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras(server.link(), null));
        new AdminReceiver().onProfileProvisioningComplete(phone, told);
        Waiting.until("the phone enrols", () -> server.devices().length() == 1);
        work("first");
        assertEquals("company-profile", management());
    }

    @Test
    public void bothDoorsForOnePhoneEnrolItOnce() throws Exception {
        shadowOf(Ownership.policy(phone)).setDeviceOwner(Ownership.admin(phone));
        Intent told = new Intent()
                .putExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras(server.link(), null));
        assertNull(told(then -> Provisioning.take(phone, told, then)).problem);
        assertNull(told(then -> Provisioning.take(phone, told, then)).problem);
        assertEquals(1, server.devices().length());
    }

    @Test
    public void whatWasSaidOutlivesAProcessAndAServerThatIsAway() throws Exception {
        Intent told = new Intent().putExtra(
                DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras(server.link(), "D-4"));
        server.stop();
        told(then -> Provisioning.take(phone, told, then));
        startProcessAnew();
        server.startAgain();
        assertEquals("active", settle().getString("standing"));
        assertEquals("D-4", server.device().getString("asset_tag"));
    }

    /** A QR code that was typed wrong: set-up goes on, and the screen says what is wrong with it. */
    @Test
    public void aWrongCodeIsNamedOnTheScreen() throws Exception {
        String link = server.link();
        String[] wrong = {
            "", "hello", link.replace("muster://", "https://"), link.replaceFirst("ca=[^&]*&", ""),
            link.replaceFirst("token=.*", "token="), link.replaceFirst(":\\d+/", "/")
        };
        for (String one : wrong) {
            Activity activity = show(PolicyComplianceActivity.class, compliance(extras(one, "C-3")));
            Waiting.until("set-up goes on", activity::isFinishing);
            assertEquals("not-enrolled", settle().getString("standing"));
            if (!one.isEmpty()) {
                assertEquals(one, "link", settle().getJSONObject("problem").getString("code"));
                JSONObject row = AgentCase.section(page("ru"), "verdict").getJSONArray("rows").getJSONObject(0);
                assertEquals(one, "bad", row.getString("tone"));
            }
        }
        Activity activity = show(PolicyComplianceActivity.class, compliance(extras(link, "much too long: " + "x".repeat(70))));
        Waiting.until("set-up goes on", activity::isFinishing);
        assertEquals(settle().toString(), "active", settle().getString("standing"));
        assertEquals(1, server.devices().length());
    }

    private static Intent compliance(PersistableBundle extras) {
        return new Intent(DevicePolicyManager.ACTION_ADMIN_POLICY_COMPLIANCE)
                .putExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras);
    }

    @Test
    public void noExtrasAreNoHarm() throws Exception {
        Activity activity = show(PolicyComplianceActivity.class, new Intent());
        Waiting.until("set-up goes on", activity::isFinishing);
        assertEquals(0, server.devices().length());
    }

    @Test
    public void anOrdinaryApplicationReportsToo() throws Exception {
        ask("enrol", "link", server.link());
        work("first");
        assertEquals("application", management());
    }

    private String management() throws Exception {
        return server.device().getJSONObject("facts").getJSONObject("management").optString("value", "unread");
    }

    private static PersistableBundle extras(String link, String tag) {
        PersistableBundle extras = new PersistableBundle();
        extras.putString(Provisioning.LINK, link);
        if (tag != null) extras.putString(Provisioning.TAG, tag);
        return extras;
    }
}
