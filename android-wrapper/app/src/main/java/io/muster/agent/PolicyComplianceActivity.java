package io.muster.agent;

import android.app.Activity;
import android.os.Bundle;
import android.os.Handler;
import android.os.Looper;
import android.view.Gravity;
import android.widget.FrameLayout;
import android.widget.ProgressBar;
import android.widget.TextView;

/** The last step of set-up: the phone enrols while this shows. Set-up goes on in any case; a job tries again. */
public final class PolicyComplianceActivity extends Activity {
    private static final long PATIENCE_MS = 20_000;

    private final Handler clock = new Handler(Looper.getMainLooper());

    @Override
    protected void onCreate(Bundle saved) {
        super.onCreate(saved);
        Rows rows = new Rows(this);
        FrameLayout page = new FrameLayout(this);
        TextView text = rows.text(getString(R.string.setting_up), 18, R.color.ink);
        text.setGravity(Gravity.CENTER);
        page.addView(text, new FrameLayout.LayoutParams(-1, -2, Gravity.CENTER));
        page.addView(new ProgressBar(this), new FrameLayout.LayoutParams(-2, -2, Gravity.BOTTOM | Gravity.CENTER_HORIZONTAL));
        int space = rows.dp(24);
        page.setPadding(space, space, space, space);
        setContentView(page);

        setResult(RESULT_OK);
        clock.postDelayed(this::finish, PATIENCE_MS);
        Provisioning.take(this, getIntent(), (answer, problem) -> finish());
    }

    @Override
    protected void onDestroy() {
        clock.removeCallbacksAndMessages(null);
        super.onDestroy();
    }
}
