package io.muster.agent;

import static org.junit.Assert.assertArrayEquals;
import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;

import android.content.Intent;
import android.database.Cursor;
import android.net.Uri;
import android.util.Base64;
import java.io.FileNotFoundException;
import java.io.InputStream;
import org.json.JSONObject;
import org.junit.Before;
import org.junit.Test;
import org.robolectric.Robolectric;

/** The bytes of the last report, on their way to an app that the person chose. */
public class ShareTest extends AgentCase {
    private static final byte[] BYTES = {(byte) 0xd2, 0, (byte) 0xff, 10, 13};

    @Before
    public void provide() {
        Robolectric.setupContentProvider(ReportProvider.class, ReportProvider.AUTHORITY);
    }

    @Test
    public void theBytesAreTheReport() throws Exception {
        Intent send = ReportProvider.share(phone, report("report-17.cose"));
        assertEquals(Intent.ACTION_SEND, send.getAction());
        assertEquals(Intent.FLAG_GRANT_READ_URI_PERMISSION, send.getFlags());
        Uri uri = send.getParcelableExtra(Intent.EXTRA_STREAM);
        assertEquals(uri, send.getClipData().getItemAt(0).getUri());
        try (InputStream in = phone.getContentResolver().openInputStream(uri)) {
            assertArrayEquals(BYTES, in.readAllBytes());
        }
        try (Cursor cursor = phone.getContentResolver().query(uri, null, null, null, null)) {
            cursor.moveToFirst();
            assertEquals("report-17.cose", cursor.getString(0));
            assertEquals(BYTES.length, cursor.getLong(1));
        }
    }

    @Test
    public void aNameIsNoPath() throws Exception {
        assertNull(ReportProvider.share(phone, report("../../escape")));
        assertNull(ReportProvider.share(phone, report("")));
        ReportProvider.share(phone, report("report-1.cose"));
        for (String path : new String[] {"", "..", "report-2.cose", "a/report-1.cose", "%2e%2e%2fstate"}) {
            Uri uri = Uri.parse("content://" + ReportProvider.AUTHORITY + "/" + path);
            assertThrows(path, FileNotFoundException.class, () -> phone.getContentResolver().openInputStream(uri));
        }
    }

    @Test
    public void nobodyWrites() throws Exception {
        Uri uri = ReportProvider.share(phone, report("report-1.cose")).getParcelableExtra(Intent.EXTRA_STREAM);
        assertThrows(FileNotFoundException.class, () -> phone.getContentResolver().openFileDescriptor(uri, "rw"));
        assertThrows(UnsupportedOperationException.class, () -> phone.getContentResolver().delete(uri, null, null));
    }

    private static JSONObject report(String name) throws Exception {
        return new JSONObject().put("name", name).put("base64", Base64.encodeToString(BYTES, Base64.NO_WRAP));
    }
}
