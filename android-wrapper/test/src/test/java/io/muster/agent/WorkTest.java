package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.NotificationManager;
import android.content.pm.PackageInfo;
import android.content.pm.PackageInstaller;
import android.provider.Settings;
import android.util.Base64;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.robolectric.Robolectric;

/** Reports of an enrolled phone to the real server. */
public class WorkTest extends AgentCase {
    @Rule public final Server server = new Server();
    @Rule public final TemporaryFolder folder = new TemporaryFolder();

    @Before
    public void enrol() throws Exception {
        ask("enrol", "link", server.link());
        settle();
    }

    @Test
    public void aReportCanBeVerifiedByAnybody() throws Exception {
        JSONObject worked = work("first");
        assertTrue(worked.toString(), worked.getBoolean("reported") && worked.getBoolean("quiet"));
        JSONObject device = server.device();
        assertEquals("value", "android", device.getJSONObject("facts").getJSONObject("platform").getString("value"));

        JSONObject bytes = ask("bytes");
        assertTrue(bytes.getString("name").endsWith(".cose"));
        Path report = folder.newFile("report.cose").toPath();
        Files.write(report, Base64.decode(bytes.getString("base64"), Base64.DEFAULT));
        Path key = folder.getRoot().toPath().resolve("key.pem");
        server.muster("device", "key", device.getString("id"), "--out", key.toString());
        String said = server.muster("verify", report.toString(), "--key", key.toString());
        assertTrue(said, said.contains("android"));
    }

    @Test
    public void settingsBecomeFacts() throws Exception {
        Settings.Global.putInt(phone.getContentResolver(), Settings.Global.ADB_ENABLED, 1);
        Settings.Global.putInt(phone.getContentResolver(), Settings.Global.DEVELOPMENT_SETTINGS_ENABLED, 1);
        Settings.Global.putInt(phone.getContentResolver(), Settings.Global.BOOT_COUNT, 12);
        work("person");
        JSONObject facts = server.device().getJSONObject("facts");
        assertTrue(facts.getJSONObject("debug_bridge").getBoolean("value"));
        assertTrue(facts.getJSONObject("developer_options").getBoolean("value"));
        assertEquals(12, facts.getJSONObject("boot_count").getInt("value"));
        for (String name : new String[] {"manufacturer", "model", "os_version", "security_patch", "encryption"}) {
            JSONObject fact = facts.getJSONObject(name);
            assertTrue(name + ": a value or a reason", fact.has("value") || fact.has("reason"));
        }
    }

    @Test
    public void offlineReportsWaitAndArrive() throws Exception {
        work("first");
        int before = reports();
        server.stop();
        JSONObject offline = work("person");
        assertFalse("nothing may be called quiet while a report waits", offline.getBoolean("quiet"));
        work("boot");
        startProcessAnew();
        server.startAgain();
        settle();
        JSONObject online = work("job");
        assertTrue(online.toString(), online.getBoolean("quiet"));
        assertTrue("both arrived", reports() >= before + 2);
        assertEquals("compliant", finding("chain").getString("state"));
        assertEquals(0, server.device().getJSONObject("chain").getJSONArray("breaks").length());
    }

    @Test
    public void theChainGoesOnOverProcesses() throws Exception {
        work("first");
        String chain = server.device().getJSONObject("chain").getString("chain");
        for (int i = 0; i < 3; i++) {
            startProcessAnew();
            assertEquals("active", settle().getString("standing"));
            work("boot");
        }
        JSONObject now = server.device().getJSONObject("chain");
        assertEquals(chain, now.getString("chain"));
        assertEquals(0, now.getJSONArray("breaks").length());
        assertTrue(now.getInt("number") >= 4);
    }

    @Test
    public void anIdleJobSaysNothingNew() throws Exception {
        work("first");
        int before = reports();
        JSONObject idle = work("job");
        assertTrue(idle.getBoolean("quiet"));
        assertFalse(idle.toString(), idle.getBoolean("reported"));
        assertEquals(before, reports());
    }

