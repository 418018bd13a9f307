package io.muster.agent;

import android.app.PendingIntent;
import android.content.BroadcastReceiver;
import android.content.Context;
import android.content.Intent;
import android.content.pm.PackageInfo;
import android.content.pm.PackageInstaller;
import android.content.pm.PackageManager;
import android.os.Build;
import android.util.Log;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.file.Files;
import java.security.DigestInputStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Locale;
import org.json.JSONObject;

/**
 * Installs a new version of the agent without asking, which the system allows device owners.
 *
 * <p>The bytes that the system gets are the bytes that are digested, so that nobody can swap the file in between. That the
 * new version has the same signer is the system's own rule, too; here it is asked before a session is begun.
 */
final class Updates {
    /** What Rust fetched and what it is to be. */
    static final class Offer {
        final File file;
        final String sha256;
        final long versionCode;

        Offer(File file, String sha256, long versionCode) {
            this.file = file;
            this.sha256 = sha256.toLowerCase(Locale.ROOT);
            this.versionCode = versionCode;
        }

        static Offer of(JSONObject told) {
            return new Offer(new File(told.optString("file")), told.optString("sha256"), told.optLong("version_code"));
        }
    }

    /** Why nothing was installed; the code is stable. */
    static final class Refused extends Exception {
        private static final long serialVersionUID = 1;

        final String code;

        Refused(String code, String message) {
            super(message);
            this.code = code;
        }
    }

    /** What the system says in the end. A success ends this process: the new one reports after MY_PACKAGE_REPLACED. */
    public static final class Outcome extends BroadcastReceiver {
        @Override
        public void onReceive(Context context, Intent intent) {
            int status = intent.getIntExtra(PackageInstaller.EXTRA_STATUS, PackageInstaller.STATUS_FAILURE);
            if (status != PackageInstaller.STATUS_SUCCESS) {
                String text = intent.getStringExtra(PackageInstaller.EXTRA_STATUS_MESSAGE);
                Log.w(Agent.TAG, "update not installed: " + status + ": " + text);
            }
        }
    }

    private Updates() {}

    /** Returns the number of the session that the system now carries out. */
    static int install(Context context, Offer offer) throws Refused {
        if (!Ownership.ofDevice(context)) throw new Refused("not-owner", "only a device owner installs silently");
        long now = versionCode(own(context));
        if (offer.versionCode <= now) {
            throw new Refused("downgrade", "version " + offer.versionCode + " is not newer than " + now);
        }
        examine(context, offer);
        PackageInstaller installer = context.getPackageManager().getPackageInstaller();
        PackageInstaller.SessionParams params =
                new PackageInstaller.SessionParams(PackageInstaller.SessionParams.MODE_FULL_INSTALL);
        params.setAppPackageName(context.getPackageName());
        if (Build.VERSION.SDK_INT >= 31) {
            params.setRequireUserAction(PackageInstaller.SessionParams.USER_ACTION_NOT_REQUIRED);
        }
        int id = -1;
        try {
            id = installer.createSession(params);
            try (PackageInstaller.Session session = installer.openSession(id)) {
                write(session, offer);
                session.commit(outcome(context, id).getIntentSender());
            }
            return id;
        } catch (IOException e) {
            abandon(installer, id);
            throw new Refused("io", "write the package: " + e.getMessage());
        } catch (RuntimeException e) {
            // The system's service is gone, too full of sessions, or of another mind.
            abandon(installer, id);
            throw new Refused("system", "hand over the package: " + e);
        } catch (Refused e) {
            abandon(installer, id);
            throw e;
        }
    }

    /** What the file says of itself must be what was offered. */
    private static void examine(Context context, Offer offer) throws Refused {
        if (!offer.file.isFile()) throw new Refused("io", "there is no package file");
        PackageInfo inside = inside(context, offer.file);
        if (inside == null) throw new Refused("package", "the file is not a package");
        if (!context.getPackageName().equals(inside.packageName)) {
            throw new Refused("package", "the file is another application");
        }
        if (versionCode(inside) != offer.versionCode) {
            throw new Refused("package", "the file is version " + versionCode(inside) + ", not " + offer.versionCode);
        }
        if (!Signers.continues(inside, own(context))) {
            throw new Refused("other-signer", "the file has not the signer of this agent");
        }
    }

    private static PackageInfo inside(Context context, File file) throws Refused {
        try {
            return context.getPackageManager().getPackageArchiveInfo(file.getPath(), Signers.FLAGS);
        } catch (RuntimeException e) {
            throw new Refused("package", "read the package: " + e);
        }
    }

    private static void write(PackageInstaller.Session session, Offer offer) throws IOException, Refused {
        MessageDigest digest = sha256();
        try (InputStream in = new DigestInputStream(Files.newInputStream(offer.file.toPath()), digest);
                OutputStream out = session.openWrite("agent.apk", 0, offer.file.length())) {
            byte[] piece = new byte[65536];
            for (int n = in.read(piece); n >= 0; n = in.read(piece)) out.write(piece, 0, n);
            session.fsync(out);
        }
        StringBuilder hex = new StringBuilder();
        for (byte one : digest.digest()) hex.append(String.format(Locale.ROOT, "%02x", one));
        if (!hex.toString().equals(offer.sha256)) throw new Refused("digest", "the file has another digest");
    }

    private static void abandon(PackageInstaller installer, int id) {
        if (id < 0) return;
        try {
            installer.abandonSession(id);
        } catch (RuntimeException e) {
            Log.w(Agent.TAG, "session " + id + " is gone already: " + e);
        }
    }

    private static PendingIntent outcome(Context context, int id) {
        Intent told = new Intent(context, Outcome.class);
        // The system fills in the outcome: since Android 12 that has to be said.
        int flags = PendingIntent.FLAG_UPDATE_CURRENT | (Build.VERSION.SDK_INT >= 31 ? PendingIntent.FLAG_MUTABLE : 0);
        return PendingIntent.getBroadcast(context, id, told, flags);
    }

    private static PackageInfo own(Context context) throws Refused {
        try {
            return context.getPackageManager().getPackageInfo(context.getPackageName(), Signers.FLAGS);
        } catch (PackageManager.NameNotFoundException e) {
            throw new Refused("package", "the agent is not installed");
        }
    }

    @SuppressWarnings("deprecation")
    private static long versionCode(PackageInfo info) {
        return Build.VERSION.SDK_INT >= 28 ? info.getLongVersionCode() : info.versionCode;
    }

    private static MessageDigest sha256() {
        try {
            return MessageDigest.getInstance("SHA-256");
        } catch (NoSuchAlgorithmException e) {
            throw new AssertionError("every Android has SHA-256", e);
        }
    }
}
