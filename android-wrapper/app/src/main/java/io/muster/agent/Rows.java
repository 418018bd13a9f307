package io.muster.agent;

import android.content.Context;
import android.os.Build;
import android.util.TypedValue;
import android.view.Gravity;
import android.view.View;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.LinearLayout;
import android.widget.TextView;
import org.json.JSONArray;
import org.json.JSONObject;

/** The few views that the screens are made of. Sizes of text are in sp: they grow with the person's setting. */
final class Rows {
    private final Context context;

    Rows(Context context) {
        this.context = context;
    }

    /** A page of one column, kept clear of the bars of the system. */
    LinearLayout column() {
        LinearLayout column = new LinearLayout(context);
        column.setOrientation(LinearLayout.VERTICAL);
        int space = dp(16);
        column.setPadding(space, space, space, space);
        return column;
    }

    TextView text(CharSequence words, int sp, int color) {
        TextView text = new TextView(context);
        text.setText(words);
        text.setTextSize(TypedValue.COMPLEX_UNIT_SP, sp);
        text.setTextColor(context.getColor(color));
        text.setTextIsSelectable(false);
        return text;
    }

    /** Screen readers jump from one heading to the next. */
    TextView heading(CharSequence words, int sp) {
        TextView heading = text(words, sp, R.color.ink);
        heading.setTypeface(null, android.graphics.Typeface.BOLD);
        if (Build.VERSION.SDK_INT >= 28) heading.setAccessibilityHeading(true);
        return heading;
    }

    /** One section as a card: heading, then its rows. */
    View section(JSONObject section) {
        LinearLayout card = new LinearLayout(context);
        card.setOrientation(LinearLayout.VERTICAL);
        card.setBackgroundResource(R.drawable.card);
        int space = dp(16);
        card.setPadding(space, dp(12), space, dp(12));
        card.setTag(section.optString("id"));
        card.addView(heading(section.optString("title"), 17));
        JSONArray rows = section.optJSONArray("rows");
        for (int i = 0; rows != null && i < rows.length(); i++) {
            if (rows.optJSONObject(i) != null) card.addView(row(rows.optJSONObject(i)));
        }
        return spaced(card, 12);
    }

    /** A row is read aloud as one; its tone is a mark as well as a colour. */
    private View row(JSONObject row) {
        LinearLayout line = new LinearLayout(context);
        line.setOrientation(LinearLayout.HORIZONTAL);
        line.setPadding(0, dp(8), 0, dp(4));
        String tone = row.optString("tone", "plain");
        if (!mark(tone).isEmpty()) {
            TextView mark = text(mark(tone), 16, color(tone));
            mark.setTypeface(null, android.graphics.Typeface.BOLD);
            mark.setImportantForAccessibility(View.IMPORTANT_FOR_ACCESSIBILITY_NO);
            mark.setMinWidth(dp(24));
            mark.setPaddingRelative(0, 0, dp(8), 0);
            line.addView(mark);
        }
        LinearLayout words = new LinearLayout(context);
        words.setOrientation(LinearLayout.VERTICAL);
        String text = row.optString("text");
        String detail = row.isNull("detail") ? "" : row.optString("detail");
        words.addView(text(text, 16, color(tone)));
        if (!detail.isEmpty()) words.addView(text(detail, 14, R.color.quiet));
        line.addView(words, new LinearLayout.LayoutParams(0, ViewGroup.LayoutParams.WRAP_CONTENT, 1));
        line.setContentDescription(detail.isEmpty() ? text : text + ". " + detail);
        line.setFocusable(true);
        if (Build.VERSION.SDK_INT >= 28) line.setScreenReaderFocusable(true);
        return line;
    }

    Button button(CharSequence words, boolean first, View.OnClickListener press) {
        Button button = new Button(context);
        button.setText(words);
        button.setAllCaps(false);
        button.setGravity(Gravity.CENTER);
        button.setTextSize(TypedValue.COMPLEX_UNIT_SP, 16);
        button.setMinHeight(dp(48));
        if (first) {
            button.setBackgroundTintList(android.content.res.ColorStateList.valueOf(context.getColor(R.color.accent)));
            button.setTextColor(context.getColor(R.color.on_accent));
        }
        button.setOnClickListener(press);
        return button;
    }

    /** What changes here is read aloud when it does. */
    TextView live() {
        TextView live = text("", 14, R.color.quiet);
        live.setAccessibilityLiveRegion(View.ACCESSIBILITY_LIVE_REGION_POLITE);
        return live;
    }

    <V extends View> V spaced(V view, int above) {
        LinearLayout.LayoutParams place = new LinearLayout.LayoutParams(
                ViewGroup.LayoutParams.MATCH_PARENT, ViewGroup.LayoutParams.WRAP_CONTENT);
        place.topMargin = dp(above);
        view.setLayoutParams(place);
        return view;
    }

    int dp(int size) {
        return Math.round(size * context.getResources().getDisplayMetrics().density);
    }

    private static String mark(String tone) {
        switch (tone) {
            case "good":
                return "✓";
            case "grace":
                return "!";
            case "bad":
                return "✕";
            case "unknown":
                return "?";
            default:
                return "";
        }
    }

    private static int color(String tone) {
        switch (tone) {
            case "good":
                return R.color.good;
            case "grace":
                return R.color.grace;
            case "bad":
                return R.color.bad;
            case "unknown":
                return R.color.unknown;
            default:
                return R.color.ink;
        }
    }
}
