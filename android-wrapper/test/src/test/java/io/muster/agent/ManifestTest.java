package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.Test;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/** What the system is told of the application before any line of it runs. */
public class ManifestTest {
    private static final Path ROOT = Paths.get(System.getProperty("muster.root"));
    private static final Path APP = ROOT.resolve("android-wrapper/app/src/main");

    @Test
    public void permissionsAreThese() throws Exception {
        Set<String> expected = Set.of(
                "INTERNET", "ACCESS_NETWORK_STATE", "RECEIVE_BOOT_COMPLETED", "FOREGROUND_SERVICE",
                "FOREGROUND_SERVICE_SYSTEM_EXEMPTED", "POST_NOTIFICATIONS", "REQUEST_PASSWORD_COMPLEXITY");
        Set<String> asked = new TreeSet<>();
        for (Element one : all(manifest(), "uses-permission")) {
            asked.add(android(one, "name").replace("android.permission.", ""));
        }
        assertEquals(new TreeSet<>(expected), asked);
        assertTrue(asked.size() <= 8);
    }

    @Test
    public void queriesAreTheCatalogue() throws Exception {
        Set<String> catalogue = new TreeSet<>();
        String text = Files.readString(ROOT.resolve("catalogue/messengers.toml"));
        Matcher lists = Pattern.compile("(?m)^android = \\[([^\\]]*)\\]").matcher(text);
        while (lists.find()) {
            Matcher names = Pattern.compile("\"([^\"]+)\"").matcher(lists.group(1));
            while (names.find()) catalogue.add(names.group(1));
        }
        assertTrue(catalogue.size() > 50);
        List<String> asked = new ArrayList<>();
        for (Element one : all(manifest(), "package")) asked.add(android(one, "name"));
        assertEquals(new ArrayList<>(catalogue), asked);
    }

    @Test
    public void versionsOfAndroid() throws Exception {
        Element sdk = all(manifest(), "uses-sdk").get(0);
        assertEquals("26", android(sdk, "minSdkVersion"));
        assertEquals("36", android(sdk, "targetSdkVersion"));
    }

    @Test
    public void nothingLeavesByBackupOrInTheClear() throws Exception {
        Element application = all(manifest(), "application").get(0);
        assertEquals("false", android(application, "allowBackup"));
        assertEquals("false", android(application, "fullBackupContent"));
        assertEquals("@xml/data_extraction_rules", android(application, "dataExtractionRules"));
        assertEquals("false", android(application, "usesCleartextTraffic"));
        Element base = all(xml("res/xml/network_security.xml"), "base-config").get(0);
        assertEquals("false", base.getAttribute("cleartextTrafficPermitted"));
        Document rules = xml("res/xml/data_extraction_rules.xml");
        assertEquals(10, all(rules, "exclude").size());
        assertTrue(all(rules, "include").isEmpty());
        assertTrue(all(rules, "device-transfer").size() == 1 && all(rules, "cloud-backup").size() == 1);
    }

    @Test
    public void onlyWhatMustBeIsExported() throws Exception {
        Map<String, String> exported = new TreeMap<>();
        for (String kind : List.of("activity", "receiver", "service", "provider")) {
            for (Element one : all(manifest(), kind)) {
                String says = android(one, "exported");
                assertFalse(android(one, "name") + " must say whether it is exported", says.isEmpty());
                if (says.equals("true")) exported.put(android(one, "name"), android(one, "permission"));
            }
        }
        String admin = "android.permission.BIND_DEVICE_ADMIN";
        assertEquals(
                Map.of(".StatusActivity", "", ".LinkActivity", "", ".AdminReceiver", admin,
                        ".ProvisioningModeActivity", admin, ".PolicyComplianceActivity", admin),
                exported);
    }

    @Test
    public void typedServiceAndGuardedJob() throws Exception {
        Map<String, Element> services = new TreeMap<>();
        for (Element one : all(manifest(), "service")) services.put(android(one, "name"), one);
        assertEquals("systemExempted", android(services.get(".ChannelService"), "foregroundServiceType"));
        assertEquals("android.permission.BIND_JOB_SERVICE", android(services.get(".ReportJob"), "permission"));
    }

    @Test
    public void restrictionsAreTheOnesThatRustReads() throws Exception {
        Set<String> keys = new TreeSet<>();
        for (Element one : all(xml("res/xml/app_restrictions.xml"), "restriction")) {
            keys.add(android(one, "key"));
            assertEquals("string", android(one, "restrictionType"));
        }
        assertEquals(new TreeSet<>(Set.of("server_link", "asset_tag")), keys);
    }

    @Test
    public void everyComponentExists() throws Exception {
        for (String kind : List.of("application", "activity", "receiver", "service", "provider")) {
            for (Element one : all(manifest(), kind)) {
                String name = android(one, "name").replace('$', '/').split("/")[0].substring(1);
                assertTrue(name, Files.exists(APP.resolve("java/io/muster/agent/" + name + ".java")));
            }
        }
    }

    @Test
    public void bothLanguagesSayTheSame() throws Exception {
        Map<String, String> english = strings("res/values/strings.xml");
        Map<String, String> russian = strings("res/values-ru/strings.xml");
        assertEquals(english.keySet(), russian.keySet());
        for (String name : english.keySet()) {
            assertEquals(name, english.get(name).contains("%1$s"), russian.get(name).contains("%1$s"));
            boolean isName = name.equals("label");
            assertTrue(name, isName || russian.get(name).codePoints().anyMatch(c -> c >= 'А' && c <= 'я'));
        }
        Set<String> light = strings("res/values/colors.xml").keySet();
        Set<String> dark = new TreeSet<>(strings("res/values-night/colors.xml").keySet());
        dark.add("icon_ground");
        assertEquals(light, dark);
    }

    private static Map<String, String> strings(String file) throws Exception {
        Map<String, String> found = new TreeMap<>();
        for (String kind : List.of("string", "color")) {
            for (Element one : all(xml(file), kind)) found.put(one.getAttribute("name"), one.getTextContent());
        }
        return found;
    }

    private static Document manifest() throws Exception {
        return xml("AndroidManifest.xml");
    }

    private static Document xml(String file) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new File(APP.toFile(), file));
    }

    private static List<Element> all(Document document, String name) {
        NodeList found = document.getElementsByTagName(name);
        List<Element> all = new ArrayList<>();
        for (int i = 0; i < found.getLength(); i++) all.add((Element) found.item(i));
        return all;
    }

    private static String android(Element element, String name) {
        return element.getAttributeNS("http://schemas.android.com/apk/res/android", name);
    }
}
