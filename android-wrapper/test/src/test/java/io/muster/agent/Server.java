package io.muster.agent;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.Paths;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.stream.Stream;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;
import org.json.JSONTokener;
import org.junit.rules.ExternalResource;

/** The real server on a fresh folder, and the administrators' command line for it. */
final class Server extends ExternalResource {
    static final String ORG = "acme";

    private Path data;
    private Process process;
    private String authority;

    @Override
    protected void before() throws Throwable {
        data = Files.createTempDirectory("muster-server");
        start("127.0.0.1:0");
        muster("org", "add", ORG, "--title", "Acme");
        Path policy = data.resolve("policy.yaml");
        Files.copy(Server.class.getResourceAsStream("/policy.yaml"), policy);
        muster("apply", policy.toString());
    }

    @Override
    protected void after() {
        stop();
        try (Stream<Path> all = Files.walk(data)) {
            all.sorted(java.util.Comparator.reverseOrder()).map(Path::toFile).forEach(File::delete);
        } catch (IOException e) {
            System.out.println("not removed: " + data);
        }
    }

    String authority() {
        return authority;
    }

    void stop() {
        process.destroy();
        try {
            if (!process.waitFor(20, TimeUnit.SECONDS)) process.destroyForcibly().waitFor();
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }

    /** Where it was. */
    void startAgain() throws IOException {
        start(authority);
    }

    private void start(String listen) throws IOException {
        File out = Files.createTempFile(data, "server", ".out").toFile();
        process = new ProcessBuilder(program("muster.server"), "serve", "--data", data.toString(), "--listen", listen)
                .redirectErrorStream(true)
                .redirectOutput(out)
                .start();
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (true) {
            String said = new String(Files.readAllBytes(out.toPath()), StandardCharsets.UTF_8);
            for (String line : said.split("\n")) {
                if (line.startsWith("ready https://")) {
                    authority = line.substring("ready https://".length()).trim();
                    return;
                }
            }
            if (!process.isAlive() || System.nanoTime() > end) throw new AssertionError("no server: " + said);
            LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(10));
        }
    }

    /** Runs {@code muster … --json} and reads what it prints. */
    Object json(String... arguments) throws IOException, JSONException {
        List<String> all = new ArrayList<>(Arrays.asList(arguments));
        all.add("--json");
        return new JSONTokener(muster(all.toArray(new String[0]))).nextValue();
    }

    String muster(String... arguments) throws IOException {
        List<String> line = new ArrayList<>(List.of(program("muster.cli")));
        line.addAll(Arrays.asList(arguments));
        ProcessBuilder builder = new ProcessBuilder(line);
        builder.environment().put("MUSTER_DATA", data.toString());
        Path errors = Files.createTempFile(data, "cli", ".err");
        Process run = builder.redirectError(errors.toFile()).start();
        String out = new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        try {
            if (run.waitFor() != 0) {
                throw new AssertionError(String.join(" ", arguments) + ": " + out + Files.readString(errors));
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
        return out;
    }

    /** A link for one phone that nobody needs to approve. */
    String link() throws IOException, JSONException {
        return link(1, "auto");
    }

    String link(int uses, String approve) throws IOException, JSONException {
        JSONObject token = (JSONObject) json(
                "enrol-token", "--org", ORG, "--uses", String.valueOf(uses), "--expires", "7d", "--approve", approve);
        return token.getString("link");
    }

    JSONArray devices() throws IOException, JSONException {
        return (JSONArray) json("device", "list");
    }

    /** The one device that there is. */
    JSONObject device() throws IOException, JSONException {
        JSONArray all = devices();
        if (all.length() != 1) throw new AssertionError("one device expected: " + all);
        return (JSONObject) json("device", "show", all.getJSONObject(0).getString("id"));
    }

    /** Asks a device for what the command line has no word for, over the API; the order as it is then. */
    JSONObject order(String device, String kind) throws IOException, JSONException {
        String token = Files.readString(data.resolve("local-admin.token")).trim();
        JSONObject order = new JSONObject().put("kind", kind).put("reason", "by a test");
        Process run = new ProcessBuilder(
                        "curl", "--silent", "--show-error", "--cacert", data.resolve("ca.pem").toString(),
                        "--header", "Authorization: Bearer " + token, "--header", "Content-Type: application/json",
                        "--data", order.toString(), "https://" + authority + "/api/v1/devices/" + device + "/orders")
                .redirectErrorStream(true)
                .start();
        return new JSONObject(new String(run.getInputStream().readAllBytes(), StandardCharsets.UTF_8));
    }

    private static String program(String property) {
        String path = System.getProperty(property);
        if (path == null || !Files.isExecutable(Paths.get(path))) {
            throw new AssertionError(property + " names no program: " + path);
        }
        return path;
    }
}
