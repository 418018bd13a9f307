package io.muster.agent;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.content.pm.PackageInfo;
import android.content.pm.PackageInstaller;
import android.content.pm.Signature;
import java.io.File;
import java.nio.file.Files;
import java.security.MessageDigest;
import org.json.JSONObject;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;
import org.robolectric.annotation.Config;

/** A new version of the agent: installed as it was offered, or not at all. */
@Config(shadows = Written.class)
public class UpdatesTest extends AgentCase {
    private static final byte[] BYTES = "a package, or what passes for one".getBytes();

    @Rule public final TemporaryFolder folder = new TemporaryFolder();

    private File file;
    private String digest;
    private byte[] signer;

    @Before
    public void download() throws Exception {
        file = folder.newFile("next.apk");
        Files.write(file.toPath(), BYTES);
        StringBuilder hex = new StringBuilder();
        for (byte one : MessageDigest.getInstance("SHA-256").digest(BYTES)) hex.append(String.format("%02x", one));
        digest = hex.toString();
        own();
        Written.reset();
        signer = Apps.someSigner();
        Apps.signAgent(phone, signer);
        says(phone.getPackageName(), 2000);
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
        assertEquals(phone.getPackageName(), session.getAppPackageName());
        assertArrayEquals(BYTES, Written.bytes.toByteArray());
        assertTrue("the system is to carry it out", Written.committed);
    }

    @Test
    @Config(sdk = 26)
    public void installsOnTheOldest() throws Exception {
        Updates.install(phone, new Updates.Offer(file, digest, 2000));
        assertArrayEquals(BYTES, Written.bytes.toByteArray());
        signer = Apps.someSigner();
        says(phone.getPackageName(), 2000);
        assertEquals("other-signer", refusal(2000, digest));
    }

    @Test
    public void refusesAnotherSigner() throws Exception {
        byte[] own = signer;
        signer = Apps.someSigner();
        PackageInfo other = says(phone.getPackageName(), 2000);
        assertEquals("other-signer", refusal(2000, digest));
        Apps.sign(other);
        assertEquals("other-signer", refusal(2000, digest));
        Apps.sign(other, own, signer);
        assertEquals("other-signer", refusal(2000, digest));
        assertNothingWritten();
    }

    /** A certificate that the one before has passed its right on to. */
    @Test
    public void acceptsAnHeir() throws Exception {
        byte[] own = signer;
        signer = Apps.someSigner();
        PackageInfo heir = says(phone.getPackageName(), 2000);
        shadowOf(heir.signingInfo).setPastSigningCertificates(new Signature[] {new Signature(own), new Signature(signer)});
        Updates.install(phone, new Updates.Offer(file, digest, 2000));
        assertTrue(Written.committed);
    }

    @Test
    public void anInstallerThatBreaksOffIsARefusal() {
        Written.broken = true;
        assertEquals("system", refusal(2000, digest));
        assertNothingWritten();
    }

    private void assertNothingWritten() {
        assertTrue(phone.getPackageManager().getPackageInstaller().getMySessions().isEmpty());
        assertEquals(0, Written.bytes.size());
        assertFalse(Written.committed);
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

    private PackageInfo says(String name, int version) {
        PackageInfo info = new PackageInfo();
        info.packageName = name;
        info.versionCode = version;
        Apps.sign(info, signer);
        shadowOf(phone.getPackageManager()).setPackageArchiveInfo(file.getPath(), info);
        return info;
    }
}
