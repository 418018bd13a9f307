package io.muster.agent;

import android.app.Activity;
import android.content.Intent;
import android.net.Uri;
import android.os.Bundle;
import android.text.InputFilter;
import android.text.InputType;
import android.view.View;
import android.widget.Button;
import android.widget.EditText;
import android.widget.LinearLayout;
import android.widget.ScrollView;
import android.widget.TextView;
import org.json.JSONObject;

/** A {@code muster://} link, tapped or scanned with any camera: nothing happens until the person says so. */
public final class LinkActivity extends Activity {
    /** Longer ones are cut by Rust; what a person types is shorter. */
    private static final int LONGEST_TAG = 64;

    private EditText tag;
    private TextView live;
    private Button connect;

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        Uri link = getIntent().getData();
        if (link == null) {
            finish();
            return;
        }
        Rows rows = new Rows(this);
        LinearLayout column = rows.column();
        column.addView(rows.heading(getString(R.string.link_title), 24));
        String server = link.getEncodedAuthority() == null ? "?" : link.getEncodedAuthority();
        column.addView(rows.spaced(rows.text(getString(R.string.link_question, server), 16, R.color.ink), 12));

        TextView label = rows.spaced(rows.text(getString(R.string.link_tag), 14, R.color.quiet), 16);
        tag = rows.spaced(new EditText(this), 0);
        tag.setId(View.generateViewId());
        tag.setTag("asset_tag");
        tag.setSingleLine();
        tag.setInputType(InputType.TYPE_CLASS_TEXT | InputType.TYPE_TEXT_FLAG_NO_SUGGESTIONS);
        tag.setFilters(new InputFilter[] {new InputFilter.LengthFilter(LONGEST_TAG)});
        tag.setTextColor(getColor(R.color.ink));
        label.setLabelFor(tag.getId());
        column.addView(label);
        column.addView(tag);

        live = rows.spaced(rows.live(), 12);
        column.addView(live);
        connect = rows.button(getString(R.string.link_connect), true, pressed -> connect(link));
        connect.setTag("connect");
        // Not while another window lies above it: the person must see what is agreed to.
        connect.setFilterTouchesWhenObscured(true);
        column.addView(rows.spaced(connect, 12));
        Button cancel = rows.button(getString(R.string.link_cancel), false, pressed -> finish());
        cancel.setTag("cancel");
        column.addView(rows.spaced(cancel, 4));

        ScrollView scroll = new ScrollView(this);
        scroll.setFitsSystemWindows(true);
        scroll.addView(column);
        setContentView(scroll);
    }

    private void connect(Uri link) {
        connect.setEnabled(false);
        live.setText(R.string.setting_up);
        String typed = tag.getText().toString().trim();
        Agent.of(this).inTurn(
                Agent.request("enrol", "link", link.toString(), "asset_tag", typed.isEmpty() ? null : typed),
                (answer, problem) -> {
                    if (problem == null) Routine.settle(getApplicationContext(), null);
                    if (isDestroyed()) return;
                    JSONObject done = answer instanceof JSONObject ? (JSONObject) answer : new JSONObject();
                    if ("already".equals(done.optString("progress"))) {
                        live.setText(getString(R.string.link_already, done.optString("server", link.getEncodedAuthority())));
                    } else if (problem == null) {
                        startActivity(new Intent(this, StatusActivity.class));
                        finish();
                    } else {
                        live.setText(words(problem.code));
                        connect.setEnabled(true);
                    }
                });
    }

    static int words(String code) {
        switch (code) {
            case "link":
            case "request":
                return R.string.problem_link;
            case "untrusted-server":
                return R.string.problem_untrusted;
            case "server":
                return R.string.problem_server;
            case "refused":
                return R.string.problem_refused;
            case "key":
                return R.string.problem_key;
            case "space":
                return R.string.problem_space;
            default:
                return R.string.problem_other;
        }
    }
}
