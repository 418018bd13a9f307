"""What the lint asks of the system package's units: systemd takes them, and they have nothing that a phone's systemd doesn't know."""

import pathlib
import re
import subprocess

LATER = pathlib.Path(__file__).with_name("later-directives.txt")
UNITS = "/usr/lib/systemd/system"
CAPABILITIES = "CAP_DAC_READ_SEARCH"
# what systemd itself brings, without which nothing can be loaded
OWN_UNITS = ["sysinit.target", "basic.target", "network.target", "shutdown.target", "multi-user.target", "timers.target", "time-sync.target", "time-set.target"]
# what the service may not do without
HARDENING = {
    "User": "muster-agent",
    "AmbientCapabilities": CAPABILITIES,
    "CapabilityBoundingSet": CAPABILITIES,
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "read-only",
    "PrivateTmp": "yes",
    "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6",
    "StateDirectory": "muster-agent",
    "StateDirectoryMode": "0700",
}


def check_units(package, check):
    """All units of the package."""
    paths = [entry.path for entry in package.entries if entry.kind == "file" and entry.path.startswith(UNITS)]
    names = sorted(path.rsplit("/", 1)[1] for path in paths)
    check.that("units", sorted({"muster-agent.service", "muster-agent.timer"} ^ set(names)), " ".join(names))
    lines = [(path.rsplit("/", 1)[1], *line) for path in paths for line in directives(package.content(path).decode())]
    check.that("nothing newer than systemd 238", [f"{unit}: {word}" for unit, key, value in lines for word in newer(key, value)])
    found = {key: value for unit, key, value in lines if unit == "muster-agent.service"}
    wrong = [f"{key} is {found.get(key)}, not {value}" for key, value in HARDENING.items() if found.get(key) != value]
    check.that("the service is shut in", wrong)
    links = {entry.path for entry in package.entries if entry.kind == "link"}
    wanted = {f"{UNITS}/multi-user.target.wants/muster-agent.service", f"{UNITS}/timers.target.wants/muster-agent.timer"}
    check.that("started by the system", sorted(wanted ^ links))
    said = verify(package, paths)
    check.that("systemd-analyze verify", said, f"{len(paths)} units")


def directives(text):
    """The assignments of a unit; a line that ends with a backslash goes on."""
    for line in re.sub(r"\\\n", " ", text).splitlines():
        key, equals, value = line.partition("=")
        if equals and not line.lstrip().startswith(("#", ";")):
            yield key.strip(), value.strip()


def newer(key, value):
    for line in LATER.read_text().splitlines():
        if line.startswith("#"):
            continue
        version, *words = line.split()
        for word in words:
            name, equals, part = word.partition("=")
            if name == key and (not equals or any(one.lstrip("~").startswith(part) if part.endswith(":") else one.lstrip("~") == part for one in value.split())):
                yield f"{word} came with {version}"


def verify(package, paths):
    """What systemd of this machine says: of the unpacked files, so that the program is where the unit says."""
    names = [path.rsplit("/", 1)[1] for path in paths]
    for name in OWN_UNITS:
        (package.folder / UNITS.lstrip("/") / name).write_text("[Unit]\nDescription=stands for systemd's own\n")
    ran = subprocess.run(["systemd-analyze", "verify", f"--root={package.folder}", "--man=no", *names], capture_output=True, text=True)
    said = [line for line in (ran.stdout + ran.stderr).splitlines() if line.strip() and "muster" in line]
    return said or ([] if ran.returncode == 0 else [f"ended with {ran.returncode}: {ran.stderr.strip()[:300]}"])
