#!/usr/bin/env python3
"""Reads finished RPMs and says of each published rule whether they keep it: names, places, modes, owners, scriptlets, programs, the
`.desktop` file, icons, units. One line for each; exit status 1 if one is not kept.

It stands in for the vendor's validator, which is part of a development kit, as far as its rules are public; it can't replace it.
"""

import pathlib
import re
import subprocess
import sys
import tempfile

import desktop
import units
from program import Program
from rpmfile import Package

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1]))
from checks import Check  # noqa: E402

NEWEST_GLIBC = (2, 28)
LIBRARIES = re.compile(r"(libc|libm|libdl|librt|libpthread|libgcc_s)\.so\.\d|ld-linux.*\.so\.\d")
# what the RPM calls a processor, and what a program for it is
MACHINES = {"aarch64": ("aarch64", 64, "/lib/ld-linux-aarch64.so.1"), "armv7hl": ("armv7", 32, "/lib/ld-linux-armhf.so.3")}
APPLICATION_NAME = re.compile(r"[a-z][a-z0-9_]*(\.[a-z][a-z0-9_]*)+\.[A-Za-z][A-Za-z0-9_]*")
SYSTEM_NAME = "muster-agent-system"
STATE = ("/var/lib/muster-agent", "muster-agent")
SMALL_SCRIPTS = {"prein", "postin", "preun", "postun"}
LARGEST_PACKAGE = 3_000_000
REPOSITORY = re.compile(r"/\.(git|svn|hg|bzr)(/|$)|/\.gitignore$|~$|\.orig$")


def check_package(path, check):
    """Everything about one package."""
    with tempfile.TemporaryDirectory() as folder:
        package = Package(path, folder)
        is_system = package.head["name"] == SYSTEM_NAME
        check_head(package, is_system, check)
        check_places(package, is_system, check)
        check_rights(package, is_system, check)
        check_scripts(package, is_system, check)
        check_program(package, is_system, check)
        if is_system:
            units.check_units(package, check)
        else:
            desktop.check_desktop(package, check)
            desktop.check_icons(package, check)
            desktop.check_pages(package, check)
        size = pathlib.Path(path).stat().st_size
        check.that("size of the package", [] if size <= LARGEST_PACKAGE else [f"{size} bytes"], f"{size} bytes of {LARGEST_PACKAGE}")


def check_head(package, is_system, check):
    head = package.head
    name = head["name"]
    good = is_system or (APPLICATION_NAME.fullmatch(name) and not name.startswith("ru.omp."))
    check.that("name", [] if good else [f"{name} is no reverse domain with a name: ru.organisation.Application"], name)
    check.that("architecture", [] if head["arch"] in MACHINES else [head["arch"]], head["arch"])
    wrong = [f"{key} is {head[key]}" for key in ("vendor", "packager") if head[key]]
    check.that("no vendor and no packager: those are the signer's to say", wrong)
    wrong = [f"host {head['host']}"] if head["host"] != "muster" else []
    wrong += [f"{entry.path} is younger than the package" for entry in package.entries if entry.time > int(head["time"])]
    check.that("nothing of the machine that built it", wrong)
    check.that("compressed as old phones can read it", [] if head["compressor"] == "gzip" else [head["compressor"]], head["compressor"])
    own = re.compile(r"rpmlib\(|/bin/sh$") if package.scripts else re.compile(r"rpmlib\(")
    check.that("needs no other package", [line for line in package.requires if not own.match(line)])