    @Test
    public void theTrueTelegram() throws Exception {
        assertEquals(
                "49c1522548ebacd46ce322b6fd47f6092bb745d0f88082145caf35e14dcc38e1",
                hex(MessageDigest.getInstance("SHA-256").digest(Apps.TELEGRAM_SIGNER)));
        Apps.install(phone, Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER));
        assertTrue(work("apps-changed").getBoolean("reported"));
        assertEquals("failing", verdict());
        String evidence = finding("foreign-messengers").getJSONArray("evidence").toString();
        assertTrue(evidence, evidence.contains(Apps.TELEGRAM) && evidence.contains("telegram"));
        assertFalse(evidence, evidence.contains("unverified"));
        NotificationManager manager = phone.getSystemService(NotificationManager.class);
        Waiting.until("the person is told", () -> manager.getActiveNotifications().length == 1);
        String page = words(page("ru"));
        assertTrue(page, page.contains("Без иностранных мессенджеров") && page.contains("Удалите мессенджер"));
        work("job");
        assertEquals("once", 1, manager.getActiveNotifications().length);
        Apps.remove(phone, Apps.TELEGRAM);
        work("apps-changed");
        assertEquals("compliant", verdict());
    }

    @Test
    public void aTelegramOfSomebodyElse() throws Exception {
        Apps.install(phone, Apps.info(Apps.TELEGRAM, "Telegram", Apps.someSigner()));
        work("apps-changed");
        assertEquals("failing", verdict());
        String evidence = finding("foreign-messengers").getJSONArray("evidence").toString();
        assertTrue(evidence, evidence.contains("foreign") || evidence.contains("other") || evidence.contains("unknown"));
    }

    @Test
    public void whatIsNotWatchedIsNotNamed() throws Exception {
        Apps.install(phone, Apps.info("org.example.diary.private", "Diary", Apps.someSigner()));
        Apps.install(phone, Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER));
        work("apps-changed");
        assertFalse(server.device().toString().contains("org.example.diary"));
        byte[] report = Base64.decode(ask("bytes").getString("base64"), Base64.DEFAULT);
        String raw = new String(report, java.nio.charset.StandardCharsets.ISO_8859_1);
        assertTrue(raw.contains(Apps.TELEGRAM));
        assertFalse(raw.contains("diary"));
    }

    @Test
    public void twoThousandPackages() throws Exception {
        byte[] signer = Apps.someSigner();
        for (int i = 0; i < 2000; i++) {
            Apps.packages(phone).installPackage(Apps.info("org.example.app" + i, "App " + i, signer));
        }
        Apps.packages(phone).installPackage(Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER));
        JSONObject worked = work("person");
        assertTrue(worked.getBoolean("reported"));
        assertTrue("a report stays small: " + size(), size() < 4_000);
        assertEquals("failing", verdict());
    }

    @Test
    public void labelsThatAreNoLabels() throws Exception {
        String megabyte = new String(new char[1024 * 1024]).replace('\0', 'x');
        Apps.install(phone, Apps.info(Apps.TELEGRAM, megabyte, Apps.TELEGRAM_SIGNER));
        PackageInfo lone = Apps.info("com.whatsapp", "a\ud800\u0000\u202e", Apps.someSigner());
        lone.versionName = "\udfff" + megabyte;
        Apps.install(phone, lone);
        PackageInfo bare = Apps.info("com.viber.voip", null);
        bare.versionName = null;
        Apps.install(phone, bare);
        JSONObject worked = work("apps-changed");
        assertTrue(worked.toString(), worked.getBoolean("reported") && worked.getBoolean("quiet"));
        assertTrue("a report stays small: " + size(), size() < 4_000);
        String evidence = finding("foreign-messengers").getJSONArray("evidence").toString();
        for (String cause : new String[] {"telegram", "whatsapp", "viber"}) assertTrue(evidence, evidence.contains(cause));
    }

    @Test
    public void aLostKeyIsSaidAndReplaced() throws Exception {
        work("first");
        String first = server.device().getString("id");
        PhoneKeyStore.entries.clear();
        JSONObject settled = settle();
        assertEquals("a moment is no loss", "key-store", settled.getJSONObject("problem").getString("code"));
        for (int look = 0; look < 3; look++) {
            startPhoneAnew();
            settled = settle();
        }
        assertEquals("key", settled.getJSONObject("problem").getString("code"));
        Told worked = told(then -> Routine.work(phone, "person", 20, then));
        assertTrue("no report without a key", worked.problem != null || !worked.object().getBoolean("reported"));
        assertNotEquals("", words(page("en")));
        JSONObject token = (JSONObject) server.json(
                "enrol-token", "--org", Server.ORG, "--replaces", first, "--approve", "person", "--uses", "1");
        JSONObject pending = ask("enrol", "link", token.getString("link"));
        if (pending.getString("progress").equals("pending")) {
            JSONObject waiting = ((JSONArray) server.json("pending")).getJSONObject(0);
            server.muster("approve", waiting.getString("device"));
        }
        assertEquals("active", settle().getString("standing"));
        assertTrue(work("first").getBoolean("reported"));
    }

    @Test
    public void theKeyIsExchangedOnDemand() throws Exception {
        work("first");
        JSONObject before = server.device();
        String first = before.getJSONObject("key").getString("kid");
        assertEquals(1, PhoneKeyStore.entries.size());
        JSONObject order = server.order(before.getString("id"), "rotate-key");
        assertTrue(order.toString(), order.has("order"));
        work("job");
        Waiting.until("the new key counts", () -> !server.device().getJSONObject("key").getString("kid").equals(first));
        work("person");
        JSONObject after = server.device();
        assertEquals(before.getJSONObject("chain").getString("chain"), after.getJSONObject("chain").getString("chain"));
        assertEquals(0, after.getJSONObject("chain").getJSONArray("breaks").length());
        Waiting.until("the old key is gone", () -> PhoneKeyStore.entries.size() == 1);
        startProcessAnew();
        settle();
        assertTrue(work("person").getBoolean("reported"));
    }

    @Test
    public void onePackageVanishesWhileItIsRead() throws Exception {
        Apps.install(phone, Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER));
        Thread flapping = new Thread(() -> {
            for (int i = 0; i < 200; i++) {
                Apps.packages(phone).removePackage("com.discord");
                try {
                    Apps.packages(phone).installPackage(Apps.info("com.discord", "Discord", Apps.TELEGRAM_SIGNER));
                } catch (RuntimeException e) {
                    return;
                }
            }
        });
        flapping.start();
        for (int i = 0; i < 3; i++) assertTrue(work("person").getBoolean("reported"));
        flapping.join();
        assertEquals("failing", verdict());
    }

    @Test
    public void theStopReasonOfAJobIsTold() throws Exception {
        LastStop.keep(phone, 3);
        work("first");
        assertEquals(LastStop.NONE, LastStop.take(phone));
        // The facts of a report are of the work before it.
        work("person");
        assertEquals(3, server.device().getJSONObject("work").getInt("stop_reason"));
    }

    /** Work that waits for its turn when the system stops its job must not be done without one. */
    @Test
    public void aStoppedJobThatWaitedNeverRuns() throws Exception {
        work("first");
        int before = reports();
        Apps.packages(phone).installPackage(Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER));
        Apps.changed(phone, Apps.TELEGRAM);
        java.util.concurrent.CountDownLatch gate = new java.util.concurrent.CountDownLatch(1);
        Agent.of(phone).inTurn(
                () -> {
                    try {
                        gate.await();
                    } catch (InterruptedException e) {
                        throw new IllegalStateException(e);
                    }
                },
                () -> {});
        ReportJob service = Robolectric.setupService(ReportJob.class);
        assertTrue(service.onStartJob(parameters(ReportJob.APPS_CHANGED)));
        assertTrue(service.onStopJob(parameters(ReportJob.APPS_CHANGED)));
        gate.countDown();
        ask("schedule");
        assertEquals(before, reports());
        assertFalse(shadowOf(service).getIsJobFinished());
        assertFalse(runJob(ReportJob.APPS_CHANGED));
        assertEquals(before + 1, reports());
    }

    @Test
    public void aBadMomentOfTheKeyStoreLosesNothing() throws Exception {
        work("first");
        JSONObject first = server.device();
        for (PhoneKeyStore.Mood mood : new PhoneKeyStore.Mood[] {PhoneKeyStore.Mood.EMPTY, PhoneKeyStore.Mood.UNRECOVERABLE}) {
            PhoneKeyStore.mood = mood;
            for (int i = 0; i < 4; i++) {
                startProcessAnew();
                assertEquals(mood.name(), "active", settle().getString("standing"));
                Told worked = told(then -> Routine.work(phone, "person", 10, then));
                assertTrue("no report without a key", worked.problem != null || !worked.object().getBoolean("quiet"));
            }
            assertEquals("already", ask("enrol", "link", server.link()).getString("progress"));
            assertEquals(1, PhoneKeyStore.entries.size());
            PhoneKeyStore.mood = PhoneKeyStore.Mood.GOOD;
            startProcessAnew();
            assertTrue(mood.name(), settle().isNull("problem"));
            assertTrue(work("person").getBoolean("quiet"));
        }
        JSONObject now = server.device();
        assertEquals(first.getString("id"), now.getString("id"));
        assertEquals(first.getJSONObject("key").getString("kid"), now.getJSONObject("key").getString("kid"));
        assertEquals(0, now.getJSONObject("chain").getJSONArray("breaks").length());
        assertTrue(now.getJSONObject("chain").getInt("number") > first.getJSONObject("chain").getInt("number"));
    }

    @Test
    public void jobsOfTheSystem() throws Exception {
        assertNotNull("planned after enrolment", jobs().getPendingJob(ReportJob.PERIODIC));
        assertTrue(jobs().getPendingJob(ReportJob.PERIODIC).getIntervalMillis() >= 900_000);
        Settings.Global.putInt(phone.getContentResolver(), Settings.Global.BOOT_COUNT, 6);
        assertFalse(runJob(ReportJob.FIRST));
        int before = reports();
        assertTrue(before >= 1);
        assertFalse(runJob(ReportJob.BOOT));
        assertEquals("it was reported since the start", before, reports());
        Settings.Global.putInt(phone.getContentResolver(), Settings.Global.BOOT_COUNT, 7);
        assertFalse(runJob(ReportJob.BOOT));
        assertTrue(reports() > before);
        Settings.Global.putInt(phone.getContentResolver(), Settings.Global.BOOT_COUNT, 8);
        server.stop();
        assertTrue("the system is to call again", runJob(ReportJob.BOOT));
    }

    @Test
    public void aStoppedJobEndsSoon() throws Exception {
        server.stop();
        long begun = System.nanoTime();
        java.util.concurrent.atomic.AtomicBoolean done = new java.util.concurrent.atomic.AtomicBoolean();
        Routine.work(phone, "person", 400, (answer, problem) -> done.set(true));
        told(then -> Agent.of(phone).beside(Agent.request("halt"), then)).object();
        Waiting.until("the work ends", done::get);
        assertTrue((System.nanoTime() - begun) / 1e9 < 30);
    }

    @Test
    public void aDeviceOwnerIsGivenANewerAgent() throws Exception {
        shadowOf(Ownership.policy(phone)).setDeviceOwner(Ownership.admin(phone));
        server.muster("agent-package", "add", System.getProperty("muster.root") + "/server/apk/tests/apk/agent-0.2.0.apk");
        PackageInfo next = new PackageInfo();
        next.packageName = phone.getPackageName();
        next.setLongVersionCode(2000);
        byte[] signer = Apps.someSigner();
        Apps.signAgent(phone, signer);
        Apps.sign(next, signer);
        String file = phone.getNoBackupFilesDir() + "/muster/update.apk";
        Apps.packages(phone).setPackageArchiveInfo(file, next);
        List<Integer> begun = new ArrayList<>();
        phone.getPackageManager().getPackageInstaller().registerSessionCallback(new Sessions(begun));
        JSONObject worked = work("person");
        assertEquals(worked.toString(), 2000, worked.getJSONObject("update").getLong("version_code"));
        Waiting.until("the system is given the package", () -> !begun.isEmpty());
        assertTrue(work("person").isNull("update"));
    }

    /** Hears of sessions. */
    private static final class Sessions extends PackageInstaller.SessionCallback {
        private final List<Integer> begun;

        Sessions(List<Integer> begun) {
            this.begun = begun;
        }

        @Override
        public void onCreated(int session) {
            begun.add(session);
        }

        @Override
        public void onBadgingChanged(int session) {}

        @Override
        public void onActiveChanged(int session, boolean active) {}

        @Override
        public void onProgressChanged(int session, float progress) {}

        @Override
        public void onFinished(int session, boolean success) {}
    }

    @Test
    public void timesFromBeforeTheEpoch() throws Exception {
        PackageInfo old = Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER);
        old.firstInstallTime = 0;
        old.lastUpdateTime = -1;
        Apps.install(phone, old);
        assertTrue(work("apps-changed").getBoolean("reported"));
        assertEquals("failing", verdict());
    }

    /** As after a restart of the phone: the clock by which looks for a key are counted stands before the last one. */
    private void startPhoneAnew() throws Exception {
        startProcessAnew();
        Path book = phone.getNoBackupFilesDir().toPath().resolve("muster/places");
        String text = Files.readString(book);
        Files.writeString(book, text.replaceAll("\"at\":\\d+", "\"at\":9000000000000"));
    }

    /** Bytes of the last report. */
    private int size() throws Exception {
        return Base64.decode(ask("bytes").getString("base64"), Base64.DEFAULT).length;
    }

    private int reports() throws Exception {
        return server.device().getJSONObject("chain").getInt("number");
    }

    private String verdict() throws Exception {
        return server.devices().getJSONObject(0).getJSONObject("verdict").getString("state");
    }

    private JSONObject finding(String rule) throws Exception {
        JSONArray all = server.device().getJSONArray("findings");
        for (int i = 0; i < all.length(); i++) {
            if (rule.equals(all.getJSONObject(i).getString("rule"))) return all.getJSONObject(i);
        }
        throw new AssertionError("no finding " + rule + ": " + all);
    }

    private static String hex(byte[] bytes) {
        StringBuilder hex = new StringBuilder();
        for (byte one : bytes) hex.append(String.format("%02x", one));
        return hex.toString();
    }
}
