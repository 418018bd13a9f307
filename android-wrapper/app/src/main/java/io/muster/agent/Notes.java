package io.muster.agent;

import android.app.Notification;
import android.app.NotificationChannel;
import android.app.NotificationManager;
import android.app.PendingIntent;
import android.content.Context;
import android.content.Intent;
import org.json.JSONArray;
import org.json.JSONObject;

/** Notifications: what Rust says is new, each once. */
final class Notes {
    static final String RULES = "rules";
    static final String SERVICE = "service";

    private Notes() {}

    /** Makes the two channels; again after the phone's language changed, since the system keeps their names. */
    static void prepare(Context context) {
        NotificationManager notifications = context.getSystemService(NotificationManager.class);
        NotificationChannel rules = new NotificationChannel(
                RULES, context.getString(R.string.notes_channel), NotificationManager.IMPORTANCE_DEFAULT);
        rules.setDescription(context.getString(R.string.notes_channel_description));
        notifications.createNotificationChannel(rules);
        NotificationChannel service = new NotificationChannel(
                SERVICE, context.getString(R.string.service_channel), NotificationManager.IMPORTANCE_MIN);
        service.setDescription(context.getString(R.string.service_channel_description));
        service.setShowBadge(false);
        notifications.createNotificationChannel(service);
    }

    /** Each note is given once: while the person has notifications off, they are left where they are. */
    static void show(Context context) {
        NotificationManager notifications = context.getSystemService(NotificationManager.class);
        if (!notifications.areNotificationsEnabled()) return;
        JSONObject request = Agent.request("notes", "language", Agent.language(context));
        Agent.of(context).beside(request, (answer, problem) -> {
            if (!(answer instanceof JSONArray)) return;
            JSONArray notes = (JSONArray) answer;
            for (int i = 0; i < notes.length(); i++) {
                JSONObject note = notes.optJSONObject(i);
                if (note != null) notifications.notify(RULES, note.optInt("id"), build(context, note));
            }
        });
    }

    /** A tap opens the status screen. */
    static PendingIntent screen(Context context) {
        Intent open = new Intent(context, StatusActivity.class).addFlags(Intent.FLAG_ACTIVITY_NEW_TASK);
        return PendingIntent.getActivity(context, 0, open, PendingIntent.FLAG_IMMUTABLE);
    }

    private static Notification build(Context context, JSONObject note) {
        String text = note.optString("text");
        return new Notification.Builder(context, RULES)
                .setSmallIcon(R.drawable.icon_note)
                .setContentTitle(note.optString("title"))
                .setContentText(text)
                .setStyle(new Notification.BigTextStyle().bigText(text))
                .setVisibility(Notification.VISIBILITY_PRIVATE)
                .setContentIntent(screen(context))
                .setAutoCancel(true)
                .build();
    }
}
