package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.admin.DevicePolicyManager;
import android.app.job.JobInfo;
import android.content.Intent;
import android.os.PersistableBundle;
import org.json.JSONObject;
import org.junit.Rule;
import org.junit.Test;
import org.robolectric.Robolectric;
import org.robolectric.annotation.Config;

/** The oldest Android that is supported: none of the newer interfaces is there. */
@Config(sdk = 26)
public class OldestTest extends AgentCase {
    @Rule public final Server server = new Server();

    @Test
    public void provisionedReportsAndShows() throws Exception {
        shadowOf(Ownership.policy(phone)).setDeviceOwner(Ownership.admin(phone));
        PersistableBundle extras = new PersistableBundle();
        extras.putString(Provisioning.LINK, server.link());
        new AdminReceiver().onProfileProvisioningComplete(
                phone, new Intent().putExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras));
        Waiting.until("the phone enrols", () -> server.devices().length() == 1);
        Waiting.until("the first job is planned", () -> jobs().getPendingJob(ReportJob.FIRST) != null);
        runJob(ReportJob.FIRST);
        JSONObject facts = server.device().getJSONObject("facts");
        assertEquals("device-owner", facts.getJSONObject("management").getString("value"));
        assertEquals("8.0.0", facts.getJSONObject("os_version").getString("value"));
        StatusActivity screen = show(StatusActivity.class, null);
        Waiting.until("the screen is filled", () -> ScreenTest.text(screen).contains("No foreign messengers"));
    }

    @Test
    public void telegramIsFoundByItsOldSignatures() throws Exception {
        ask("enrol", "link", server.link());
        android.content.pm.PackageInfo telegram = new android.content.pm.PackageInfo();
        telegram.packageName = Apps.TELEGRAM;
        telegram.versionName = "4.0";
        telegram.versionCode = 400;
        telegram.applicationInfo = new android.content.pm.ApplicationInfo();
        telegram.applicationInfo.packageName = Apps.TELEGRAM;
        telegram.signatures =
                new android.content.pm.Signature[] {new android.content.pm.Signature(Apps.TELEGRAM_SIGNER)};
        Apps.packages(phone).installPackage(telegram);
        work("first");
        assertEquals("failing", server.devices().getJSONObject(0).getJSONObject("verdict").getString("state"));
        assertTrue(server.device().toString().contains(Apps.TELEGRAM));
    }

    @Test
    public void jobsWithoutNewerFlags() throws Exception {
        ReportJob.plan(phone, new JSONObject("{\"every_s\":3600,\"flex_s\":720,\"first\":true}"));
        JobInfo first = jobs().getPendingJob(ReportJob.FIRST);
        assertFalse(first.isPeriodic());
        ReportJob service = Robolectric.setupService(ReportJob.class);
        assertTrue(service.onStopJob(parameters(ReportJob.PERIODIC)));
        assertEquals(0, LastStop.take(phone));
    }

    @Test
    public void aLinkIsShown() throws Exception {
        Intent view = new Intent(Intent.ACTION_VIEW, android.net.Uri.parse(server.link()));
        Activity link = show(LinkActivity.class, view);
        assertTrue(ScreenTest.text(link).contains(server.authority()));
    }
}
