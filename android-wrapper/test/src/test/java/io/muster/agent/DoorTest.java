package io.muster.agent;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import android.content.Context;
import android.content.ContextWrapper;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.json.JSONObject;
import org.junit.After;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.junit.rules.TemporaryFolder;

/** The three functions themselves: whatever is asked, the answer is one of the kinds that were promised. */
public class DoorTest extends AgentCase {
    @Rule public final TemporaryFolder folders = new TemporaryFolder();
    @Rule public final Server server = new Server();

    private String folder;

    /** Without the application's own agent beside. */
    @Before
    public void alone() throws Exception {
        Agent.end();
        folder = folders.newFolder().getPath();
    }

    /** Also after a failure: the next test opens another folder. */
    @After
    public void shut() {
        Native.close();
    }

    @Test
    public void openTwice() throws Exception {
        Native.open(phone, folder);
        Native.open(phone, folder);
        String other = folders.newFolder().getPath();
        assertCode("already-open", () -> Native.open(phone, other));
        assertAlive();
        Native.close();
        Native.open(phone, other);
        assertAlive();
        Native.close();
    }

    @Test
    public void nothingAfterClose() {
        Native.open(phone, folder);
        assertAlive();
        Native.close();
        Native.close();
        assertCode("closed", () -> call("{\"do\":\"schedule\"}"));
        Native.open(phone, folder);
        assertAlive();
        Native.close();
    }

    @Test
    public void requestsThatCannotBeUnderstood() {
        Native.open(phone, folder);
        String[] wrong = {
            "", " ", "null", "[]", "{}", "{\"do\":7}", "{\"do\":\"fly\"}", "{\"do\":\"schedule\"", "\u0000",
            "{\"do\":\"work\",\"why\":\"fun\",\"seconds\":1}", "{\"do\":\"work\",\"why\":\"job\",\"seconds\":-1}",
            "{\"do\":\"page\",\"language\":\"tlh\"}", "{\"do\":\"schedule\",\"more\":1}"
        };
        for (String one : wrong) assertCode(one, "request", () -> call(one));
        assertCode("request", () -> Native.call(null));
        assertCode("request", () -> Native.call(new byte[] {(byte) 0xff, (byte) 0xfe, 0}));
        assertAlive();
        Native.close();
    }

    @Test
    public void tenMebibytes() {
        Native.open(phone, folder);
        byte[] long_ = new byte[10 * 1024 * 1024];
        java.util.Arrays.fill(long_, (byte) ' ');
        NativeException e = assertCode("too-long", () -> Native.call(long_));
        assertTrue(e.getMessage(), e.getMessage().contains("10485760"));
        assertAlive();
        Native.close();
    }

    @Test
    public void eightThreadsAtOnce() throws Exception {
        Native.open(phone, folder);
        String before = call("{\"do\":\"schedule\"}");
        ExecutorService pool = Executors.newFixedThreadPool(8);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 8; i++) {
            all.add(pool.submit(() -> {
                for (int j = 0; j < 25; j++) {
                    assertEquals(before, call("{\"do\":\"schedule\"}"));
                    call("{\"do\":\"page\",\"language\":\"ru\"}");
                }
            }));
        }
        for (Future<?> one : all) one.get();
        pool.shutdown();
        Native.close();
    }

    @Test
    public void callsAgainstClose() throws Exception {
        Native.open(phone, folder);
        ExecutorService pool = Executors.newFixedThreadPool(4);
        List<Future<?>> all = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
            all.add(pool.submit(() -> {
                while (true) {
                    try {
                        call("{\"do\":\"page\",\"language\":\"en\"}");
                    } catch (NativeException e) {
                        assertEquals("closed", e.code);
                        return;
                    }
                }
            }));
        }
        Native.close();
        for (Future<?> one : all) one.get();
        pool.shutdown();
    }

    @Test
    public void aJavaExceptionInMidCall() {
        Context broken = new ContextWrapper(phone) {
            @Override
            public ClassLoader getClassLoader() {
                throw new IllegalStateException("broken on purpose: \u0430");
            }
        };
        NativeException e = assertCode("java", () -> Native.open(broken, folder));
        assertTrue(e.getMessage(), e.getMessage().contains("java.lang.IllegalStateException"));
        assertTrue(e.getMessage(), e.getMessage().contains("broken on purpose: \u0430"));
        Native.open(phone, folder);
        assertAlive();
        Native.close();
    }

    /** A package manager that throws while a report is made: the report is made without it, and nothing of it is left behind. */
    @Test
    public void javaExceptionsWhileAReportIsMade() throws Exception {
        Context broken = new ContextWrapper(phone) {
            @Override
            public android.content.pm.PackageManager getPackageManager() {
                throw new IllegalStateException("no packages");
            }
        };
        Native.open(broken, folder);
        call(Agent.request("enrol", "link", server.link()).toString());
        JSONObject worked = new JSONObject(call("{\"do\":\"work\",\"why\":\"first\",\"seconds\":10}"));
        assertTrue(worked.toString(), worked.getBoolean("reported") && worked.getBoolean("quiet"));
        JSONObject facts = server.device().getJSONObject("facts");
        assertTrue(facts.toString(), facts.getJSONObject("manufacturer").has("value"));
        assertAlive();
    }

    @Test
    public void aPanicIsAnExceptionAndTheNextCallIsFine() {
        Native.open(phone, folder);
        for (String words : new String[] {"plain", "а {} \u0000 %s"}) {
            String request = Agent.request("panic", "text", words).toString();
            NativeException e = assertCode("panic", () -> call(request));
            assertEquals("asked to break off: " + words, e.getMessage());
            assertAlive();
        }
        Native.close();
    }

    /** A context whose every service fails: what can't be read has a reason, and the agent goes on. */
    @Test
    public void aPhoneThatAnswersNothing() {
        Context broken = new ContextWrapper(phone) {
            @Override
            public Object getSystemService(String name) {
                throw new SecurityException("no " + name);
            }

            @Override
            public android.content.pm.PackageManager getPackageManager() {
                throw new IllegalStateException("no packages");
            }
        };
        Native.open(broken, folder);
        assertTrue(call("{\"do\":\"settle\"}").contains("not-enrolled"));
        assertAlive();
        Native.close();
    }

    @Test
    public void aFolderThatCannotBe() throws Exception {
        String file = folders.newFile("file").getPath();
        NativeException e = assertThrows(NativeException.class, () -> {
            Native.open(phone, file);
            call("{\"do\":\"settle\"}");
        });
        assertTrue(e.toString(), List.of("state", "space").contains(e.code));
        Native.close();
        assertThrows(NativeException.class, () -> Native.open(phone, null));
        Native.open(phone, folder);
        assertAlive();
        Native.close();
    }

    private static void assertAlive() {
        assertTrue(call("{\"do\":\"schedule\"}").contains("every_s"));
    }

    private static String call(String request) {
        return new String(Native.call(request.getBytes(StandardCharsets.UTF_8)), StandardCharsets.UTF_8);
    }

    private static NativeException assertCode(String code, org.junit.function.ThrowingRunnable run) {
        return assertCode("", code, run);
    }

    private static NativeException assertCode(String what, String code, org.junit.function.ThrowingRunnable run) {
        NativeException e = assertThrows(what, NativeException.class, run);
        assertEquals(what + ": " + e, code, e.code);
        return e;
    }
}
