package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotNull;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.content.Intent;
import android.net.Uri;
import android.view.View;
import android.view.ViewGroup;
import android.widget.Button;
import android.widget.EditText;
import android.widget.TextView;
import java.util.ArrayList;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.Rule;
import org.junit.Test;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.annotation.Config;

/** What the person sees, hears and can press. */
public class ScreenTest extends AgentCase {
    @Rule public final Server server = new Server();

    @Test
    public void english() throws Exception {
        seen("No foreign messengers", "Remove the messenger", false);
    }

    @Test
    @Config(qualifiers = "ru-rRU")
    public void russian() throws Exception {
        seen("Без иностранных мессенджеров", "Удалите мессенджер", true);
    }

    private void seen(String rule, String remedy, boolean russian) throws Exception {
        ask("enrol", "link", server.link());
        Apps.install(phone, Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER));
        work("first");
        StatusActivity screen = show(StatusActivity.class, null);
        String all = Waiting.value("the screen is filled", () -> containing(screen, rule));
        assertTrue(all, all.contains(remedy));
        JSONObject page = page(russian ? "ru" : "en");
        List<View> headings = new ArrayList<>();
        JSONArray sections = page.getJSONArray("sections");
        for (int i = 0; i < sections.length(); i++) {
            View card = screen.getWindow().getDecorView().findViewWithTag(sections.getJSONObject(i).getString("id"));
            assertNotNull(sections.getJSONObject(i).getString("id"), card);
            headings.add(((ViewGroup) card).getChildAt(0));
        }
        for (View heading : headings) assertTrue(heading.isAccessibilityHeading());
        for (String id : new String[] {"verdict", "rules", "report", "never", "about"}) {
            assertFalse(id, section(page, id).getJSONArray("rows").length() == 0);
        }
        if (!russian) return;
        for (View view : views(screen.getWindow().getDecorView())) {
            if (view instanceof Button) {
                String text = ((Button) view).getText().toString();
                assertTrue(text, text.codePoints().anyMatch(c -> c >= 'А' && c <= 'я'));
            }
        }
    }

    @Test
    public void rowsAreReadAloudAsOne() throws Exception {
        Activity activity = show(Activity.class, null);
        JSONObject section = new JSONObject(
                "{\"id\":\"rules\",\"title\":\"Rules\",\"rows\":["
                        + "{\"text\":\"Locked\",\"detail\":\"since today\",\"tone\":\"good\"},"
                        + "{\"text\":\"Updated\",\"detail\":null,\"tone\":\"bad\"}]}");
        ViewGroup card = (ViewGroup) new Rows(activity).section(section);
        assertEquals("rules", card.getTag());
        assertTrue(card.getChildAt(0).isAccessibilityHeading());
        assertEquals("Locked. since today", card.getChildAt(1).getContentDescription());
        assertEquals("Updated", card.getChildAt(2).getContentDescription());
        ViewGroup row = (ViewGroup) card.getChildAt(1);
        assertTrue(row.isFocusable() && row.isScreenReaderFocusable());
        TextView mark = (TextView) row.getChildAt(0);
        assertEquals("✓", mark.getText().toString());
        assertEquals(View.IMPORTANT_FOR_ACCESSIBILITY_NO, mark.getImportantForAccessibility());
    }

    @Test
    public void textGrowsWithThePersonsSetting() {
        float normal = textSize();
        RuntimeEnvironment.setFontScale(2f);
        assertTrue(textSize() > 1.5 * normal);
    }

    private float textSize() {
        Activity activity = show(Activity.class, null);
        return new Rows(activity).text("x", 16, R.color.ink).getTextSize();
    }

    @Test
    @Config(qualifiers = "night")
    public void darkIsDark() {
        Activity activity = show(StatusActivity.class, null);
        assertEquals(0xff111417, activity.getColor(R.color.ground));
        assertEquals(0xffeceff2, activity.getColor(R.color.ink));
    }

    @Test
    public void checkNow() throws Exception {
        ask("enrol", "link", server.link());
        settle();
        StatusActivity screen = show(StatusActivity.class, null);
        View check = Waiting.value("the button", () -> screen.getWindow().getDecorView().findViewWithTag("check"));
        check.performClick();
        Waiting.until("it says that it is done", () -> text(screen).contains(screen.getString(R.string.done)));
        assertTrue(server.device().getJSONObject("chain").getInt("number") >= 1);
        Waiting.until("again", () -> screen.getWindow().getDecorView().findViewWithTag("check").isEnabled());
    }

    @Test
    public void anApprovalShowsWhenThePersonComesBack() throws Exception {
        String code = ask("enrol", "link", server.link(2, "person")).getString("code");
        StatusActivity screen = show(StatusActivity.class, null);
        Waiting.until("the code is shown", () -> text(screen).contains(code));
        assertNull(screen.getWindow().getDecorView().findViewWithTag("check"));
        JSONObject waiting = ((JSONArray) server.json("pending")).getJSONObject(0);
        server.muster("approve", waiting.getString("device"));
        StatusActivity again = show(StatusActivity.class, null);
        Waiting.until("it can be checked", () -> again.getWindow().getDecorView().findViewWithTag("check") != null);
    }

    @Test
    public void shareTheReport() throws Exception {
        ask("enrol", "link", server.link());
        work("first");
        StatusActivity screen = show(StatusActivity.class, null);
        View share = Waiting.value("the button", () -> screen.getWindow().getDecorView().findViewWithTag("share"));
        share.performClick();
        // the question for the permission comes as an activity, too
        Intent chooser = Waiting.value("the chooser", () -> {
            Intent next = shadowOf(screen).getNextStartedActivity();
            return next != null && Intent.ACTION_CHOOSER.equals(next.getAction()) ? next : null;
        });
        Intent send = chooser.getParcelableExtra(Intent.EXTRA_INTENT);
        assertEquals(ReportProvider.AUTHORITY, ((Uri) send.getParcelableExtra(Intent.EXTRA_STREAM)).getAuthority());
    }

    @Test
    public void openTheOwnPage() throws Exception {
        ask("enrol", "link", server.link());
        work("first");
        StatusActivity screen = show(StatusActivity.class, null);
        View open = Waiting.value("the button", () -> screen.getWindow().getDecorView().findViewWithTag("open"));
        open.performClick();
        Intent browser = Waiting.value("the browser", () -> {
            Intent next = shadowOf(screen).getNextStartedActivity();
            return next != null && Intent.ACTION_VIEW.equals(next.getAction()) ? next : null;
        });
        assertEquals("https", browser.getData().getScheme());
        assertEquals("/mine/open", browser.getData().getPath());
        assertTrue(browser.getData().getQueryParameter("link").length() > 200);
    }

    @Test
    public void buttonsLeadWhereTheyMay() {
        Activity activity = show(Activity.class, null);
        assertEquals(Intent.ACTION_SENDTO, followed(activity, "mailto:it@example.org").getAction());
        assertEquals(Intent.ACTION_DIAL, followed(activity, "tel:+7495").getAction());
        assertEquals(Intent.ACTION_VIEW, followed(activity, "https://example.org/help").getAction());
        Intent own = followed(activity, "package:io.muster.agent");
        assertEquals("android.settings.APPLICATION_DETAILS_SETTINGS", own.getAction());
        assertEquals("package:io.muster.agent", own.getDataString());
        String battery = "android.settings.IGNORE_BATTERY_OPTIMIZATION_SETTINGS";
        assertEquals(battery, followed(activity, battery).getAction());
        for (String not : new String[] {"", "http://example.org", "file:///data", "javascript:x", "intent:#Intent;end"}) {
            assertNull(not, followed(activity, not));
        }
    }

    private static Intent followed(Activity activity, String target) {
        Links.follow(activity, target);
        return shadowOf(activity).getNextStartedActivity();
    }

    @Test
    public void notificationsAreAskedForOnceAndHereAlone() {
        assertNull(shadowOf((android.app.Application) phone).getNextStartedActivity());
        StatusActivity screen = show(StatusActivity.class, null);
        Waiting.until("the person is asked", () -> shadowOf(screen).getLastRequestedPermission() != null);
        assertEquals(
                "android.permission.POST_NOTIFICATIONS",
                shadowOf(screen).getLastRequestedPermission().requestedPermissions[0]);
    }

    @Test
    public void aLinkAsksFirst() throws Exception {
        LinkActivity link = open(server.link());
        String all = text(link);
        assertTrue(all, all.contains(server.authority()));
        assertEquals(0, server.devices().length());
        ((EditText) link.getWindow().getDecorView().findViewWithTag("asset_tag")).setText(" E-5 ");
        link.getWindow().getDecorView().findViewWithTag("connect").performClick();
        Waiting.until("the phone is connected", link::isFinishing);
        assertEquals("E-5", server.device().getString("asset_tag"));
        assertEquals(
                StatusActivity.class.getName(),
                shadowOf(link).getNextStartedActivity().getComponent().getClassName());
    }

    @Test
    public void aLinkOfAnotherServerIsToldWhoseThisPhoneIs() throws Exception {
        ask("enrol", "link", server.link());
        String other = server.link().replace(server.authority(), "other.example:8443");
        LinkActivity link = open(other);
        link.getWindow().getDecorView().findViewWithTag("connect").performClick();
        String said = link.getString(R.string.link_already, server.authority());
        Waiting.until("it is said", () -> text(link).contains(said));
        assertFalse(link.isFinishing());
        assertFalse(link.getWindow().getDecorView().findViewWithTag("connect").isEnabled());
    }

    @Test
    public void aLinkCanBeDeclined() throws Exception {
        LinkActivity link = open(server.link());
        link.getWindow().getDecorView().findViewWithTag("cancel").performClick();
        assertTrue(link.isFinishing());
        assertEquals(0, server.devices().length());
    }

    @Test
    @Config(qualifiers = "ru-rRU")
    public void aLinkThatIsNoneIsSaidInWords() throws Exception {
        LinkActivity link = open("muster://nowhere/enrol?ca=1");
        link.getWindow().getDecorView().findViewWithTag("connect").performClick();
        Waiting.until("it is said", () -> text(link).contains("Ссылка неполная"));
        assertTrue(link.getWindow().getDecorView().findViewWithTag("connect").isEnabled());
        assertFalse(link.isFinishing());
    }

    @Test
    public void everyCodeHasWords() {
        for (String code : new String[] {"link", "untrusted-server", "server", "refused", "key", "space", "panic", ""}) {
            assertFalse(phone.getString(LinkActivity.words(code)).isEmpty());
        }
    }

    private LinkActivity open(String link) {
        Intent view = new Intent(Intent.ACTION_VIEW, Uri.parse(link));
        return show(LinkActivity.class, view);
    }

    private static String containing(Activity screen, String words) {
        String all = text(screen);
        return all.contains(words) ? all : null;
    }

    static String text(Activity screen) {
        StringBuilder all = new StringBuilder();
        for (View view : views(screen.getWindow().getDecorView())) {
            if (view instanceof TextView) all.append(((TextView) view).getText()).append('\n');
        }
        return all.toString();
    }

    private static List<View> views(View top) {
        List<View> all = new ArrayList<>(List.of(top));
        if (top instanceof ViewGroup) {
            ViewGroup group = (ViewGroup) top;
            for (int i = 0; i < group.getChildCount(); i++) all.addAll(views(group.getChildAt(i)));
        }
        return all;
    }
}
