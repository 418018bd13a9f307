package io.muster.agent;

import static org.junit.Assert.assertTrue;
import static org.junit.Assume.assumeNotNull;

import android.app.Activity;
import android.graphics.Bitmap;
import android.graphics.Canvas;
import android.view.View;
import android.view.ViewGroup;
import android.widget.ScrollView;
import java.io.File;
import java.io.FileOutputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.util.TimeZone;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;
import org.robolectric.annotation.GraphicsMode;

/** Draws the person's screen as a phone does; the pictures are kept where {@code muster.pictures} names a folder. */
@GraphicsMode(GraphicsMode.Mode.NATIVE)
@Config(sdk = 35)
public class PicturesTest extends AgentCase {
    private static final String PHONE = "w360dp-h800dp-hdpi";

    private TimeZone zone;

    @Rule public final Server server = new Server();

    @Test
    @Config(qualifiers = "en-rUS-" + PHONE)
    public void english() throws Exception {
        draw("android-status-en");
    }

    @Test
    @Config(qualifiers = "ru-rRU-" + PHONE)
    public void russian() throws Exception {
        draw("android-status-ru");
    }

    @Test
    @Config(qualifiers = "ru-rRU-w360dp-h800dp-night-hdpi")
    public void russianInTheDark() throws Exception {
        draw("android-status-ru-dark");
    }

    @Test
    @Config(qualifiers = "ru-rRU-" + PHONE)
    public void russianInLargeText() throws Exception {
        RuntimeEnvironment.setFontScale(1.8f);
        draw("android-status-ru-large");
    }

    @Test
    @Config(qualifiers = "ru-rRU-" + PHONE)
    public void link() throws Exception {
        link("android-link-ru");
    }

    @Test
    @Config(qualifiers = "en-rUS-" + PHONE)
    public void linkInEnglish() throws Exception {
        link("android-link-en");
    }

    private void link(String name) throws Exception {
        android.content.Intent view =
                new android.content.Intent(android.content.Intent.ACTION_VIEW, android.net.Uri.parse(server.link()));
        keep(name, show(LinkActivity.class, view));
    }

    /** The clock of a phone says what time it is there. */
    @Before
    public void inMoscow() {
        zone = TimeZone.getDefault();
        TimeZone.setDefault(TimeZone.getTimeZone("Europe/Moscow"));
    }

    @After
    public void back() {
        TimeZone.setDefault(zone);
    }

    private void draw(String name) throws Exception {
        ask("enrol", "link", server.link(), "asset_tag", "A-17");
        Apps.install(phone, Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER));
        work("first");
        StatusActivity screen = show(StatusActivity.class, null);
        Waiting.until("the screen is filled", () -> screen.getWindow().getDecorView().findViewWithTag("verdict") != null);
        keep(name, screen);
    }

    private static void keep(String name, Activity screen) throws Exception {
        View page = scroll(screen.getWindow().getDecorView()).getChildAt(0);
        int width = screen.getResources().getDisplayMetrics().widthPixels;
        page.measure(
                View.MeasureSpec.makeMeasureSpec(width, View.MeasureSpec.EXACTLY),
                View.MeasureSpec.makeMeasureSpec(0, View.MeasureSpec.UNSPECIFIED));
        page.layout(0, 0, width, page.getMeasuredHeight());
        assertTrue(page.getMeasuredHeight() > 200);
        Bitmap picture = Bitmap.createBitmap(width, page.getMeasuredHeight(), Bitmap.Config.ARGB_8888);
        Canvas canvas = new Canvas(picture);
        canvas.drawColor(screen.getColor(R.color.ground));
        page.draw(canvas);
        String folder = System.getProperty("muster.pictures");
        assumeNotNull(folder);
        Files.createDirectories(new File(folder).toPath());
        int seen = Math.min(page.getMeasuredHeight(), screen.getResources().getDisplayMetrics().heightPixels);
        write(Bitmap.createBitmap(picture, 0, 0, width, seen), new File(folder, name + ".png"));
    }

    private static void write(Bitmap picture, File file) throws Exception {
        try (OutputStream out = new FileOutputStream(file)) {
            assertTrue(picture.compress(Bitmap.CompressFormat.PNG, 100, out));
        }
    }

    private static ScrollView scroll(View top) {
        if (top instanceof ScrollView) return (ScrollView) top;
        ViewGroup group = (ViewGroup) top;
        for (int i = 0; i < group.getChildCount(); i++) {
            if (!(group.getChildAt(i) instanceof ViewGroup)) continue;
            ScrollView found = scroll(group.getChildAt(i));
            if (found != null) return found;
        }
        return null;
    }
}
