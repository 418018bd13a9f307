#!/usr/bin/env python3
"""Usage: tests/aurora/faults.py APPLICATION_RPM SYSTEM_RPM

Builds copies of two good packages with one fault each, and asks that the lint finds that fault and no other: a lint that lets
everything through would look the same as a good package.
"""

import concurrent.futures
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

import lint_rpm
from rpmfile import Package

ROOT = pathlib.Path(__file__).resolve().parents[2]
APPLICATION, SYSTEM = "ru.muster.Agent", "muster-agent-system"
PROGRAMS = {APPLICATION: f"usr/bin/{APPLICATION}", SYSTEM: "usr/libexec/muster/muster-agent"}
DESKTOP = f"usr/share/applications/{APPLICATION}.desktop"
PAGE = f"usr/share/{APPLICATION}/qml/{APPLICATION}.qml"
ICONS = "usr/share/icons/hicolor"
UNITS = "usr/lib/systemd/system"
SERVICE = f"{UNITS}/muster-agent.service"
FILES = "%defattr(0644,root,root,0755)\n"
BUILD = '. scripts/lib/common.sh; . scripts/lib/aurora.sh; aurora_rpm "$@"'


class Fault:
    """One thing that is wrong: in the files (`tree`), or in what the spec says of them (`spec`: old and new texts)."""

    def __init__(self, what, of, label, tree=None, spec=(), arch=None):
        self.what, self.of, self.label, self.tree, self.spec, self.arch = what, of, label, tree, spec, arch


def replaced(path, old, new):
    def change(tree):
        content = (tree / path).read_bytes()
        if old.encode() not in content:
            raise ValueError(f"{path} has no {old}")
        (tree / path).write_bytes(content.replace(old.encode(), new.encode()))

    return change


def added(path, content=b"x\n"):
    def change(tree):
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        (tree / path).write_bytes(content)

    return change


def appended(path, content):
    return lambda tree: (tree / path).write_bytes((tree / path).read_bytes() + content)


def linked(path, target):
    return lambda tree: (tree / path).symlink_to(target)


def removed(path):
    return lambda tree: (tree / path).unlink()


def copied(path, to):
    return lambda tree: shutil.copy(tree / path, tree / to)


def byte(path, at, value):
    def change(tree):
        content = bytearray((tree / path).read_bytes())
        content[at] = value
        (tree / path).write_bytes(content)

    return change


def renamed(tree):
    """The same package under a name with a capital where none may be."""
    new = APPLICATION.replace("ru", "Ru", 1)
    for path in sorted(tree.rglob(f"{APPLICATION}*"), key=lambda path: -len(path.parts)):
        path.rename(path.with_name(path.name.replace(APPLICATION, new)))
    replaced(DESKTOP.replace(APPLICATION, new), "ru.muster", "Ru.muster")(tree)


def listed(line):
    return [(FILES, f"{FILES}{line}\n")]


def of_the_header():
    a, b = APPLICATION, SYSTEM
    yield Fault("a name that is no reverse domain", a, "name", renamed, [("Name:       ru.", "Name:       Ru.")])
    yield Fault("another architecture", a, "architecture", arch="i486")
    yield Fault("a vendor", a, "no vendor", spec=[("License:", "Vendor: Example\nLicense:")])
    yield Fault("the name of a build machine", a, "nothing of the machine", spec=[("Name:", "%define _buildhost laptop\nName:")])
    yield Fault("another compression", a, "compressed", spec=[("Name:", "%define _binary_payload w2.xzdio\nName:")])
    yield Fault("a requirement", b, "needs no other", spec=[("License:", "Requires: dbus\nLicense:")])
    yield Fault("a scriptlet in the application", a, "scriptlets", spec=[("%files", "%post\n/bin/true\n\n%files")])
    yield Fault("a trigger in the system package", b, "scriptlets", spec=[("%files", "%triggerin -- dbus\n/bin/true\n\n%files")])