def check_places(package, is_system, check):
    name = re.escape(package.head["name"])
    if is_system:
        places = r"/usr/libexec/muster(/muster-agent)?|/usr/lib/systemd/system/.+|" + STATE[0]
    else:
        places = rf"/usr/bin/{name}|/usr/share/{name}(/.+)?|/usr/share/applications/{name}\.desktop"
        places += rf"|/usr/share/icons/hicolor/\d+x\d+/apps/{name}\.png"
    home = re.compile(r"/(home|root|tmp|run|media|mnt)(/|$)")
    paths = [entry.path for entry in package.entries]
    check.that("nothing in a home or in a folder for things that pass", [path for path in paths if home.match(path)])
    check.that("allowed places", [path for path in paths if not re.fullmatch(places, path) and not home.match(path)], f"{len(paths)} entries")
    check.that("no leftovers of version control or editors", [path for path in paths if REPOSITORY.search(path)])
    links = [entry for entry in package.entries if entry.kind == "link"]
    inside = r"\.\./[a-z.-]+" if is_system else r"[^/]+"
    wrong = [f"{entry.path} -> {entry.target}" for entry in links if not re.fullmatch(inside, entry.target)]
    wrong += [entry.path for entry in package.entries if entry.kind == "other"]
    check.that("files, folders and links that stay inside", wrong)


def check_rights(package, is_system, check):
    wrong = []
    for entry in package.entries:
        wanted = 0o755 if entry.kind == "folder" or entry.path == program_of(package, is_system) else 0o644
        if is_system and entry.path == STATE[0]:
            wanted = 0o700
        if entry.kind in ("file", "folder") and entry.rights != wanted:
            wrong.append(f"{entry.path} has {entry.rights:o}, not {wanted:o}")
    check.that("modes: nobody else writes, nothing is setuid", wrong)
    wrong = []
    for entry in package.entries:
        wanted = STATE[1] if is_system and entry.path == STATE[0] else "root"
        if (entry.user, entry.group) != (wanted, wanted):
            wrong.append(f"{entry.path} belongs to {entry.user}:{entry.group}")
    check.that("owners", wrong, "root, but for the folder of the service's own account" if is_system else "root")


def program_of(package, is_system):
    return "/usr/libexec/muster/muster-agent" if is_system else f"/usr/bin/{package.head['name']}"


def check_scripts(package, is_system, check):
    wrong = sorted(set(package.scripts) - (SMALL_SCRIPTS if is_system else set()))
    check.that("scriptlets", wrong, " ".join(package.scripts) or "none")


def check_program(package, is_system, check):
    path = program_of(package, is_system)
    files = [entry.path for entry in package.entries if entry.kind == "file"]
    programs = [file for file in files if package.content(file)[:4] == b"\x7fELF"]
    check.that("one program, where it belongs", sorted({path} ^ set(programs)), path)
    if path not in programs:
        return
    content = package.content(path)
    program = Program(content)
    found, wanted = (program.machine, program.bits, program.loader), MACHINES.get(package.head["arch"])
    check.that("program for the package's processor", [found] if wanted and found != wanted else [], f"{found[0]}, {found[1]} bits")
    wrong = sorted(name for name in program.needed if not LIBRARIES.fullmatch(name))
    check.that("needed libraries", wrong, " ".join(program.needed))
    newest = ".".join(map(str, program.newest()))
    wrong = [] if program.newest() <= NEWEST_GLIBC else [f"GLIBC_{newest}"]
    check.that("newest glibc", wrong, f"{newest}, allowed {'.'.join(map(str, NEWEST_GLIBC))}")
    wrong = [] if program.position_independent else ["not position-independent"]
    check.that("hardened", wrong + (["memory that is written and run"] if program.writable_code else []))
    wrong = [word.decode() for word in (b"/root/", b"/home/runner", b"/.cargo/", b"/.cache/") if word in content]
    check.that("no path of this machine", wrong)


def main():
    if len(sys.argv) < 2:
        sys.exit("usage: scripts/lint-rpm FILE...")
    check = Check()
    for path in sys.argv[1:]:
        print(pathlib.Path(path).name)
        try:
            check_package(path, check)
        except (OSError, subprocess.CalledProcessError) as error:
            check.that("a package that can be read", [str(error) if isinstance(error, OSError) else f"{error.cmd[0]} does not read it"])
    print(f"lint-rpm: {check.good} passed, {check.bad} failed")
    return 1 if check.bad else 0


if __name__ == "__main__":
    sys.exit(main())
