package io.muster.agent;

import android.content.IntentSender;
import android.content.pm.PackageInstaller;
import java.io.ByteArrayOutputStream;
import java.io.FilterOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import org.robolectric.annotation.Implementation;
import org.robolectric.annotation.Implements;
import org.robolectric.shadows.ShadowPackageInstaller;

/** A session of the package installer that keeps what is written into it. */
@Implements(PackageInstaller.Session.class)
public class Written extends ShadowPackageInstaller.ShadowSession {
    static final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    static boolean committed;
    static boolean broken;

    static void reset() {
        bytes.reset();
        committed = false;
        broken = false;
    }

    @Implementation
    @Override
    protected OutputStream openWrite(String name, long from, long length) throws IOException {
        if (broken) throw new IllegalStateException("the installer is of another mind");
        return new FilterOutputStream(super.openWrite(name, from, length)) {
            @Override
            public void write(int one) throws IOException {
                bytes.write(one);
                super.write(one);
            }
        };
    }

    @Implementation
    @Override
    protected void commit(IntentSender told) {
        super.commit(told);
        committed = true;
    }
}
