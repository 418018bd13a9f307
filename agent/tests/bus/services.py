#!/usr/bin/env python3
"""The services of an Aurora phone, as their callers describe them, on the bus whose address is the first argument.

Written with jeepney: somebody else's D-Bus on the other side of the agent's. The second argument names what is unusual:
strings, dicts, plain-dicts (the shapes of APM's list), silent, slow, wrong, long, deep, odd, many, none.
Says "ready" once all names are taken. Each call that it gets is in the file of the fourth argument before it is answered.
"""
import sys

from jeepney import DBusAddress, MessageType, new_error, new_method_call, new_method_return
from jeepney.io.blocking import open_dbus_connection

address, manner = sys.argv[1], sys.argv[2]
calls = open(sys.argv[4], "a", encoding="utf-8")
bus = open_dbus_connection(bus=address)

names = [
    "ru.omp.deviceinfo",
    "ru.omp.APM",
    "org.nemomobile.devicelock",
    "org.sailfishos.sailjaild1",
    "ru.omp.ManagedConfiguration",
    "ru.omp.RuntimeManager",
    "org.freedesktop.Notifications",
]
daemon = DBusAddress("/org/freedesktop/DBus", bus_name="org.freedesktop.DBus", interface="org.freedesktop.DBus")
for name in names if manner != "none" else []:
    bus.send_and_get_reply(new_method_call(daemon, "RequestName", "su", (name, 4)))
print("ready", flush=True)

packages = {
    "ru.auroraos.Notes": ("1.2.3-1", "OMP-SOURCE"),
    "harbour-fernschreiber": ("0.17-4", "OMP-DEVELOPER"),
    "ru.corp.Mail": ("5.0-1", "OMP-SOURCE"),
}
managed = {"link": ("s", sys.argv[3] if len(sys.argv) > 3 else ""), "assetTag": ("s", " A-17 "), "colours": ("as", ["a", "b"])}


def nested(depth):
    value = ("s", "bottom")
    for _ in range(depth):
        value = ("v", value)
    return value


def described(name):
    version, certificate = packages[name]
    values = {"general.id": name, "general.version": version, "certificate.id": certificate, "general.size": 12}
    return {key: ("s" if isinstance(value, str) else "u", value) for key, value in values.items()}


def package_list():
    if manner == "dicts":
        return "aa{sv}", ([described(name) for name in packages],)
    if manner == "plain-dicts":
        return "aa{ss}", ([{"general.id": name} for name in packages],)
    if manner == "wrong":
        return "u", (5,)
    if manner == "odd":
        return "as", (["depecher", "", "a\x1b[2J\nb", "ru.oneme.\x07" + "x" * 1_000_000],)
    if manner == "many":
        return "as", (["harbour-fernschreiber"] + [f"ru.app.N{n}" for n in range(100_000)],)
    if manner == "long":
        return "as", (["x" * 5_000_000],)
    return "as", (list(packages),)


def answer(interface, member, body):
    """The signature and the values, or the name of an error."""
    if manner == "deep" and member != "GetPackageList":
        return "v", (nested(20),)
    match (interface, member):
        case ("ru.omp.deviceinfo.Features", "getDeviceModel"):
            return "s", ("KVADRA_T",)
        case ("ru.omp.deviceinfo.Features", "getOsVersion"):
            return "s", ("5.2.1.5" if manner == "strings" else "5.2.0.828",)
        case ("ru.omp.APM", "GetPackageList"):
            return package_list()
        case ("ru.omp.APM", "GetPackage"):
            name = body[0]
            if name not in packages:
                return "ru.omp.APM.Error.PackageNotExist"
            if manner == "plain-dicts":
                return "a{ss}", ({key: str(value) for key, (_, value) in described(name).items()},)
            return "a{sv}", (described(name),)
        case ("org.sailfishos.sailjaild1", "GetApplications"):
            return "as", (["jolla-settings", "harbour-whisperfish"],)
        case ("ru.omp.ManagedConfiguration.Application1", "GetConfiguration"):
            return "a{sv}", (managed,)
        case ("ru.omp.RuntimeManager.Tasks1", "Start"):
            return "", ()
        case ("org.freedesktop.Notifications", "Notify"):
            return ("s", ("7",)) if manner == "wrong" else ("u", (body[1] or 4_000_000_000,))
        case ("org.freedesktop.DBus.Properties", "Get"):
            match tuple(body):
                case ("ru.omp.deviceinfo.Features", "isOsCertified"):
                    return ("v", (("s", "yes"),)) if manner == "wrong" else ("v", (("b", True),))
                case ("org.nemomobile.devicelock.DeviceLock", "Enabled"):
                    return "v", (("b", True),)
                case ("org.nemomobile.devicelock.DeviceLock", "State"):
                    return "v", (("u", 1),)
    return "org.freedesktop.DBus.Error.UnknownMethod"


while True:
    call = bus.receive()
    if call.header.message_type != MessageType.method_call:
        continue
    fields = {key.name: value for key, value in call.header.fields.items()}
    interface, member = fields.get("interface", ""), fields["member"]
    known = interface != "ru.omp.ManagedConfiguration.Application1" or fields["path"].endswith("/ru/muster/Agent")
    print(interface, member, fields["path"], call.body, file=calls, flush=True)
    if manner == "silent" and (interface, member) == ("ru.omp.APM", "GetPackageList"):
        continue
    if manner == "slow" and member == "GetPackage":
        continue
    said = answer(interface, member, call.body) if known else "org.freedesktop.DBus.Error.UnknownObject"
    if isinstance(said, str):
        bus.send(new_error(call, said, "s", ("no",)))
    else:
        bus.send(new_method_return(call, *said))
