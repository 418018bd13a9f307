package io.muster.agent;

import android.os.Build;
import android.security.keystore.KeyGenParameterSpec;
import android.security.keystore.KeyInfo;
import android.security.keystore.KeyProperties;
import java.io.InputStream;
import java.io.OutputStream;
import java.lang.reflect.Array;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.security.GeneralSecurityException;
import java.security.InvalidKeyException;
import java.security.Key;
import java.security.KeyFactorySpi;
import java.security.KeyPair;
import java.security.KeyPairGeneratorSpi;
import java.security.KeyStoreSpi;
import java.security.PrivateKey;
import java.security.Provider;
import java.security.ProviderException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.Security;
import java.security.Signature;
import java.security.SignatureException;
import java.security.SignatureSpi;
import java.security.UnrecoverableKeyException;
import java.security.cert.Certificate;
import java.security.interfaces.ECKey;
import java.security.interfaces.ECPublicKey;
import java.security.spec.AlgorithmParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.InvalidKeySpecException;
import java.security.spec.KeySpec;
import java.util.Collections;
import java.util.Date;
import java.util.Enumeration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The phone's key store, as far as EC keys that sign go. Keys don't leave it, and can be lost or refused as on a phone. */
public final class PhoneKeyStore extends Provider {
    private static final long serialVersionUID = 1;
    static final String NAME = "AndroidKeyStore";

    static final class Entry {
        final KeyGenParameterSpec spec;
        final Hidden key;
        final Certificate[] chain;

        Entry(KeyGenParameterSpec spec, KeyPair pair) throws GeneralSecurityException {
            this.spec = spec;
            key = new Hidden(pair);
            chain = new Certificate[] {Der.certificate(pair, "Android Keystore Key")};
        }
    }

    /** What is in it now, by alias. */
    static final Map<String, Entry> entries = Collections.synchronizedMap(new LinkedHashMap<>());
    /** Whether this phone has a secure element of its own. */
    static volatile boolean strongBox;
    /** Where other keys live: {@code KeyProperties.SECURITY_LEVEL_…}. */
    static volatile int level;
    /** How it answers at a bad moment of the system, as Android 12 and later do. */
    enum Mood {
        GOOD,
        /** As if there were nothing in it. */
        EMPTY,
        /** The same, but a key that is asked for itself can't be recovered. */
        UNRECOVERABLE
    }

    /** How it answers now. */
    static volatile Mood mood = Mood.GOOD;
    /** Whether it can make keys at all. */
    static volatile boolean works = true;

    private PhoneKeyStore() {
        super(NAME, "1", "the key store of a phone that isn't there");
        put("KeyStore." + NAME, Store.class.getName());
        put("KeyPairGenerator.EC", Maker.class.getName());
        put("KeyFactory.EC", Teller.class.getName());
        put("Signature.SHA256withECDSA", Signer.class.getName());
        put("Signature.SHA256withECDSA SupportedKeyClasses", Hidden.class.getName());
    }

    private static boolean strong(KeyGenParameterSpec spec) {
        return Build.VERSION.SDK_INT >= 28 && spec.isStrongBoxBacked();
    }

    /** An empty one: providers outlive sandboxes, so each test puts in its own. */
    static void insert() {
        remove();
        entries.clear();
        strongBox = false;
        level = KeyProperties.SECURITY_LEVEL_TRUSTED_ENVIRONMENT;
        works = true;
        mood = Mood.GOOD;
        Security.addProvider(new PhoneKeyStore());
    }

    static void remove() {
        Security.removeProvider(NAME);
    }

    /** A key that can be used and not be read. */
    public static final class Hidden implements PrivateKey, ECKey {
        private static final long serialVersionUID = 1;
        private final transient KeyPair pair;

        Hidden(KeyPair pair) {
            this.pair = pair;
        }

        @Override
        public String getAlgorithm() {
            return "EC";
        }

        @Override
        public String getFormat() {
            return null;
        }

        @Override
        public byte[] getEncoded() {
            return null;
        }

        @Override
        public ECParameterSpec getParams() {
            return ((ECPublicKey) pair.getPublic()).getParams();
        }
    }

    /** Makes keys. */
    public static final class Maker extends KeyPairGeneratorSpi {
        private KeyGenParameterSpec spec;

        @Override
        public void initialize(int size, SecureRandom random) {
            throw new UnsupportedOperationException("a key store key needs an alias");
        }

        @Override
        public void initialize(AlgorithmParameterSpec given, SecureRandom random) {
            spec = (KeyGenParameterSpec) given;
        }

        @Override
        public KeyPair generateKeyPair() {
            if (!works) throw new ProviderException("Failed to generate key pair");
            if (strong(spec) && !strongBox) {
                throw new android.security.keystore.StrongBoxUnavailableException("no StrongBox");
            }
            try {
                KeyPair pair = Der.keys();
                Entry entry = new Entry(spec, pair);
                entries.put(spec.getKeystoreAlias(), entry);
                return new KeyPair(pair.getPublic(), entry.key);
            } catch (GeneralSecurityException e) {
                throw new ProviderException("Failed to generate key pair", e);
            }
        }
    }

    /** Signs with them. */
    public static final class Signer extends SignatureSpi {
        private final Signature real;

        public Signer() throws GeneralSecurityException {
            real = Signature.getInstance("SHA256withECDSA");
        }

        @Override
        protected void engineInitSign(PrivateKey key) throws InvalidKeyException {
            if (!(key instanceof Hidden)) throw new InvalidKeyException("a key from elsewhere");
            Hidden hidden = (Hidden) key;
            boolean here = entries.values().stream().anyMatch(entry -> entry.key == hidden);
            if (!here) throw new InvalidKeyException("Keystore operation failed: key not found");
            real.initSign(hidden.pair.getPrivate());
        }

