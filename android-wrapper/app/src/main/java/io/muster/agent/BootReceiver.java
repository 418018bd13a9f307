package io.muster.agent;

import android.content.BroadcastReceiver;
import android.content.Context;
import android.content.Intent;

/** After a restart of the phone, and after the agent itself was replaced: one report, as soon as there is a network. */
public final class BootReceiver extends BroadcastReceiver {
    @Override
    public void onReceive(Context context, Intent intent) {
        String action = intent.getAction();
        if (Intent.ACTION_BOOT_COMPLETED.equals(action)) ReportJob.soon(context, ReportJob.BOOT);
        if (Intent.ACTION_MY_PACKAGE_REPLACED.equals(action)) ReportJob.soon(context, ReportJob.REPLACED);
    }
}
