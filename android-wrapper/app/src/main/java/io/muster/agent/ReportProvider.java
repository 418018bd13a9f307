package io.muster.agent;

import android.content.ClipData;
import android.content.ContentProvider;
import android.content.ContentValues;
import android.content.Context;
import android.content.Intent;
import android.database.Cursor;
import android.database.MatrixCursor;
import android.net.Uri;
import android.os.ParcelFileDescriptor;
import android.provider.OpenableColumns;
import android.util.Base64;
import java.io.File;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.nio.file.Files;
import org.json.JSONObject;

/** Hands the bytes of the last report to the one app that the person chose; nobody else may read here. */
public final class ReportProvider extends ContentProvider {
    static final String AUTHORITY = "io.muster.agent.reports";

    /** The intent that shares {@code {"name", "base64"}}; null if the bytes can't be kept for it. */
    static Intent share(Context context, JSONObject report) {
        String name = report.optString("name");
        if (!fits(name)) return null;
        try {
            Files.createDirectories(folder(context).toPath());
            byte[] bytes = Base64.decode(report.optString("base64"), Base64.DEFAULT);
            Files.write(new File(folder(context), name).toPath(), bytes);
        } catch (IOException | IllegalArgumentException e) {
            return null;
        }
        Uri uri = new Uri.Builder().scheme("content").authority(AUTHORITY).appendPath(name).build();
        Intent send = new Intent(Intent.ACTION_SEND)
                .setType("application/octet-stream")
                .putExtra(Intent.EXTRA_STREAM, uri)
                .addFlags(Intent.FLAG_GRANT_READ_URI_PERMISSION);
        send.setClipData(ClipData.newRawUri(name, uri));
        return send;
    }

    @Override
    public boolean onCreate() {
        return true;
    }

    @Override
    public ParcelFileDescriptor openFile(Uri uri, String mode) throws FileNotFoundException {
        if (!"r".equals(mode)) throw new FileNotFoundException("reports can be read only");
        return ParcelFileDescriptor.open(file(uri), ParcelFileDescriptor.MODE_READ_ONLY);
    }

    @Override
    public Cursor query(Uri uri, String[] columns, String where, String[] values, String order) {
        MatrixCursor cursor = new MatrixCursor(new String[] {OpenableColumns.DISPLAY_NAME, OpenableColumns.SIZE});
        try {
            File file = file(uri);
            cursor.addRow(new Object[] {file.getName(), file.length()});
        } catch (FileNotFoundException e) {
            return cursor;
        }
        return cursor;
    }

    @Override
    public String getType(Uri uri) {
        return "application/octet-stream";
    }

    @Override
    public Uri insert(Uri uri, ContentValues values) {
        throw new UnsupportedOperationException("reports can be read only");
    }

    @Override
    public int delete(Uri uri, String where, String[] values) {
        throw new UnsupportedOperationException("reports can be read only");
    }

    @Override
    public int update(Uri uri, ContentValues values, String where, String[] arguments) {
        throw new UnsupportedOperationException("reports can be read only");
    }

    private File file(Uri uri) throws FileNotFoundException {
        String name = uri.getLastPathSegment();
        File file = new File(folder(getContext()), name == null ? "" : name);
        if (name == null || !fits(name) || uri.getPathSegments().size() != 1 || !file.isFile()) {
            throw new FileNotFoundException("no such report");
        }
        return file;
    }

    /** A name, never a path. */
    private static boolean fits(String name) {
        return name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}");
    }

    private static File folder(Context context) {
        return new File(context.getCacheDir(), "reports");
    }
}
