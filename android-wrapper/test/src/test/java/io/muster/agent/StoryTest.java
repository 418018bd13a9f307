package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.admin.DevicePolicyManager;
import android.content.Intent;
import android.os.PersistableBundle;
import java.util.Iterator;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.Rule;
import org.junit.Test;
import org.robolectric.Robolectric;

/** One phone's life: out of the box into the organisation, into trouble, asked, and out of it again. */
public class StoryTest extends AgentCase {
    private static final String ADMIN = "android.app.extra.";
    /** A small package that the server's own tests use: the QR code names its signer. */
    private static final String PACKAGE = System.getProperty("muster.root") + "/server/apk/tests/apk/agent-0.1.0.apk";

    @Rule public final Server server = new Server();

    @Test
    public void aPhoneWithTheTrueTelegram() throws Exception {
        story(Apps.TELEGRAM_SIGNER, true);
    }

    @Test
    public void aPhoneWithATelegramOfSomebodyElse() throws Exception {
        story(Apps.someSigner(), false);
    }

    private void story(byte[] signer, boolean genuine) throws Exception {
        provision();
        JSONObject device = server.device();
        String id = device.getString("id");

        runJob(ReportJob.FIRST);
        assertEquals("compliant", verdict());
        assertEquals("device-owner", server.device().getJSONObject("facts").getJSONObject("management").getString("value"));

        Apps.install(phone, Apps.info(Apps.TELEGRAM, "Telegram", signer));
        Waiting.until("the change is noticed", () -> jobs().getPendingJob(ReportJob.APPS_CHANGED) != null);
        runJob(ReportJob.APPS_CHANGED);
        assertEquals("failing", verdict());
        String evidence = evidence();
        assertTrue(evidence, evidence.contains(Apps.TELEGRAM));
        String trueOne = evidence;
        assertEquals(trueOne, genuine, !trueOne.contains("foreign") && !trueOne.contains("other") && !trueOne.contains("unknown"));

        long took = scan(id);
        assertEquals("failing", verdict());

        Apps.remove(phone, Apps.TELEGRAM);
        Waiting.until("the change is noticed", () -> jobs().getPendingJob(ReportJob.APPS_CHANGED) != null);
        runJob(ReportJob.APPS_CHANGED);
        assertEquals("compliant", verdict());
        System.out.printf("story: enrolled, sighted, judged failing, scanned in %d ms, healed%n", took);
    }

    /** What a phone in set-up does with the QR code that the server printed. */
    private void provision() throws Exception {
        server.muster("agent-package", "add", PACKAGE, "--ring", "all");
        JSONObject token = (JSONObject) server.json(
                "enrol-token", "--org", Server.ORG, "--android-qr", "--apk-url", "https://example.org/muster.apk");
        JSONObject qr = qr(token);
        assertEquals(
                "io.muster.agent/io.muster.agent.AdminReceiver",
                qr.getString(ADMIN + "PROVISIONING_DEVICE_ADMIN_COMPONENT_NAME"));
        PersistableBundle extras = new PersistableBundle();
        JSONObject told = qr.getJSONObject(ADMIN + "PROVISIONING_ADMIN_EXTRAS_BUNDLE");
        for (Iterator<String> keys = told.keys(); keys.hasNext(); ) {
            String key = keys.next();
            extras.putString(key, told.getString(key));
        }

        Intent mode = new Intent(DevicePolicyManager.ACTION_GET_PROVISIONING_MODE)
                .putExtra(DevicePolicyManager.EXTRA_PROVISIONING_ADMIN_EXTRAS_BUNDLE, extras);
        Activity first = Robolectric.buildActivity(ProvisioningModeActivity.class, mode).create().get();
        Intent chosen = shadowOf(first).getResultIntent();
        assertEquals(
                DevicePolicyManager.PROVISIONING_MODE_FULLY_MANAGED_DEVICE,
                chosen.getIntExtra(DevicePolicyManager.EXTRA_PROVISIONING_MODE, 0));

        shadowOf(Ownership.policy(phone)).setDeviceOwner(Ownership.admin(phone));
        Intent last = new Intent(DevicePolicyManager.ACTION_ADMIN_POLICY_COMPLIANCE).putExtras(chosen);
        Activity second = show(PolicyComplianceActivity.class, last);
        Waiting.until("set-up is over", second::isFinishing);
        assertEquals(Activity.RESULT_OK, shadowOf(second).getResultCode());
        assertEquals(1, server.devices().length());
    }

    private static JSONObject qr(JSONObject token) throws Exception {
        Object qr = token.get("android_qr");
        return qr instanceof JSONObject ? (JSONObject) qr : new JSONObject((String) qr);
    }

    /** From the administrator's command to the verdict, over the channel that is open while the process lives. */
    private long scan(String id) throws Exception {
        ExecutorService beside = Executors.newSingleThreadExecutor();
        Callable<Object> asks = () -> server.json("scan", id, "--reason", "Monthly check", "--wait", "30");
        Future<Object> asked = beside.submit(asks);
        Waiting.until("the phone answers", asked::isDone);
        beside.shutdown();
        JSONObject order = (JSONObject) asked.get();
        assertEquals(order.toString(), "reported", order.getString("state"));
        assertFalse(order.isNull("report"));
        String page = words(page("en"));
        assertTrue("the person sees who asked and why: " + page, page.contains("Monthly check"));
        return order.getLong("click_to_verdict_ms");
    }

    private String verdict() throws Exception {
        return server.devices().getJSONObject(0).getJSONObject("verdict").getString("state");
    }

    private String evidence() throws Exception {
        JSONArray all = server.device().getJSONArray("findings");
        for (int i = 0; i < all.length(); i++) {
            JSONObject finding = all.getJSONObject(i);
            if (finding.getString("rule").equals("foreign-messengers")) return finding.getJSONArray("evidence").toString();
        }
        throw new AssertionError("no finding: " + all);
    }
}
