package io.muster.agent;

import android.app.Activity;
import android.content.ActivityNotFoundException;
import android.content.Intent;
import android.net.Uri;
import android.provider.Settings;

/** Where a button of the screen leads: an address ({@code mailto:}, {@code tel:}, {@code https:}) or a page of the settings. */
final class Links {
    private Links() {}

    static boolean follow(Activity from, String target) {
        if (target.isEmpty()) return false;
        if (!target.contains(":")) {
            // A phone may lack one page of the settings; their front page then is better than nothing.
            return start(from, new Intent(target)) || start(from, new Intent(Settings.ACTION_SETTINGS));
        }
        Uri uri = Uri.parse(target);
        if ("package".equals(uri.getScheme())) {
            return start(from, new Intent(Settings.ACTION_APPLICATION_DETAILS_SETTINGS, uri));
        }
        if ("tel".equals(uri.getScheme())) return start(from, new Intent(Intent.ACTION_DIAL, uri));
        if ("mailto".equals(uri.getScheme())) return start(from, new Intent(Intent.ACTION_SENDTO, uri));
        return "https".equals(uri.getScheme()) && start(from, new Intent(Intent.ACTION_VIEW, uri));
    }

    static boolean start(Activity from, Intent intent) {
        try {
            from.startActivity(intent);
            return true;
        } catch (ActivityNotFoundException | SecurityException e) {
            return false;
        }
    }
}
