#!/usr/bin/env python3
"""Usage: tests/package/lint_deb.py DEB... TARBALL...

Reads finished server packages and says of each rule whether they keep it: what is in them, modes, owners, the programs' processor and that
they need no library, the unit, the maintainer's scripts. One line for each; exit status 1 if one is not kept.
"""

import io
import pathlib
import re
import struct
import subprocess
import sys
import tarfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
sys.path.insert(0, str(ROOT / "tests/aurora"))
from checks import Check  # noqa: E402
from units import LATER, directives  # noqa: E402

OLDEST_SYSTEMD = 247
# what ELF calls a processor
MACHINES = {"amd64": 62, "arm64": 183, "x86_64": 62, "aarch64": 183}
LARGEST = 20_000_000
PROGRAMS = ("muster", "muster-server")
DOC = "usr/share/doc/muster-server"
DEB_FILES = {
    "etc/muster/server.toml",
    "lib/systemd/system/muster-server.service",
    "usr/share/lintian/overrides/muster-server",
    "usr/share/muster/policies/officials.yaml",
    "usr/share/muster/calendars/ru.json",
    "usr/share/muster/policy.schema.json",
    "usr/share/muster/openapi.json",
    *(f"usr/bin/{name}" for name in PROGRAMS),
    *(f"usr/share/man/man1/{name}.1.gz" for name in PROGRAMS),
    *(f"usr/share/bash-completion/completions/{name}" for name in PROGRAMS),
    *(f"usr/share/zsh/vendor-completions/_{name}" for name in PROGRAMS),
    *(f"usr/share/fish/vendor_completions.d/{name}.fish" for name in PROGRAMS),
    *(f"{DOC}/{name}" for name in ("copyright", "changelog.gz", "changelog.Debian.gz", "third-party-licences.txt.gz", "examples/low-port.conf")),
}
TARBALL_FILES = {
    "README", "LICENSE", "install", "muster-server.service", "etc/server.toml",
    *(f"bin/{name}" for name in PROGRAMS),
    *(f"share/man/man1/{name}.1.gz" for name in PROGRAMS),
    "share/doc/muster-server/third-party-licences.txt",
}  # fmt: skip
EXECUTABLE = re.compile(r"(usr/)?bin/[^/]+|install")
# what the service may not do without
HARDENING = {
    "User": "muster", "CapabilityBoundingSet": "", "NoNewPrivileges": "yes", "ProtectSystem": "strict", "ProtectHome": "yes", "PrivateTmp": "yes",
    "PrivateDevices": "yes", "MemoryDenyWriteExecute": "yes", "RestrictAddressFamilies": "AF_UNIX AF_INET AF_INET6", "StateDirectory": "muster",
    "StateDirectoryMode": "0700", "UMask": "0077", "Restart": "on-failure", "SystemCallArchitectures": "native",
    "Type": "notify",
}  # fmt: skip


def check_deb(path, check):
    control = fields(output("dpkg-deb", "--field", path))
    members = read_tar(output("dpkg-deb", "--fsys-tarfile", path))
    scripts = read_tar(output("dpkg-deb", "--ctrl-tarfile", path))
    name = f"{control['Package']}_{control['Version']}_{control['Architecture']}.deb"
    check.that("its name is what it says of itself", [] if path.name == name else [f"{path.name} is {name}"], name)
    check_files(members, DEB_FILES, check)
    check_programs(members, "usr/bin", control["Architecture"], check)
    check_unit(members["lib/systemd/system/muster-server.service"][1].decode(), check)
    check.that("configuration is kept on upgrades", [] if scripts["conffiles"][1] == b"/etc/muster/server.toml\n" else ["conffiles"])
    wrong = [name for name in ("postinst", "prerm", "postrm") if name not in scripts or scripts[name][0].mode != 0o755]
    wrong += [name for name in ("postinst", "prerm", "postrm") if name in scripts and not scripts[name][1].startswith(b"#!/bin/sh\n")]
    check.that("the maintainer's scripts", wrong)
    wrong = [word for word in re.split(r"[,|]\s*", control["Depends"]) if word != "adduser"]
    check.that("needs nothing that a Debian does not have", wrong, control["Depends"])


def check_tarball(path, check):
    with tarfile.open(path) as archive:
        members = {member.name: (member, archive.extractfile(member).read() if member.isfile() else b"") for member in archive}
    top = path.name.removesuffix(".tar.xz")
    outside = [name for name in members if name != top and not name.startswith(f"{top}/")]
    check.that("one folder, named as the tarball", outside, top)
    members = {name.removeprefix(f"{top}/"): entry for name, entry in members.items() if name != top}
    check_files(members, TARBALL_FILES, check)
    check_programs(members, "bin", top.rsplit("-", 1)[1], check)
    check_unit(members["muster-server.service"][1].decode(), check)


