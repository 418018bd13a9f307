package io.muster.agent;

import static org.junit.Assert.assertTrue;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.Test;

/** Each text can be read on what is below it: 4.5 to 1, as WCAG asks. */
public class ContrastTest {
    private static final double LEAST = 4.5;

    @Test
    public void light() throws Exception {
        readable("values");
    }

    @Test
    public void dark() throws Exception {
        readable("values-night");
    }

    private static void readable(String folder) throws Exception {
        Path file = Paths.get(System.getProperty("muster.root"), "android-wrapper/app/src/main/res", folder, "colors.xml");
        Map<String, Integer> colors = new HashMap<>();
        Matcher found = Pattern.compile("name=\"(\\w+)\">#(\\p{XDigit}{6})<").matcher(Files.readString(file));
        while (found.find()) colors.put(found.group(1), Integer.parseInt(found.group(2), 16));
        for (String ground : List.of("ground", "card")) {
            for (String text : List.of("ink", "quiet", "good", "grace", "bad", "unknown")) {
                double ratio = ratio(colors.get(text), colors.get(ground));
                assertTrue(folder + ": " + text + " on " + ground + " is " + ratio, ratio >= LEAST);
            }
        }
        assertTrue(folder + ": button", ratio(colors.get("on_accent"), colors.get("accent")) >= LEAST);
    }

    private static double ratio(int one, int other) {
        double a = luminance(one) + 0.05;
        double b = luminance(other) + 0.05;
        return Math.max(a, b) / Math.min(a, b);
    }

    private static double luminance(int rgb) {
        return 0.2126 * linear(rgb >> 16 & 0xff) + 0.7152 * linear(rgb >> 8 & 0xff) + 0.0722 * linear(rgb & 0xff);
    }

    private static double linear(int part) {
        double share = part / 255.0;
        return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
    }
}
