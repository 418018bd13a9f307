package io.muster.agent;

import static org.robolectric.Shadows.shadowOf;

import android.content.Context;
import android.content.Intent;
import android.content.pm.ApplicationInfo;
import android.content.pm.PackageInfo;
import android.content.pm.Signature;
import android.content.pm.SigningInfo;
import android.net.Uri;
import android.os.Build;
import java.io.ByteArrayOutputStream;
import java.security.GeneralSecurityException;
import org.robolectric.shadows.ShadowPackageManager;

/** Applications of other makers on the phone. */
final class Apps {
    static final String TELEGRAM = "org.telegram.messenger";

    /**
     * The certificate that Telegram's packages are signed with, as every copy of them has it. A test compares its digest
     * with the one in the catalogue.
     */
    static final byte[] TELEGRAM_SIGNER = hex(
            "3082021730820180a0030201020204521f9d49300d06092a864886f70d0101050500305031193017060355040713105361696e74"
                    + "2d50657465727362757267310b3009060355040a1302564b310b3009060355040b1302564b311930170603550403131"
                    + "04e696b6f6c6179204b75646173686f76301e170d3133303832393139313331335a170d333830383233313931333133"
                    + "5a305031193017060355040713105361696e742d50657465727362757267310b3009060355040a1302564b310b300906"
                    + "0355040b1302564b31193017060355040313104e696b6f6c6179204b75646173686f7630819f300d06092a864886f70d"
                    + "010101050003818d0030818902818100df5e993a0dec0ab5b557dfff77e0b2227186cbf13d1fd1ed8e9deb5650c5fd44"
                    + "67bb51bfa585228d084bd27045f7415b7c4e38f08be362639a2eeb9b0c749da460f2705f6a7e14aca76abe3360af00b7"
                    + "19cc5f3ff4d4da05958327e948b3679e6417ad7baa8779b9d689799ba345839a049fd44362499054a0803a0178c77379"
                    + "0203010001300d06092a864886f70d010105050003818100dda58cdd90159c431ecc4a15902eafb07a50e01ba9d4f8e6"
                    + "55ec14b06bd8e8771239710a28991039e02e352762eb524af07602bbdfb479d3718658a534d411dfab30122c8d0a5efd"
                    + "165a620669d80a221a04ac7d68b3811150c769cf97d3274be9b9f27c4c5877eabbcf8990409e5943df8deb509fa83d68"
                    + "eabc74f7c5976743");

    private Apps() {}

    static ShadowPackageManager packages(Context phone) {
        return shadowOf(phone.getPackageManager());
    }

    static PackageInfo info(String name, String label, byte[]... signers) {
        PackageInfo info = new PackageInfo();
        info.packageName = name;
        info.versionName = "11.5.3";
        info.setLongVersionCode(5300);
        info.firstInstallTime = 1_700_000_000_000L;
        info.lastUpdateTime = 1_720_000_000_000L;
        info.applicationInfo = new ApplicationInfo();
        info.applicationInfo.packageName = name;
        info.applicationInfo.name = label;
        info.applicationInfo.nonLocalizedLabel = label;
        info.applicationInfo.flags = ApplicationInfo.FLAG_INSTALLED;
        info.applicationInfo.enabled = true;
        return sign(info, signers);
    }

    /** Gives a package these signers. */
    static PackageInfo sign(PackageInfo info, byte[]... signers) {
        Signature[] signatures = new Signature[signers.length];
        for (int i = 0; i < signers.length; i++) signatures[i] = new Signature(signers[i]);
        info.signatures = signatures;
        if (Build.VERSION.SDK_INT >= 28) {
            info.signingInfo = new SigningInfo();
            shadowOf(info.signingInfo).setSignatures(signatures);
        }
        return info;
    }

    /** Gives the agent itself a signer. */
    static void signAgent(Context phone, byte[] signer) {
        sign(packages(phone).getInternalMutablePackageInfo(phone.getPackageName()), signer);
    }

    /** Installs it, and tells the process as the system does. */
    static void install(Context phone, PackageInfo info) {
        packages(phone).installPackage(info);
        tell(phone, Intent.ACTION_PACKAGE_ADDED, info.packageName);
    }

    static void remove(Context phone, String name) {
        packages(phone).removePackage(name);
        tell(phone, Intent.ACTION_PACKAGE_REMOVED, name);
    }

    static byte[] someSigner() throws GeneralSecurityException {
        return Der.certificate(Der.keys(), "somebody else").getEncoded();
    }

    /** From now on the system lists it among the packages that changed. */
    static void changed(Context phone, String name) {
        int next = 0;
        while (phone.getPackageManager().getChangedPackages(next) != null) next++;
        packages(phone).addChangedPackage(next, name);
    }

    private static void tell(Context phone, String action, String name) {
        changed(phone, name);
        phone.sendBroadcast(new Intent(action, Uri.parse("package:" + name)));
    }

    private static byte[] hex(String text) {
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        for (int i = 0; i < text.length(); i += 2) out.write(Integer.parseInt(text.substring(i, i + 2), 16));
        return out.toByteArray();
    }
}