def check_files(members, wanted, check):
    files = {name for name, (member, _) in members.items() if not member.isdir()}
    check.that("what must be there is", sorted(wanted - files), f"{len(files)} files")
    wrong = [f"{name} of {member.uid}:{member.gid}" for name, (member, _) in members.items() if member.uid or member.gid]
    check.that("all is root's", wrong)
    wrong = [f"{name}: {member.mode:o}" for name, (member, _) in members.items() if not member.issym() and member.mode != mode_of(name, member)]
    check.that("modes", wrong)
    check.that("no link, no device", [name for name, (member, _) in members.items() if not (member.isfile() or member.isdir())])
    times = {member.mtime for member, _ in members.values()}
    check.that("all of one time", [] if len(times) == 1 else sorted(times))
    check.that("nothing is empty", [name for name, (member, content) in members.items() if member.isfile() and not content])
    places = re.compile(rb"/(root|work|home)/[a-z.]+/")
    wrong = [f"{name}: {found[0].decode()}" for name, (_, content) in members.items() if EXECUTABLE.fullmatch(name) and (found := places.search(content))]
    check.that("no path of the machine that built it", wrong)


def mode_of(name, member):
    return 0o755 if member.isdir() or EXECUTABLE.fullmatch(name) else 0o644


def check_programs(members, folder, arch, check):
    for name in PROGRAMS:
        content = members[f"{folder}/{name}"][1]
        wrong = [] if content[:6] == b"\x7fELF\x02\x01" else ["no 64-bit ELF"]
        machine = struct.unpack_from("<H", content, 18)[0]
        kinds = [kind for kind, _, _ in segments(content)]
        wrong += [f"for processor {machine}"] if machine != MACHINES[arch] else []
        wrong += ["has an interpreter"] if 3 in kinds else []
        wrong += [f"needs {needed}" for needed in needs(content)]
        stack = [flags for kind, flags, _ in segments(content) if kind == 0x6474E551]
        wrong += ["its stack may be executed"] if not stack or stack[0] & 1 else []
        wrong += ["no read-only relocations"] if 0x6474E552 not in kinds else []
        check.that(f"{name} is static, for {arch}", wrong, f"{len(content)} bytes")


def segments(content):
    """Each program header: type, flags, and where in the file it lies."""
    offset, = struct.unpack_from("<Q", content, 32)
    size, count = struct.unpack_from("<HH", content, 54)
    for nth in range(count):
        kind, flags, at, _, _, length = struct.unpack_from("<IIQQQQ", content, offset + nth * size)
        yield kind, flags, (at, length)


def needs(content):
    """How many libraries it asks for: entries of the dynamic section with the tag 1."""
    for kind, _, (at, length) in segments(content):
        if kind == 2:
            tags = [struct.unpack_from("<Q", content, at + offset)[0] for offset in range(0, length, 16)]
            yield from ("a library" for tag in tags if tag == 1)


def check_unit(text, check):
    lines = list(directives(text))
    wrong = [f"{word} came with {version}" for key, value in lines for version, word in later(key, value) if version > OLDEST_SYSTEMD]
    older = sorted({word for key, value in lines for version, word in later(key, value)})
    check.that(f"nothing newer than systemd {OLDEST_SYSTEMD}", wrong, f"older ones leave out {' '.join(older)}")
    found = dict(lines)
    wrong = [f"{key} is {found.get(key)}, not {value}" for key, value in HARDENING.items() if found.get(key) != value]
    check.that("the service is shut in", wrong)


def later(key, value):
    """The words of one line that systemd learnt after 241, with the version."""
    for line in LATER.read_text().splitlines():
        if line.startswith("#"):
            continue
        version, *words = line.split()
        for word in words:
            name, equals, part = word.partition("=")
            if int(version) > 241 and name == key and (not equals or part in value.split()):
                yield int(version), word


def fields(text):
    return dict(re.findall(r"^([A-Z][\w-]*): (.*)$", text.decode(), re.MULTILINE))


def read_tar(content):
    with tarfile.open(fileobj=io.BytesIO(content)) as archive:
        entries = [(member, archive.extractfile(member).read() if member.isfile() else b"") for member in archive]
    return {member.name.removeprefix("./").rstrip("/"): (member, content) for member, content in entries if member.name.strip("./")}


def output(*command):
    return subprocess.run(command, check=True, capture_output=True).stdout


def main(paths):
    check = Check()
    for path in map(pathlib.Path, paths):
        print(f"--- {path.name}")
        (check_deb if path.suffix == ".deb" else check_tarball)(path, check)
    print(f"lint-deb: {check.good} passed, {check.bad} failed")
    return 1 if check.bad else 0


if __name__ == "__main__":
    if len(sys.argv) < 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    sys.exit(main(sys.argv[1:]))
