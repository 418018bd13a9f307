package io.muster.agent;

import android.app.job.JobInfo;
import android.app.job.JobParameters;
import android.app.job.JobScheduler;
import android.app.job.JobService;
import android.content.ComponentName;
import android.content.Context;
import android.os.Build;
import android.os.PersistableBundle;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.json.JSONObject;

/** The work that the system wakes us for: periodically, and once after enrolment, a restart, an update or a changed app. */
public final class ReportJob extends JobService {
    static final int PERIODIC = 1;
    static final int FIRST = 2;
    static final int BOOT = 3;
    static final int APPS_CHANGED = 4;
    static final int REPLACED = 5;

    /** The system gives a job ten minutes, an expedited one at least one. */
    private static final int SECONDS = 480;
    private static final int SECONDS_EXPEDITED = 50;
    /** Several apps are often installed one after the other; each new one puts the job off again. */
    private static final long SETTLE_MS = 5_000;
    private static final long BACKOFF_MS = 60_000;

    /** The jobs that the system has begun and not stopped, each with a mark of its own run. */
    private static final Map<Integer, Object> running = new ConcurrentHashMap<>();

    @Override
    public boolean onStartJob(JobParameters params) {
        int id = params.getJobId();
        Object run = new Object();
        running.put(id, run);
        if (id != FIRST) {
            work(params, run);
            return true;
        }
        // What provisioning said may still be to be done: it had a moment only, and perhaps no network.
        Routine.settle(this, (answer, problem) -> {
            JSONObject failure = answer instanceof JSONObject ? ((JSONObject) answer).optJSONObject("problem") : null;
            if (failure != null && "server".equals(failure.optString("code"))) {
                finish(params, run, true);
            } else {
                work(params, run);
            }
        });
        return true;
    }

    private void work(JobParameters params, Object run) {
        int id = params.getJobId();
        boolean expedited = Build.VERSION.SDK_INT >= 31 && params.isExpeditedJob();
        int seconds = expedited ? SECONDS_EXPEDITED : SECONDS;
        // Work that still waits for its turn when the system stops the job must not run on without one.
        Routine.work(this, why(id), seconds, () -> running.get(id) == run, (answer, problem) -> {
            boolean quiet = answer instanceof JSONObject && ((JSONObject) answer).optBoolean("quiet");
            finish(params, run, !quiet);
        });
    }

    /** Says that it is done; of a job that was stopped the system wants to hear no more. */
    private void finish(JobParameters params, Object run, boolean again) {
        if (running.remove(params.getJobId(), run)) jobFinished(params, again);
    }

    @Override
    public boolean onStopJob(JobParameters params) {
        running.remove(params.getJobId());
        LastStop.keep(this, Build.VERSION.SDK_INT >= 31 ? params.getStopReason() : 0);
        Agent.of(this).beside(Agent.request("halt", "why", why(params.getJobId())), null);
        return true;
    }

    /** Puts the plan into force; a periodic job that is the same already is left alone, since planning anew begins its period anew. */
    static void plan(Context context, JSONObject schedule) {
        JobScheduler jobs = context.getSystemService(JobScheduler.class);
        long every = schedule.optLong("every_s") * 1000;
        long flex = schedule.optLong("flex_s") * 1000;
        if (every <= 0) {
            jobs.cancel(PERIODIC);
            return;
        }
        JobInfo now = jobs.getPendingJob(PERIODIC);
        if (now == null || now.getIntervalMillis() != every || now.getFlexMillis() != flex) {
            jobs.schedule(builder(context, PERIODIC).setPersisted(true).setPeriodic(every, flex).build());
        }
        if (schedule.optBoolean("first")) soon(context, FIRST);
    }

    /** One piece of work as soon as there is a network. */
    static void soon(Context context, int id) {
        JobScheduler jobs = context.getSystemService(JobScheduler.class);
        if (id == FIRST && jobs.getPendingJob(FIRST) != null) return;
        JobInfo.Builder job = builder(context, id);
        if (id == FIRST && Build.VERSION.SDK_INT >= 31) {
            job.setExpedited(true);
        } else if (id == APPS_CHANGED) {
            job.setMinimumLatency(SETTLE_MS);
        } else {
            job.setMinimumLatency(0);
        }
        jobs.schedule(job.build());
    }

    static String why(int id) {
        switch (id) {
            case FIRST:
                return "first";
            case BOOT:
                return "boot";
            case APPS_CHANGED:
                return "apps-changed";
            case REPLACED:
                return "replaced";
            default:
                return "job";
        }
    }

    private static JobInfo.Builder builder(Context context, int id) {
        PersistableBundle extras = new PersistableBundle();
        extras.putString("why", why(id));
        return new JobInfo.Builder(id, new ComponentName(context, ReportJob.class))
                .setExtras(extras)
                .setRequiredNetworkType(JobInfo.NETWORK_TYPE_ANY)
                .setBackoffCriteria(BACKOFF_MS, JobInfo.BACKOFF_POLICY_EXPONENTIAL);
    }
}