        @Override
        protected void engineInitVerify(PublicKey key) throws InvalidKeyException {
            real.initVerify(key);
        }

        @Override
        protected void engineUpdate(byte one) throws SignatureException {
            real.update(one);
        }

        @Override
        protected void engineUpdate(byte[] bytes, int from, int count) throws SignatureException {
            real.update(bytes, from, count);
        }

        @Override
        protected byte[] engineSign() throws SignatureException {
            return real.sign();
        }

        @Override
        protected boolean engineVerify(byte[] signature) throws SignatureException {
            return real.verify(signature);
        }

        @Override
        @Deprecated
        protected void engineSetParameter(String name, Object value) {
            throw new UnsupportedOperationException(name);
        }

        @Override
        @Deprecated
        protected Object engineGetParameter(String name) {
            throw new UnsupportedOperationException(name);
        }
    }

    /** Says where they live. */
    public static final class Teller extends KeyFactorySpi {
        @Override
        protected <T extends KeySpec> T engineGetKeySpec(Key key, Class<T> wanted) throws InvalidKeySpecException {
            if (!(key instanceof Hidden) || wanted != KeyInfo.class) throw new InvalidKeySpecException("not ours");
            boolean strong = entries.values().stream().anyMatch(one -> one.key == key && strong(one.spec));
            return wanted.cast(info(strong ? KeyProperties.SECURITY_LEVEL_STRONGBOX : level));
        }

        /** The framework alone makes these: the constructor is hidden and differs from version to version. */
        private static KeyInfo info(int level) {
            Constructor<?> constructor = KeyInfo.class.getDeclaredConstructors()[0];
            Class<?>[] types = constructor.getParameterTypes();
            Object[] values = new Object[types.length];
            for (int i = 0; i < types.length; i++) {
                if (types[i] == boolean.class) values[i] = false;
                if (types[i] == int.class) values[i] = 0;
                if (types[i] == long.class) values[i] = 0L;
                if (types[i].isArray()) values[i] = Array.newInstance(types[i].getComponentType(), 0);
            }
            try {
                constructor.setAccessible(true);
                KeyInfo info = (KeyInfo) constructor.newInstance(values);
                if (Build.VERSION.SDK_INT >= 31) put(info, "mSecurityLevel", level);
                put(info, "mInsideSecureHardware", level > 0);
                return info;
            } catch (ReflectiveOperationException e) {
                throw new ProviderException(e);
            }
        }

        private static void put(KeyInfo info, String name, Object value) throws ReflectiveOperationException {
            Field field = KeyInfo.class.getDeclaredField(name);
            field.setAccessible(true);
            field.set(info, value);
        }

        @Override
        protected PublicKey engineGeneratePublic(KeySpec spec) {
            throw new UnsupportedOperationException("keys are made here");
        }

        @Override
        protected PrivateKey engineGeneratePrivate(KeySpec spec) {
            throw new UnsupportedOperationException("keys are made here");
        }

        @Override
        protected Key engineTranslateKey(Key key) {
            throw new UnsupportedOperationException("keys are made here");
        }
    }

    /** Lists, hands out and forgets them. */
    public static final class Store extends KeyStoreSpi {
        @Override
        public void engineLoad(InputStream in, char[] password) {}

        @Override
        public void engineStore(OutputStream out, char[] password) {}

        @Override
        public Key engineGetKey(String alias, char[] password) throws UnrecoverableKeyException {
            if (mood == Mood.UNRECOVERABLE) throw new UnrecoverableKeyException("Failed to obtain information about key");
            Entry entry = shown(alias);
            return entry == null ? null : entry.key;
        }

        @Override
        public Certificate[] engineGetCertificateChain(String alias) {
            Entry entry = shown(alias);
            return entry == null ? null : entry.chain;
        }

        @Override
        public Certificate engineGetCertificate(String alias) {
            Entry entry = shown(alias);
            return entry == null ? null : entry.chain[0];
        }

        @Override
        public Date engineGetCreationDate(String alias) {
            return shown(alias) == null ? null : new Date();
        }

        @Override
        public void engineDeleteEntry(String alias) {
            entries.remove(alias);
        }

        @Override
        public Enumeration<String> engineAliases() {
            boolean good = mood == Mood.GOOD;
            return Collections.enumeration(good ? List.copyOf(entries.keySet()) : List.<String>of());
        }

        @Override
        public boolean engineContainsAlias(String alias) {
            return shown(alias) != null;
        }

        @Override
        public int engineSize() {
            return mood == Mood.GOOD ? entries.size() : 0;
        }

        @Override
        public boolean engineIsKeyEntry(String alias) {
            return shown(alias) != null;
        }

        private static Entry shown(String alias) {
            return mood == Mood.GOOD ? entries.get(alias) : null;
        }

        @Override
        public boolean engineIsCertificateEntry(String alias) {
            return false;
        }

        @Override
        public String engineGetCertificateAlias(Certificate certificate) {
            return null;
        }

        @Override
        public void engineSetKeyEntry(String alias, Key key, char[] password, Certificate[] chain) {
            throw new UnsupportedOperationException("keys are made here");
        }

        @Override
        public void engineSetKeyEntry(String alias, byte[] key, Certificate[] chain) {
            throw new UnsupportedOperationException("keys are made here");
        }

        @Override
        public void engineSetCertificateEntry(String alias, Certificate certificate) {
            throw new UnsupportedOperationException("keys are made here");
        }
    }
}
