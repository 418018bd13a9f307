package io.muster.agent;

import android.app.Notification;
import android.app.Service;
import android.content.Context;
import android.content.Intent;
import android.content.pm.ServiceInfo;
import android.os.Build;
import android.os.IBinder;
import android.util.Log;

/** Keeps the process while the policy wants the channel always open, on phones that the organisation owns. */
public final class ChannelService extends Service {
    private static final int NOTIFICATION = 1;

    /** Starts or ends it. Where the system doesn't let it start, the channel lives as long as the process does. */
    static void set(Context context, boolean wanted) {
        Intent service = new Intent(context, ChannelService.class);
        if (!wanted) {
            context.stopService(service);
            return;
        }
        try {
            context.startForegroundService(service);
        } catch (IllegalStateException | SecurityException e) {
            Log.w(Agent.TAG, "the service may not start now: " + e.getMessage());
        }
    }

    @Override
    public int onStartCommand(Intent intent, int flags, int startId) {
        try {
            if (Build.VERSION.SDK_INT >= 34) {
                startForeground(NOTIFICATION, notification(), ServiceInfo.FOREGROUND_SERVICE_TYPE_SYSTEM_EXEMPTED);
            } else {
                startForeground(NOTIFICATION, notification());
            }
        } catch (IllegalStateException | SecurityException e) {
            Log.w(Agent.TAG, "the service may not stay: " + e.getMessage());
            stopSelf();
            return START_NOT_STICKY;
        }
        Agent.of(this).inTurn(Agent.request("stay", "on", true), null);
        return START_STICKY;
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
}
