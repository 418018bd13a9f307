package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertSame;
import static org.junit.Assert.assertTrue;

import android.app.Application;
import android.app.job.JobInfo;
import android.content.Intent;
import android.net.Uri;
import java.util.ArrayList;
import java.util.List;
import org.json.JSONObject;
import org.junit.Test;
import org.robolectric.Robolectric;
import org.robolectric.Shadows;
import org.robolectric.android.controller.ServiceController;
import org.robolectric.annotation.Config;

/** The plan of jobs that the system is given. */
public class PlanTest extends AgentCase {
    @Test
    public void periodicPersistedAndWithANetwork() throws Exception {
        ReportJob.plan(phone, schedule(14400, 3600, false));
        JobInfo job = jobs().getPendingJob(ReportJob.PERIODIC);
        assertTrue(job.isPeriodic() && job.isPersisted());
        assertEquals(14_400_000, job.getIntervalMillis());
        assertEquals(3_600_000, job.getFlexMillis());
        assertEquals(JobInfo.NETWORK_TYPE_ANY, job.getNetworkType());
        assertNull(jobs().getPendingJob(ReportJob.FIRST));
    }

    @Test
    public void theSamePlanIsLeftAlone() throws Exception {
        ReportJob.plan(phone, schedule(14400, 3600, false));
        JobInfo before = jobs().getPendingJob(ReportJob.PERIODIC);
        ReportJob.plan(phone, schedule(14400, 3600, false));
        assertSame(before, jobs().getPendingJob(ReportJob.PERIODIC));
        ReportJob.plan(phone, schedule(7200, 3600, false));
        assertEquals(7_200_000, jobs().getPendingJob(ReportJob.PERIODIC).getIntervalMillis());
        ReportJob.plan(phone, schedule(0, 0, false));
        assertNull(jobs().getPendingJob(ReportJob.PERIODIC));
    }

    @Test
    public void theFirstIsExpedited() throws Exception {
        ReportJob.plan(phone, schedule(14400, 3600, true));
        assertTrue(jobs().getPendingJob(ReportJob.FIRST).isExpedited());
        assertFalse(jobs().getPendingJob(ReportJob.PERIODIC).isExpedited());
    }

    @Test
    @Config(sdk = 34)
    public void allPlansAreAccepted() throws Exception {
        for (int id : new int[] {ReportJob.FIRST, ReportJob.BOOT, ReportJob.APPS_CHANGED}) {
            ReportJob.soon(phone, id);
            assertNotNull(jobs().getPendingJob(id));
        }
    }

    @Test
    public void bootAndUpdateGiveOneReport() {
        new BootReceiver().onReceive(phone, new Intent("org.example.NOT_OURS"));
        assertNull(jobs().getPendingJob(ReportJob.BOOT));
        new BootReceiver().onReceive(phone, new Intent(Intent.ACTION_BOOT_COMPLETED));
        JobInfo job = jobs().getPendingJob(ReportJob.BOOT);
        assertFalse(job.isPeriodic());
        assertEquals("boot", job.getExtras().getString("why"));
        jobs().cancelAll();
        new BootReceiver().onReceive(phone, new Intent(Intent.ACTION_MY_PACKAGE_REPLACED));
        assertNull(jobs().getPendingJob(ReportJob.BOOT));
        assertEquals("replaced", jobs().getPendingJob(ReportJob.REPLACED).getExtras().getString("why"));
    }

    @Test
    public void changedPackagesAreSeenWhileTheProcessLives() {
        for (String action : List.of(Intent.ACTION_PACKAGE_ADDED, Intent.ACTION_PACKAGE_REMOVED)) {
            jobs().cancelAll();
            phone.sendBroadcast(new Intent(action, Uri.parse("package:org.telegram.messenger")));
            Waiting.until(action, () -> jobs().getPendingJob(ReportJob.APPS_CHANGED) != null);
            assertTrue(jobs().getPendingJob(ReportJob.APPS_CHANGED).getMinLatencyMillis() > 0);
        }
    }

    @Test
    public void aStoppedJobRemembersWhyUntilItWasTold() {
        ReportJob service = Robolectric.setupService(ReportJob.class);
        assertTrue(service.onStopJob(parameters(ReportJob.PERIODIC)));
        assertEquals(0, LastStop.take(phone));
        assertEquals(LastStop.NONE, LastStop.take(phone));
        LastStop.keep(phone, LastStop.NONE);
        assertEquals(LastStop.NONE, LastStop.take(phone));
        LastStop.keep(phone, 4);
        assertEquals(4, LastStop.take(phone));
    }