def of_places():
    a, b = APPLICATION, SYSTEM
    yield Fault("a file in a home", a, "nothing in a home", added("home/defaultuser/note"), listed("/home/defaultuser/note"))
    yield Fault("a file in /etc", a, "allowed places", added("etc/muster.conf"), listed("/etc/muster.conf"))
    yield Fault("a unit in the application", a, "allowed places", added("usr/lib/systemd/user/a.service"), listed("/usr/lib/systemd/user/a.service"))
    yield Fault("a file beside the system program", b, "allowed places", added("usr/libexec/muster/other"), listed("/usr/libexec/muster/other"))
    yield Fault("leftovers of version control", a, "no leftovers", added(f"usr/share/{a}/.gitignore"))
    yield Fault("a link that leads out", a, "files, folders and links", linked(f"usr/share/{a}/passwd", "/etc/passwd"))
    yield Fault("a file that all may write", a, "modes", spec=listed(f"%attr(0666,root,root) /{DESKTOP}"))
    yield Fault("a folder that all may write", a, "modes", spec=listed(f"%dir %attr(0777,root,root) /usr/share/{a}/qml"))
    yield Fault("setuid", a, "modes", spec=[("%attr(0755,root,root) %{_bindir}", "%attr(4755,root,root) %{_bindir}")])
    yield Fault("a state folder that others may read", b, "modes", spec=[("%dir %attr(0700,muster", "%dir %attr(0755,muster")])
    yield Fault("a file of somebody else", a, "owners", spec=listed(f"%attr(0644,defaultuser,root) /{DESKTOP}"))
    yield Fault("a state folder of root", b, "owners", spec=[("0700,muster-agent,muster-agent", "0700,root,root")])
    yield Fault("a package that is too large", a, "size of the package", appended(PROGRAMS[a], os.urandom(2_000_000)))


def of_the_program(arch):
    a, program = APPLICATION, PROGRAMS[APPLICATION]
    other = "armv7hl" if arch == "aarch64" else "aarch64"
    yield Fault("a second program", a, "one program", added(f"usr/share/{a}/helper", b"\x7fELF\x02\x01\x01"))
    yield Fault("a program that is a script", SYSTEM, "one program", added(PROGRAMS[SYSTEM], b"#!/bin/sh\n"))
    yield Fault("a program for another processor", a, "program for", arch=other)
    yield Fault("another needed library", a, "needed libraries", replaced(program, "libdl.so.2\0", "libxx.so.2\0"))
    yield Fault("a newer glibc", a, "newest glibc", replaced(program, "GLIBC_2.28\0", "GLIBC_2.34\0"))
    yield Fault("a program at a fixed address", a, "hardened", byte(program, 16, 2))
    yield Fault("a path of the build machine", a, "no path of this machine", appended(program, b"/root/.rustup"))


def of_the_application():
    a = APPLICATION
    yield Fault("a launcher that starts something else", a, "launcher", replaced(DESKTOP, f"Exec=/usr/bin/{a}", "Exec=/bin/sh"))
    yield Fault("a launcher without a picture", a, "launcher", replaced(DESKTOP, f"Icon={a}\n", ""))
    yield Fault("no Russian name", a, "launcher in both", replaced(DESKTOP, "Name[ru]=Muster\n", ""))
    yield Fault("another organisation", a, "sandbox", replaced(DESKTOP, "OrganizationName=ru.muster", "OrganizationName=ru.other"))
    yield Fault("a permission too many", a, "permissions", replaced(DESKTOP, "\nOrganizationName", ";Location\nOrganizationName"))
    yield Fault("a permission too few", a, "permissions", replaced(DESKTOP, "Internet;DeviceInfo;M", "Internet;M"))
    yield Fault("a sandbox switched off", a, "no other sections", replaced(DESKTOP, "\nOrganizationName", "\nSandboxing=Disabled\nOrganizationName"))
    yield Fault("an icon of another size", a, "icons", copied(f"{ICONS}/86x86/apps/{a}.png", f"{ICONS}/128x128/apps/{a}.png"))
    icon = "172x172/apps/%{name}.png\n"
    yield Fault("an icon missing", a, "icons", removed(f"{ICONS}/172x172/apps/{a}.png"), [("%{_datadir}/icons/hicolor/" + icon, "")])
    yield Fault("an icon that is no picture", a, "icons", added(f"{ICONS}/86x86/apps/{a}.png"))
    yield Fault("an absolute import", a, "pages", appended(PAGE, b'\nimport "/usr/lib/qml"\n'))
    yield Fault("no page", a, "pages", removed(PAGE))


