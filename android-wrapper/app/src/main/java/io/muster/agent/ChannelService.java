package io.muster.agent;

import android.app.Notification;
import android.app.Service;
import android.content.Context;
import android.content.Intent;
import android.content.SharedPreferences;
import android.content.pm.PackageManager;
import android.content.pm.ServiceInfo;
import android.os.Build;
import android.os.IBinder;
import android.util.Log;

/** Keeps the process while the policy wants the channel always open, on phones that the organisation owns. */
public final class ChannelService extends Service {
    static final String STOP = "stop";

    private static final int NOTIFICATION = 1;

    /** Whether it was started in this process and has not ended; the main thread alone touches it. */
    static boolean on;

    /** Starts or ends it. Where the system doesn't let it start, the channel lives as long as the process does. */
    static void set(Context context, boolean wanted) {
        if (wanted == on) return;
        Intent service = new Intent(context, ChannelService.class);
        try {
            if (!wanted) {
                // By itself, after its start: one that is ended before it came to the foreground takes the process with it.
                context.startService(service.setAction(STOP));
            } else if (!Refusal.stands(context)) {
                context.startForegroundService(service);
                on = true;
            }
        } catch (IllegalStateException | SecurityException e) {
            Log.w(Agent.TAG, "the service may not " + (wanted ? "start" : "be told") + " now: " + e.getMessage());
        }
    }

    @Override
    public int onStartCommand(Intent intent, int flags, int startId) {
        if (intent != null && STOP.equals(intent.getAction())) {
            // A start that came after it is not ended by it.
            stopSelf(startId);
            return START_NOT_STICKY;
        }
        on = true;
        try {
            if (Build.VERSION.SDK_INT >= 34) {
                startForeground(NOTIFICATION, notification(), ServiceInfo.FOREGROUND_SERVICE_TYPE_SYSTEM_EXEMPTED);
            } else {
                startForeground(NOTIFICATION, notification());
            }
        } catch (RuntimeException e) {
            // The system may end the process for the foreground that it was promised: never promise it again.
            Refusal.remember(this);
            Log.w(Agent.TAG, "the service may not stay: " + e.getMessage());
            stopSelf();
            return START_NOT_STICKY;
        }
        Agent.of(this).inTurn(Agent.request("stay", "on", true), null);
        return START_STICKY;
    }

    @Override
    public void onDestroy() {
        on = false;
        super.onDestroy();
    }

    @Override
    public IBinder onBind(Intent intent) {
        return null;
    }

    private Notification notification() {
        String text = getString(R.string.service_text);
        return new Notification.Builder(this, Notes.SERVICE)
                .setSmallIcon(R.drawable.icon_note)
                .setContentTitle(getString(R.string.service_title))
                .setContentText(text)
                .setStyle(new Notification.BigTextStyle().bigText(text))
                .setVisibility(Notification.VISIBILITY_PUBLIC)
                .setContentIntent(Notes.screen(this))
                .setOngoing(true)
                .setLocalOnly(true)
                .build();
    }

    /** That this phone refused the service, kept over the end of the process: another version of either may be luckier. */
    static final class Refusal {
        private Refusal() {}

        static boolean stands(Context context) {
            return pair(context).equals(file(context).getString("refused", null));
        }

        /** At once: the process may be about to end. */
        static void remember(Context context) {
            file(context).edit().putString("refused", pair(context)).commit();
        }

        private static SharedPreferences file(Context context) {
            return context.getSharedPreferences("service", Context.MODE_PRIVATE);
        }

        @SuppressWarnings("deprecation")
        private static String pair(Context context) {
            int version = 0;
            try {
                version = context.getPackageManager().getPackageInfo(context.getPackageName(), 0).versionCode;
            } catch (PackageManager.NameNotFoundException e) {
                Log.w(Agent.TAG, "the agent is not installed");
            }
            return version + " on " + Build.VERSION.SDK_INT;
        }
    }
}
