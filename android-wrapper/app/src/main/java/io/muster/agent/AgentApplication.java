package io.muster.agent;

import android.app.Application;
import android.content.BroadcastReceiver;
import android.content.Context;
import android.content.Intent;
import android.content.IntentFilter;
import java.util.ArrayList;
import java.util.List;

/** The process: opens the agent, settles, and listens while it lives. */
public class AgentApplication extends Application {
    private final List<BroadcastReceiver> listening = new ArrayList<>();

    @Override
    public void onCreate() {
        super.onCreate();
        Notes.prepare(this);
        listen();
        Routine.settle(this, null);
    }

    /** Called in a test's process alone; a phone ends processes without a word. */
    @Override
    public void onTerminate() {
        for (BroadcastReceiver receiver : listening) unregisterReceiver(receiver);
        listening.clear();
        Agent.end();
        super.onTerminate();
    }

    /** These reach receivers that are registered in code alone; while no process lives, the next job sees what changed. */
    private void listen() {
        IntentFilter packages = new IntentFilter();
        packages.addAction(Intent.ACTION_PACKAGE_ADDED);
        packages.addAction(Intent.ACTION_PACKAGE_REMOVED);
        packages.addAction(Intent.ACTION_PACKAGE_CHANGED);
        packages.addAction(Intent.ACTION_PACKAGE_REPLACED);
        packages.addDataScheme("package");
        listen(packages, new BroadcastReceiver() {
            @Override
            public void onReceive(Context context, Intent intent) {
                ReportJob.soon(AgentApplication.this, ReportJob.APPS_CHANGED);
            }
        });
        listen(new IntentFilter(Intent.ACTION_APPLICATION_RESTRICTIONS_CHANGED), new BroadcastReceiver() {
            @Override
            public void onReceive(Context context, Intent intent) {
                Routine.settle(AgentApplication.this, null);
            }
        });
    }

    /** Protected broadcasts: the system alone may send them, so that the flag "not exported" (Android 13) is not needed. */
    private void listen(IntentFilter filter, BroadcastReceiver receiver) {
        registerReceiver(receiver, filter);
        listening.add(receiver);
    }
}
