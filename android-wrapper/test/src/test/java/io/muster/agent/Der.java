package io.muster.agent;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;

/** Certificates by hand: as much DER as a self-signed one needs. */
final class Der {
    private Der() {}

    static KeyPair keys() throws GeneralSecurityException {
        KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
        generator.initialize(new ECGenParameterSpec("secp256r1"));
        return generator.generateKeyPair();
    }

    static X509Certificate certificate(KeyPair keys, String name) throws GeneralSecurityException {
        byte[] algorithm = of(0x30, new byte[] {6, 8, 0x2a, (byte) 0x86, 0x48, (byte) 0xce, 0x3d, 4, 3, 2});
        byte[] commonName = of(0x30, new byte[] {6, 3, 0x55, 4, 3}, of(0x0c, utf8(name)));
        byte[] subject = of(0x30, of(0x31, commonName));
        byte[] validity = of(0x30, of(0x17, utf8("700101000000Z")), of(0x17, utf8("491231235959Z")));
        byte[] body = of(
                0x30,
                of(0xa0, new byte[] {2, 1, 2}),
                new byte[] {2, 1, 1},
                algorithm,
                subject,
                validity,
                subject,
                keys.getPublic().getEncoded());
        Signature signature = Signature.getInstance("SHA256withECDSA");
        signature.initSign(keys.getPrivate());
        signature.update(body);
        byte[] der = of(0x30, body, algorithm, of(3, new byte[] {0}, signature.sign()));
        return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(der));
    }

    private static byte[] of(int tag, byte[]... parts) {
        ByteArrayOutputStream inside = new ByteArrayOutputStream();
        for (byte[] part : parts) inside.writeBytes(part);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        out.write(tag);
        int size = inside.size();
        if (size >= 0x100) {
            out.write(0x82);
            out.write(size >> 8);
        } else if (size >= 0x80) {
            out.write(0x81);
        }
        out.write(size);
        out.writeBytes(inside.toByteArray());
        return out.toByteArray();
    }

    private static byte[] utf8(String text) {
        return text.getBytes(StandardCharsets.UTF_8);
    }
}
