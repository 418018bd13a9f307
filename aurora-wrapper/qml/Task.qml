// Asks RuntimeManager to start the program every half hour for a report; the task is declared in the .desktop file. Never run on a phone.
import QtQuick 2.0
import Nemo.DBus 2.0

Item {
    DBusInterface {
        id: tasks

        bus: DBus.SessionBus
        service: "ru.omp.RuntimeManager"
        path: "/ru/omp/RuntimeManager/Tasks1"
        iface: "ru.omp.RuntimeManager.Tasks1"
    }

    Component.onCompleted: tasks.typedCall("Start", [
        { "type": "s", "value": "ru.muster.Agent.Report" },
        { "type": "as", "value": [] },
        { "type": "a{sv}", "value": { "interval": 1800, "maximumRunningTime": 120, "autostart": true } }
    ], function () {}, function (name, text) { console.warn("start the background task:", name, text) })
}
