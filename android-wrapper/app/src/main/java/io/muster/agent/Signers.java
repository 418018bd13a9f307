package io.muster.agent;

import android.content.pm.PackageInfo;
import android.content.pm.PackageManager;
import android.content.pm.Signature;
import android.os.Build;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashSet;
import java.util.Set;

/** Who signed a package, as its certificates say. */
final class Signers {
    /** Both: Android 9 reads the certificates of a file for the old flag alone, and later versions want the new one. */
    @SuppressWarnings("deprecation")
    static final int FLAGS = PackageManager.GET_SIGNATURES
            | (Build.VERSION.SDK_INT >= 28 ? PackageManager.GET_SIGNING_CERTIFICATES : 0);

    private Signers() {}

    /** Whether the next package is of those who signed the present one: the same, or with a proof that they passed it on. */
    static boolean continues(PackageInfo next, PackageInfo present) {
        Set<Signature> now = of(present);
        if (now.isEmpty()) return false;
        Set<Signature> then = of(next);
        return then.equals(now) || (now.size() == 1 && history(next).containsAll(now));
    }

    @SuppressWarnings("deprecation")
    private static Set<Signature> of(PackageInfo info) {
        if (Build.VERSION.SDK_INT >= 28 && info.signingInfo != null) return set(info.signingInfo.getApkContentsSigners());
        return set(info.signatures);
    }

    private static Set<Signature> history(PackageInfo info) {
        boolean one = Build.VERSION.SDK_INT >= 28 && info.signingInfo != null && !info.signingInfo.hasMultipleSigners();
        return one ? set(info.signingInfo.getSigningCertificateHistory()) : Collections.emptySet();
    }

    private static Set<Signature> set(Signature[] all) {
        return all == null ? Collections.emptySet() : new HashSet<>(Arrays.asList(all));
    }
}
