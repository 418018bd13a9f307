package io.muster.agent;

import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertTrue;

import java.lang.management.ManagementFactory;
import org.json.JSONObject;
import org.junit.Before;
import org.junit.Rule;
import org.junit.Test;
import org.robolectric.annotation.Config;

/**
 * What a job costs, in CPU time of the whole process and in bytes. The JVM's compiler runs slowly here and the library is built for tests:
 * the figures are for comparing with each other.
 */
@Config(sdk = 35)
public class FiguresTest extends AgentCase {
    private static final int TIMES = 40;

    @Rule public final Server server = new Server();

    @Before
    public void enrol() throws Exception {
        ask("enrol", "link", server.link());
        settle();
        work("first");
        for (int i = 0; i < 5; i++) work("job");
    }

    @Test
    public void aJobWithNothingChanged() throws Exception {
        measure("nothing changed", "job", () -> {}, false);
    }

    @Test
    public void aJobWithOneChange() throws Exception {
        boolean[] there = new boolean[1];
        measure("one application changed", "apps-changed", () -> {
            there[0] = !there[0];
            if (there[0]) {
                Apps.packages(phone).installPackage(Apps.info(Apps.TELEGRAM, "Telegram", Apps.TELEGRAM_SIGNER));
            } else {
                Apps.packages(phone).removePackage(Apps.TELEGRAM);
            }
            Apps.changed(phone, Apps.TELEGRAM);
        }, true);
    }

    @Test
    public void aJobAmongThreeHundredPackages() throws Exception {
        byte[] signer = Apps.someSigner();
        for (int i = 0; i < 300; i++) {
            Apps.packages(phone).installPackage(Apps.info("org.example.app" + i, "App " + i, signer));
        }
        measure("300 applications", "person", () -> {}, true);
    }

    private void measure(String what, String why, Runnable change, boolean reports) throws Exception {
        com.sun.management.OperatingSystemMXBean process =
                (com.sun.management.OperatingSystemMXBean) ManagementFactory.getOperatingSystemMXBean();
        JSONObject worked = null;
        long before = process.getProcessCpuTime();
        for (int i = 0; i < TIMES; i++) {
            change.run();
            worked = work(why);
            assertTrue(worked.toString(), worked.getBoolean("quiet"));
            if (reports) assertTrue(worked.getBoolean("reported"));
            if (!reports) assertFalse(worked.getBoolean("reported"));
        }
        double cpu = (process.getProcessCpuTime() - before) / 1e6 / TIMES;
        System.out.printf(
                "figure: job, %s: %.1f ms CPU (mean of %d), sent %s, received %s bytes%n",
                what, cpu, TIMES, worked.opt("sent"), worked.opt("received"));
    }
}
