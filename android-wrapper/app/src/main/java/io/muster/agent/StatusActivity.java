package io.muster.agent;

import android.Manifest;
import android.app.Activity;
import android.content.Intent;
import android.content.pm.PackageManager;
import android.os.Build;
import android.os.Bundle;
import android.view.View;
import android.widget.LinearLayout;
import android.widget.ScrollView;
import android.widget.TextView;
import java.util.TimeZone;
import org.json.JSONArray;
import org.json.JSONObject;

/** The person's screen: shows the page that Rust wrote, and carries its buttons back. */
public final class StatusActivity extends Activity {
    private static final int CHECK_SECONDS = 60;
    private static final String ASKED = "asked";

    private Rows rows;
    private LinearLayout column;
    private TextView live;
    private boolean asked;
    private boolean working;

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        asked = saved != null && saved.getBoolean(ASKED);
        rows = new Rows(this);
        column = rows.column();
        live = rows.spaced(rows.live(), 0);
        ScrollView scroll = new ScrollView(this);
        scroll.setFitsSystemWindows(true);
        scroll.setFillViewport(true);
        scroll.addView(column);
        setContentView(scroll);
    }

    @Override
    protected void onResume() {
        super.onResume();
        Notes.prepare(this);
        refresh();
        // Somebody may have approved the enrolment meanwhile, or said where this phone belongs.
        Routine.settle(this, (answer, problem) -> refresh());
    }

    @Override
    protected void onSaveInstanceState(Bundle saved) {
        super.onSaveInstanceState(saved);
        saved.putBoolean(ASKED, asked);
    }

    void refresh() {
        if (isDestroyed()) return;
        int offset = TimeZone.getDefault().getOffset(System.currentTimeMillis()) / 1000;
        JSONObject request = Agent.request("page", "language", Agent.language(this), "utc_offset_s", offset);
        Agent.of(this).beside(request, (answer, problem) -> {
            if (isDestroyed()) return;
            if (answer instanceof JSONObject) {
                show((JSONObject) answer);
                askForNotes();
            } else if (problem != null) {
                column.removeAllViews();
                column.addView(rows.heading(getString(R.string.label), 24));
                column.addView(live);
                live.setText(getString(R.string.cannot_start, problem.code));
            }
        });
    }

    private void show(JSONObject page) {
        column.removeAllViews();
        setTitle(page.optString("title"));
        column.addView(rows.heading(page.optString("title"), 24));
        column.addView(live);
        JSONArray sections = page.optJSONArray("sections");
        JSONArray actions = page.optJSONArray("actions");
        int count = sections == null ? 0 : sections.length();
        // The verdict and what can be done about it come before all that can be read at leisure.
        for (int i = 0; i < count; i++) {
            JSONObject section = sections.optJSONObject(i);
            if (section != null) column.addView(rows.section(section));
            if (i == 0) addActions(actions);
        }
        if (count == 0) addActions(actions);
    }

    private void addActions(JSONArray actions) {
        for (int i = 0; actions != null && i < actions.length(); i++) {
            JSONObject action = actions.optJSONObject(i);
            if (action == null) continue;
            View button = rows.button(action.optString("text"), i == 0, pressed -> carryOut(action));
            button.setTag(action.optString("id"));
            button.setEnabled(!working || !"check".equals(action.optString("id")));
            column.addView(rows.spaced(button, i == 0 ? 12 : 4));
        }
    }

    private void carryOut(JSONObject action) {
        switch (action.optString("id")) {
            case "check":
                check();
                break;
            case "share":
                share();
                break;
            case "open":
                open();
                break;
            default:
                if (!Links.follow(this, action.isNull("target") ? "" : action.optString("target"))) {
                    live.setText(R.string.no_app_for_this);
                }
        }
    }

    private void check() {
        if (working) return;
        working = true;
        live.setText(R.string.working);
        View button = column.findViewWithTag("check");
        if (button != null) button.setEnabled(false);
        Routine.work(this, "person", CHECK_SECONDS, (answer, problem) -> {
            working = false;
            if (isDestroyed()) return;
            boolean quiet = answer instanceof JSONObject && ((JSONObject) answer).optBoolean("quiet");
            live.setText(quiet ? R.string.done : R.string.check_failed);
            refresh();
        });
    }

    /** The page of this phone on the server, in the person's browser. The link is made for this tap and works once. */
    private void open() {
        live.setText(R.string.opening);
        Agent.of(this).inTurn(Agent.request("open"), (answer, problem) -> {
            if (isDestroyed()) return;
            if (!(answer instanceof JSONObject)) {
                live.setText(R.string.page_failed);
                return;
            }
            boolean opened = Links.follow(this, ((JSONObject) answer).optString("link"));
            live.setText(opened ? "" : getString(R.string.no_app_for_this));
        });
    }

    private void share() {
        Agent.of(this).beside(Agent.request("bytes"), (answer, problem) -> {
            if (isDestroyed()) return;
            Intent send = answer instanceof JSONObject ? ReportProvider.share(this, (JSONObject) answer) : null;
            if (send == null || !Links.start(this, Intent.createChooser(send, null))) {
                live.setText(R.string.no_app_for_this);
            }
        });
    }

    /** Once, on this screen and nowhere else, after the person has seen what the app is. */
    private void askForNotes() {
        if (asked || Build.VERSION.SDK_INT < 33) return;
        asked = true;
        if (checkSelfPermission(Manifest.permission.POST_NOTIFICATIONS) != PackageManager.PERMISSION_GRANTED) {
            requestPermissions(new String[] {Manifest.permission.POST_NOTIFICATIONS}, 1);
        }
    }
}