    @Test
    public void theServiceRunsForOwnersAlone() throws Exception {
        Application application = (Application) phone;
        Shadows.shadowOf(application).clearStartedServices();
        JSONObject always = schedule(14400, 3600, false).put("channel", "always");
        Routine.follow(phone, always);
        assertNull(Shadows.shadowOf(application).peekNextStartedService());
        Shadows.shadowOf(Ownership.policy(phone)).setDeviceOwner(Ownership.admin(phone));
        Routine.follow(phone, schedule(14400, 3600, false).put("channel", "awake"));
        assertNull(Shadows.shadowOf(application).peekNextStartedService());
        Routine.follow(phone, always);
        Intent started = Shadows.shadowOf(application).getNextStartedService();
        assertEquals(ChannelService.class.getName(), started.getComponent().getClassName());
        Routine.follow(phone, always);
        assertNull("once", Shadows.shadowOf(application).peekNextStartedService());
        Routine.follow(phone, schedule(14400, 3600, false));
        assertNull("not from outside", Shadows.shadowOf(application).getNextStoppedService());
        assertEquals(ChannelService.STOP, Shadows.shadowOf(application).getNextStartedService().getAction());
    }

    @Test
    public void theServiceEndsItself() {
        ServiceController<ChannelService> service = Robolectric.buildService(ChannelService.class).create().startCommand(0, 1);
        assertTrue(ChannelService.on);
        service.withIntent(new Intent(ChannelService.STOP)).startCommand(0, 2);
        assertEquals(2, Shadows.shadowOf(service.get()).getStopSelfId());
        service.destroy();
        assertFalse(ChannelService.on);
    }

    /** A start that was refused would end the process; the next one would begin with the same start. */
    @Test
    public void aServiceThatWasRefusedIsNotStartedAgain() throws Exception {
        Application application = (Application) phone;
        Shadows.shadowOf(Ownership.policy(phone)).setDeviceOwner(Ownership.admin(phone));
        ServiceController<ChannelService> service = Robolectric.buildService(ChannelService.class).create();
        Shadows.shadowOf(service.get()).setThrowInStartForeground(new SecurityException("not one of the exempted"));
        service.startCommand(0, 1);
        assertTrue(Shadows.shadowOf(service.get()).isStoppedBySelf());
        service.destroy();
        Shadows.shadowOf(application).clearStartedServices();
        JSONObject always = schedule(14400, 3600, false).put("channel", "always");
        Routine.follow(phone, always);
        assertNull(Shadows.shadowOf(application).peekNextStartedService());
        Apps.packages(phone).getInternalMutablePackageInfo(phone.getPackageName()).versionCode++;
        Routine.follow(phone, always);
        assertNotNull("another version may be luckier", Shadows.shadowOf(application).peekNextStartedService());
    }

    @Test
    public void workThatBreaksOffIsOverAllTheSame() {
        assertNull(told(then -> Agent.of(phone).inTurn(
                () -> {
                    throw new IllegalStateException("on purpose");
                },
                () -> then.take(null, null))).problem);
        assertNotNull(ask("schedule"));
    }

    @Test
    public void theServiceSaysWhatItIs() {
        ChannelService service = Robolectric.buildService(ChannelService.class).create().startCommand(0, 1).get();
        android.app.Notification shown = Shadows.shadowOf(service).getLastForegroundNotification();
        assertEquals(Notes.SERVICE, shown.getChannelId());
        assertEquals(phone.getString(R.string.service_title), shown.extras.getString("android.title"));
        android.app.NotificationManager manager = phone.getSystemService(android.app.NotificationManager.class);
        assertEquals(
                android.app.NotificationManager.IMPORTANCE_MIN,
                manager.getNotificationChannel(Notes.SERVICE).getImportance());
    }

    @Test
    public void whatForIsOneOfRustsWords() {
        List<String> words = new ArrayList<>();
        for (int id = ReportJob.PERIODIC; id <= ReportJob.REPLACED; id++) words.add(ReportJob.why(id));
        assertEquals(List.of("job", "first", "boot", "apps-changed", "replaced"), words);
        for (String word : words) {
            assertNotNull(ask("work", "why", word, "seconds", 1));
            assertNotNull(ask("halt", "why", word));
        }
    }

    private static JSONObject schedule(long every, long flex, boolean first) throws Exception {
        return new JSONObject()
                .put("every_s", every)
                .put("flex_s", flex)
                .put("spread_s", 600)
                .put("channel", "off")
                .put("first", first);
    }
}