def of_the_units():
    b = SYSTEM
    unit = "[Service]\nExecStart=/usr/libexec/muster/muster-agent run\n"
    yield Fault("a unit too many", b, "units", added(f"{UNITS}/other.service", unit.encode()), listed(f"/{UNITS}/other.service"))
    for line in ("ProtectProc=invisible", "SystemCallFilter=@system-service", "StandardOutput=append:/tmp/x", "ExecCondition=/usr/libexec/muster/muster-agent"):
        yield Fault(f"newer than systemd 238: {line.partition('=')[0]}", b, "nothing newer", replaced(SERVICE, "Nice=10", f"Nice=10\n{line}"))
    yield Fault("newer than systemd 238: Type=exec", b, "nothing newer", replaced(SERVICE, "Type=simple", "Type=exec"))
    yield Fault("a service that may get more rights", b, "the service is shut in", replaced(SERVICE, "NoNewPrivileges=yes\n", ""))
    yield Fault("a service of root", b, "the service is shut in", replaced(SERVICE, "User=muster-agent", "User=root"))
    wants = "timers.target.wants/muster-agent.timer"
    yield Fault("a timer that nothing starts", b, "started by", removed(f"{UNITS}/{wants}"), [(f"/{UNITS}/{wants}\n", "")])
    yield Fault("a directive that nobody knows", b, "systemd-analyze", replaced(SERVICE, "Nice=10", "Niceness=10"))
    yield Fault("a program that is not there", b, "systemd-analyze", replaced(SERVICE, "/muster-agent run", "/agent run"))


class Bench:
    """The two good packages, taken apart."""

    def __init__(self, paths, folder):
        self.folder, self.trees = folder, {}
        for path in paths:
            tree = folder / f"good.{len(self.trees)}"
            tree.mkdir()
            package = Package(path, tree)
            self.trees[package.head["name"]] = tree
            self.arch, self.version = package.head["arch"], package.head["version"]

    def build(self, fault, work):
        tree, spec = work / "tree", work / "fault.spec"
        shutil.copytree(self.trees[fault.of], tree, symlinks=True)
        if fault.tree:
            fault.tree(tree)
        text = (ROOT / f"aurora-wrapper/rpm/{fault.of}.spec").read_text()
        for old, new in fault.spec:
            if old not in text:
                raise ValueError(f"the spec has no {old!r}")
            text = text.replace(old, new, 1)
        spec.write_text(text)
        command = ["bash", "-euc", BUILD, "faults", spec, fault.arch or self.arch, tree, work, self.version]
        subprocess.run([str(part) for part in command], check=True, cwd=ROOT)
        return next((work / "made").glob("*.rpm"))

    def try_out(self, fault):
        """What the lint says of a package with this fault: the lines that failed."""
        with tempfile.TemporaryDirectory(dir=self.folder) as work:
            package = self.build(fault, pathlib.Path(work))
            command = [sys.executable, "-B", lint_rpm.__file__, str(package)]
            said = subprocess.run(command, capture_output=True, text=True)
            if said.returncode not in (0, 1):
                return [f"the lint ended with {said.returncode}: {said.stderr.strip()[-200:]}"]
            return [line for line in said.stdout.splitlines() if line.startswith("FAILED")] or [line for line in [said.stderr.strip()] if line]


def tell(fault, failed):
    if len(failed) == 1 and failed[0].startswith(f"FAILED  {fault.label}"):
        print(f"ok      found: {fault.what}")
        return True
    print(f"FAILED  {fault.what}: should be found as \"{fault.label}\" alone; what failed: {failed or 'nothing'}")
    return False


def main():
    if len(sys.argv) != 3:
        sys.exit(__doc__)
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(sys.argv[1:], pathlib.Path(folder))
        faults = [*of_the_header(), *of_places(), *of_the_program(bench.arch), *of_the_application(), *of_the_units()]
        with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
            told = [tell(fault, failed) for fault, failed in zip(faults, pool.map(bench.try_out, faults), strict=True)]
    print(f"faults: {sum(told)} passed, {len(told) - sum(told)} failed")
    return 0 if all(told) else 1


if __name__ == "__main__":
    sys.exit(main())
