package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertTrue;

import android.content.RestrictionsManager;
import android.os.Bundle;
import java.util.List;
import org.json.JSONArray;
import org.json.JSONObject;
import org.junit.Rule;
import org.junit.Test;
import org.robolectric.Shadows;

/** Ways into an organisation, and what keeps a phone out. */
public class EnrolTest extends AgentCase {
    @Rule public final Server server = new Server();

    @Test
    public void byALink() throws Exception {
        JSONObject enrolled = ask("enrol", "link", server.link(), "asset_tag", "A-17");
        assertEquals("enrolled", enrolled.getString("progress"));
        JSONObject device = server.device();
        assertEquals(enrolled.getString("device"), device.getString("id"));
        assertEquals("android", device.getString("platform"));
        assertEquals("A-17", device.getString("asset_tag"));
        assertEquals("tee", device.getJSONObject("key").getString("protection"));
        assertEquals(1, PhoneKeyStore.entries.size());
        assertTrue("the server's challenge is asked to be attested",
                PhoneKeyStore.entries.values().iterator().next().spec.getAttestationChallenge().length >= 8);
        assertEquals("active", settle().getString("standing"));
    }

    @Test
    public void aSecureElementIsPreferred() throws Exception {
        PhoneKeyStore.strongBox = true;
        ask("enrol", "link", server.link());
        assertEquals("strong-box", server.device().getJSONObject("key").getString("protection").replace("strongbox", "strong-box"));
    }

    @Test
    public void twiceIsOnce() throws Exception {
        String link = server.link();
        ask("enrol", "link", link);
        assertEquals("already", ask("enrol", "link", link).getString("progress"));
        assertEquals(1, server.devices().length());
    }

    @Test
    public void aPersonApproves() throws Exception {
        JSONObject pending = ask("enrol", "link", server.link(2, "person"));
        assertEquals("pending", pending.getString("progress"));
        assertFalse(pending.getString("code").isEmpty());
        assertEquals("pending", settle().getString("standing"));
        assertTrue(words(page("ru")).contains(pending.getString("code")));
        JSONObject waiting = ((JSONArray) server.json("pending")).getJSONObject(0);
        server.muster("approve", waiting.getString("device"));
        startProcessAnew();
        assertEquals("active", settle().getString("standing"));
        assertEquals(1, server.devices().length());
    }

    @Test
    public void byManagedConfiguration() throws Exception {
        assertEquals("not-enrolled", settle().getString("standing"));
        Bundle told = new Bundle();
        told.putString("server_link", " " + server.link() + "\n");
        told.putString("asset_tag", "B-2");
        configure(told);
        assertEquals("active", settle().getString("standing"));
        assertEquals("B-2", server.device().getString("asset_tag"));
    }

    @Test
    public void aChangedConfigurationIsSeenWhileTheProcessLives() throws Exception {
        settle();
        Bundle told = new Bundle();
        told.putString("server_link", server.link());
        configure(told);
        phone.sendBroadcast(new android.content.Intent(android.content.Intent.ACTION_APPLICATION_RESTRICTIONS_CHANGED));
        Waiting.until("the phone enrols", () -> server.devices().length() == 1);
    }

    @Test
    public void aTypoInManagedConfigurationIsNamed() throws Exception {
        Bundle told = new Bundle();
        told.putString("server_lnk", server.link());
        configure(told);
        JSONObject settled = settle();
        assertEquals("not-enrolled", settled.getString("standing"));
        assertTrue(settled.toString(), settled.getJSONObject("problem").getString("text").contains("server_lnk"));
        assertTrue(words(page("en")), words(page("en")).contains("server_lnk"));
    }

