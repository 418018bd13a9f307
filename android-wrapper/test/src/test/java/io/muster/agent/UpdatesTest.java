package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.pm.PackageInfo;
import android.content.pm.PackageInstaller;
import java.io.File;
import java.nio.file.Files;
import java.security.MessageDigest;
import org.json.JSONObject;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** A new version of the agent: installed as it was offered, or not at all. */
public class UpdatesTest extends AgentCase {
    private static final byte[] BYTES = "a package, or what passes for one".getBytes();

    @Rule public final TemporaryFolder folder = new TemporaryFolder();

    private File file;
    private String digest;

    @Before
    public void download() throws Exception {
        file = folder.newFile("next.apk");
        Files.write(file.toPath(), BYTES);
        StringBuilder hex = new StringBuilder();
        for (byte one : MessageDigest.getInstance("SHA-256").digest(BYTES)) hex.append(String.format("%02x", one));
        digest = hex.toString();
        says(phone.getPackageName(), 2000);
        own();
    }

    @Test
    public void installs() throws Exception {
        JSONObject told = new JSONObject()
                .put("file", file.getPath())
                .put("sha256", digest.toUpperCase())
                .put("version_code", 2000);
        int id = Updates.install(phone, Updates.Offer.of(told));
        PackageInstaller installer = phone.getPackageManager().getPackageInstaller();
        PackageInstaller.SessionInfo session = installer.getSessionInfo(id);
        assertTrue(session == null || phone.getPackageName().equals(session.getAppPackageName()));
    }

    @Test
    public void refusesWhatIsNotNewer() {
        says(phone.getPackageName(), 1000);
        assertEquals("downgrade", refusal(1000, digest));
        assertEquals("downgrade", refusal(999, digest));
        assertEquals("downgrade", refusal(0, digest));
    }

    @Test
    public void refusesAnotherDigestAndLeavesNoSession() {
        assertEquals("digest", refusal(2000, digest.replace(digest.charAt(0), digest.charAt(0) == '0' ? '1' : '0')));
        assertEquals("digest", refusal(2000, ""));
        assertTrue(phone.getPackageManager().getPackageInstaller().getMySessions().isEmpty());
    }

    @Test
    public void refusesAnotherApplicationOrVersion() {
        assertEquals("package", refusal(3000, digest));
        says("org.example.other", 2000);
        assertEquals("package", refusal(2000, digest));
        shadowOf(phone.getPackageManager()).setPackageArchiveInfo(file.getPath(), null);
        assertEquals("package", refusal(2000, digest));
        file.delete();
        assertEquals("io", refusal(2000, digest));
    }

    @Test
    public void onlyADeviceOwnerInstalls() {
        shadowOf(Ownership.policy(phone)).setDeviceOwner(null);
        assertEquals("not-owner", refusal(2000, digest));
    }

    private String refusal(long version, String sha256) {
        Updates.Offer offer = new Updates.Offer(file, sha256, version);
        return assertThrows(Updates.Refused.class, () -> Updates.install(phone, offer)).code;
    }

    private void own() {
        shadowOf(Ownership.policy(phone)).setDeviceOwner(Ownership.admin(phone));
    }

    private void says(String name, int version) {
        PackageInfo info = new PackageInfo();
        info.packageName = name;
        info.setLongVersionCode(version);
        shadowOf(phone.getPackageManager()).setPackageArchiveInfo(file.getPath(), info);
    }
}
