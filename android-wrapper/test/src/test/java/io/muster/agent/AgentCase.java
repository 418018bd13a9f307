package io.muster.agent;

import static org.junit.Assert.assertTrue;
import static org.robolectric.Shadows.shadowOf;

import android.app.Activity;
import android.app.job.JobParameters;
import android.app.job.JobScheduler;
import android.content.Context;
import android.content.Intent;
import android.os.Bundle;
import android.os.PersistableBundle;
import java.lang.reflect.Constructor;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import org.json.JSONArray;
import org.json.JSONException;
import org.json.JSONObject;
import org.junit.After;
import org.junit.Before;
import org.junit.runner.RunWith;
import org.robolectric.Robolectric;
import org.robolectric.RobolectricTestRunner;
import org.robolectric.RuntimeEnvironment;
import org.robolectric.android.controller.ActivityController;
import org.robolectric.android.controller.ServiceController;

/** A phone in a sandbox: the application, its library, a key store. */
@RunWith(RobolectricTestRunner.class)
public abstract class AgentCase {
    /** What an asked thing came to. */
    static final class Told {
        Object answer;
        NativeException problem;

        JSONObject object() {
            if (problem != null) throw problem;
            return (JSONObject) answer;
        }
    }

    Context phone;
    private final List<ActivityController<?>> shown = new ArrayList<>();

    @Before
    public final void wake() {
        ChannelService.on = false;
        PhoneKeyStore.insert();
        phone = RuntimeEnvironment.getApplication();
    }

    /** Shows a screen; it is taken down at the end. */
    <A extends Activity> A show(Class<A> screen, Intent intent) {
        ActivityController<A> controller = Robolectric.buildActivity(screen, intent);
        shown.add(controller);
        return controller.setup().get();
    }

    /** Also where Robolectric doesn't end the application itself. */
    @After
    public final void sleep() {
        for (ActivityController<?> one : shown) one.close();
        Agent.end();
    }

    /** Asks as the application does, and waits for the answer. */
    Told told(java.util.function.Consumer<Agent.Answer> ask) {
        AtomicReference<Told> box = new AtomicReference<>();
        ask.accept((answer, problem) -> {
            Told told = new Told();
            told.answer = answer;
            told.problem = problem;
            box.set(told);
        });
        return Waiting.value("the agent answers", box::get);
    }

    JSONObject ask(String verb, Object... fields) {
        return told(then -> Agent.of(phone).inTurn(Agent.request(verb, fields), then)).object();
    }

    NativeException refused(String verb, Object... fields) {
        NativeException problem = told(then -> Agent.of(phone).inTurn(Agent.request(verb, fields), then)).problem;
        assertTrue("it was not refused", problem != null);
        return problem;
    }

    JSONObject settle() {
        return told(then -> Routine.settle(phone, then)).object();
    }

    JSONObject work(String why) {
        return told(then -> Routine.work(phone, why, 30, then)).object();
    }

    JSONObject page(String language) {
        return told(then -> Agent.of(phone).beside(Agent.request("page", "language", language), then)).object();
    }

    /** Everything that a page says, one line for each row. */
    static String words(JSONObject page) throws JSONException {
        StringBuilder all = new StringBuilder(page.getString("title")).append('\n');
        JSONArray sections = page.getJSONArray("sections");
        for (int i = 0; i < sections.length(); i++) {
            JSONObject section = sections.getJSONObject(i);
            all.append("== ").append(section.getString("title")).append('\n');
            JSONArray rows = section.getJSONArray("rows");
            for (int j = 0; j < rows.length(); j++) {
                JSONObject row = rows.getJSONObject(j);
                all.append(row.getString("tone")).append(": ").append(row.getString("text"));
                if (!row.isNull("detail")) all.append(" | ").append(row.getString("detail"));
                all.append('\n');
            }
        }
        return all.toString();
    }

    static JSONObject section(JSONObject page, String id) throws JSONException {
        JSONArray sections = page.getJSONArray("sections");
        for (int i = 0; i < sections.length(); i++) {
            if (id.equals(sections.getJSONObject(i).getString("id"))) return sections.getJSONObject(i);
        }
        throw new AssertionError("no section " + id + " in " + page);
    }

    /** Ends the process and starts it anew on the same storage. */
    void startProcessAnew() {
        Agent.end();
    }

    JobScheduler jobs() {
        return phone.getSystemService(JobScheduler.class);
    }

    /** Runs a job as the system would, until it says that it is done; whether it wants to be called again. */
    boolean runJob(int id) {
        ServiceController<ReportJob> service = Robolectric.buildService(ReportJob.class).create();
        JobParameters parameters = parameters(id);
        assertTrue("the job goes on in the background", service.get().onStartJob(parameters));
        Waiting.until("the job is finished", () -> shadowOf(service.get()).getIsJobFinished());
        boolean again = shadowOf(service.get()).getIsRescheduleNeeded();
        service.destroy();
        return again;
    }

    /** The system alone makes these: their constructor is hidden and differs from version to version. */
    static JobParameters parameters(int id) {
        Constructor<?> longest = null;
        for (Constructor<?> one : JobParameters.class.getDeclaredConstructors()) {
            boolean plain = one.getParameterCount() > 1;
            if (plain && (longest == null || one.getParameterCount() > longest.getParameterCount())) longest = one;
        }
        Object[] values = new Object[longest.getParameterCount()];
        Class<?>[] types = longest.getParameterTypes();
        boolean idGiven = false;
        for (int i = 0; i < values.length; i++) {
            if (types[i] == int.class) {
                values[i] = idGiven ? 0 : id;
                idGiven = true;
            } else if (types[i] == boolean.class) {
                values[i] = false;
            } else if (types[i] == PersistableBundle.class) {
                values[i] = new PersistableBundle();
            } else if (types[i] == Bundle.class) {
                values[i] = new Bundle();
            }
        }
        try {
            longest.setAccessible(true);
            return (JobParameters) longest.newInstance(values);
        } catch (ReflectiveOperationException e) {
            throw new AssertionError(e);
        }
    }
}