    @Test
    public void eachFieldOfALinkCounts() throws Exception {
        String link = server.link();
        String[] wrong = {
            "", "hello", link.replace("muster://", "https://"), link.replace("/enrol?", "/enroll?"),
            link.replaceFirst(":\\d+/", "/"), link.replaceFirst("ca=[^&]*&", ""), link.replaceFirst("ca=.", "ca="),
            link.replaceFirst("key=[^&]*", "key=AA"), link.replaceFirst("token=.*", "token="),
            link.replaceFirst("&token=.*", ""), link + link, link.replace("&", "&amp;")
        };
        for (String one : wrong) assertEquals(one, "link", refused("enrol", "link", one).code);
        assertEquals("not-enrolled", settle().getString("standing"));
        assertEquals(0, server.devices().length());
        assertEquals("enrolled", ask("enrol", "link", link).getString("progress"));
    }

    @Test
    public void aServerThatIsNotTheOneOfTheLink() throws Exception {
        String link = server.link();
        String other = otherDigest(link, "ca=");
        assertEquals("untrusted-server", refused("enrol", "link", other).code);
        other = otherDigest(link, "key=");
        assertNotEquals(link, other);
        NativeException key = refused("enrol", "link", other);
        assertTrue(key.toString(), List.of("untrusted-server", "refused").contains(key.code));
        assertEquals(0, server.devices().length());
    }

    @Test
    public void aTokenThatIsNotTheServers() throws Exception {
        String link = server.link();
        String wrong = otherDigest(link, "token=");
        NativeException e = refused("enrol", "link", wrong);
        assertEquals(e.toString(), "refused", e.code);
        ask("enrol", "link", link);
    }

    @Test
    public void aUsedTokenIsRefused() throws Exception {
        String link = server.link();
        ask("enrol", "link", link);
        Agent.end();
        deleteState();
        PhoneKeyStore.insert();
        assertEquals("refused", refused("enrol", "link", link).code);
        assertEquals(1, server.devices().length());
    }

    /** A link of somebody else doesn't take a phone away from where it is. */
    @Test
    public void aLinkForAnotherOrganisationMovesNobody() throws Exception {
        ask("enrol", "link", server.link());
        server.muster("org", "add", "other", "--title", "Other");
        JSONObject token = (JSONObject) server.json("enrol-token", "--org", "other");
        Bundle told = new Bundle();
        told.putString("server_link", token.getString("link"));
        configure(told);
        assertEquals("active", settle().getString("standing"));
        assertEquals("already", ask("enrol", "link", token.getString("link")).getString("progress"));
        assertEquals(1, server.devices().length());
        assertEquals(Server.ORG, server.device().getString("org"));
    }

    @Test
    public void nobodyThere() throws Exception {
        String link = server.link();
        server.stop();
        assertEquals("server", refused("enrol", "link", link).code);
        server.startAgain();
        assertEquals("enrolled", ask("enrol", "link", link).getString("progress"));
    }

    @Test
    public void aPhoneWithoutAKeyStore() throws Exception {
        PhoneKeyStore.remove();
        assertEquals("enrolled", ask("enrol", "link", server.link()).getString("progress"));
        assertEquals("software", server.device().getJSONObject("key").getString("protection"));
    }

    @Test
    public void aKeyStoreThatMakesNoKeys() throws Exception {
        PhoneKeyStore.works = false;
        String link = server.link();
        assertEquals("key", refused("enrol", "link", link).code);
        PhoneKeyStore.works = true;
        assertEquals("enrolled", ask("enrol", "link", link).getString("progress"));
    }

    private void configure(Bundle told) {
        Shadows.shadowOf(phone.getSystemService(RestrictionsManager.class)).setApplicationRestrictions(told);
    }

    private void deleteState() throws Exception {
        java.nio.file.Path folder = phone.getNoBackupFilesDir().toPath().resolve("muster");
        try (java.util.stream.Stream<java.nio.file.Path> all = java.nio.file.Files.walk(folder)) {
            all.sorted(java.util.Comparator.reverseOrder()).map(java.nio.file.Path::toFile).forEach(java.io.File::delete);
        }
    }

    /** The same link with another digest, or another token, of the same form. */
    private static String otherDigest(String link, String field) {
        int at = link.indexOf(field) + field.length();
        char now = link.charAt(at);
        return link.substring(0, at) + (now == 'A' ? 'B' : 'A') + link.substring(at + 1);
    }
}
