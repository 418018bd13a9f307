package io.muster.agent;

import android.content.Context;
import android.os.Handler;
import android.os.Looper;
import android.util.Log;
import java.io.File;
import java.nio.charset.StandardCharsets;
import java.util.Locale;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.function.BooleanSupplier;
import org.json.JSONException;
import org.json.JSONObject;
import org.json.JSONTokener;

/**
 * The process's one agent as Java sees it: opened once, asked off the main thread, answering on it.
 *
 * <p>Two threads: what takes long goes one after the other on the first, what answers at once goes beside it.
 */
final class Agent {
    static final String TAG = "muster";

    /** Takes an answer, or the reason why there is none; runs on the main thread. */
    interface Answer {
        void take(Object answer, NativeException problem);
    }

    private static Agent only;

    private final Context context;
    private final Handler main = new Handler(Looper.getMainLooper());
    private final ExecutorService inTurn = thread("muster-work");
    private final ExecutorService beside = thread("muster-ask");
    private boolean open;
    private boolean ended;

    private Agent(Context context) {
        this.context = context.getApplicationContext() == null ? context : context.getApplicationContext();
    }

    static synchronized Agent of(Context context) {
        if (only == null) only = new Agent(context);
        return only;
    }

    /** Ends the agent of this process; the next {@link #of} makes a new one. */
    static synchronized void end() {
        if (only == null) return;
        only.stop();
        only = null;
    }

    /** A request in the shape that Rust expects: a verb, then names and values in turn; null values are left out. */
    static JSONObject request(String verb, Object... fields) {
        try {
            JSONObject request = new JSONObject().put("do", verb);
            for (int i = 0; i + 1 < fields.length; i += 2) request.putOpt((String) fields[i], fields[i + 1]);
            return request;
        } catch (JSONException e) {
            throw new IllegalArgumentException("a request of impossible values", e);
        }
    }

    /** The language of the person who holds the phone, of the two that Rust speaks. */
    static String language(Context context) {
        Locale first = context.getResources().getConfiguration().getLocales().get(0);
        return "ru".equals(first.getLanguage()) ? "ru" : "en";
    }

    /** For what may take minutes: settle, enrol, work. One after the other. */
    void inTurn(JSONObject request, Answer answer) {
        inTurn(request, () -> true, answer);
    }

    /** The same, unless nobody wants it any more when its turn comes: code {@code stopped}. */
    void inTurn(JSONObject request, BooleanSupplier wanted, Answer answer) {
        on(inTurn, request, wanted, answer);
    }

    /** For what answers at once, also while a piece of work goes on. */
    void beside(JSONObject request, Answer answer) {
        on(beside, request, () -> true, answer);
    }

    /** What Java itself has to do off the main thread, in the same row; {@code then} runs on the main thread. */
    void inTurn(Runnable work, Runnable then) {
        try {
            inTurn.execute(() -> {
                try {
                    work.run();
                } catch (RuntimeException e) {
                    // It would end the process, and whoever waits for the end of this would wait in vain.
                    Log.e(TAG, "a piece of work broke off", e);
                } finally {
                    main.post(then);
                }
            });
        } catch (RejectedExecutionException e) {
            main.post(then);
        }
    }

    /** Asks on the calling thread, which must not be the main one. */
    Object ask(JSONObject request) {
        open();
        byte[] answer = Native.call(request.toString().getBytes(StandardCharsets.UTF_8));
        try {
            return new JSONTokener(new String(answer, StandardCharsets.UTF_8)).nextValue();
        } catch (JSONException e) {
            throw new NativeException("request", "the answer is not JSON");
        }
    }

    private void on(ExecutorService thread, JSONObject request, BooleanSupplier wanted, Answer answer) {
        try {
            thread.execute(() -> {
                Object got = null;
                NativeException problem = null;
                try {
                    if (!wanted.getAsBoolean()) throw new NativeException("stopped", "nobody waits for it any more");
                    got = ask(request);
                } catch (NativeException e) {
                    Log.w(TAG, request.optString("do") + ": " + e);
                    problem = e;
                } catch (RuntimeException e) {
                    Log.e(TAG, request.optString("do"), e);
                    problem = new NativeException("java", e.toString());
                }
                deliver(answer, got, problem);
            });
        } catch (RejectedExecutionException e) {
            deliver(answer, null, ended());
        }
    }

    private void deliver(Answer answer, Object got, NativeException problem) {
        if (answer != null) main.post(() -> answer.take(got, problem));
    }

    /** A failure is told to whoever asked, and the next one to ask tries again: no crash, no loop. */
    private synchronized void open() {
        if (ended) throw ended();
        if (open) return;
        File folder = new File(context.getNoBackupFilesDir(), "muster");
        try {
            Native.open(context, folder.getPath());
        } catch (LinkageError e) {
            throw new NativeException("library", String.valueOf(e.getMessage()));
        }
        open = true;
    }

    /** What waits is dropped; what goes on is ended by Rust. */
    private void stop() {
        inTurn.shutdownNow();
        beside.shutdownNow();
        synchronized (this) {
            if (open) Native.close();
            open = false;
            ended = true;
        }
    }

    private static NativeException ended() {
        return new NativeException("closed", "the agent of this process has ended");
    }

    private static ExecutorService thread(String name) {
        return Executors.newSingleThreadExecutor(run -> {
            Thread thread = new Thread(run, name);
            thread.setDaemon(true);
            return thread;
        });
    }
}
