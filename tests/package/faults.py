#!/usr/bin/env python3
"""Usage: tests/package/faults.py DEB

Makes copies of a good package with one fault each, and asks that the lint finds that fault and no other: a lint that lets everything through
would look the same as a good package.
"""

import contextlib
import io
import os
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile

import lint_deb

UNIT = "lib/systemd/system/muster-server.service"
SERVER = "usr/bin/muster-server"


def replaced(path, old, new):
    def change(tree):
        content = (tree / path).read_bytes()
        if old not in content:
            raise ValueError(f"{path} has no {old}")
        (tree / path).write_bytes(content.replace(old, new))

    return change


def patched(path, at, content):
    """Other bytes at one place."""

    def change(tree):
        before = (tree / path).read_bytes()
        (tree / path).write_bytes(before[:at] + content + before[at + len(content) :])

    return change


def interpreted(tree):
    """The first program header, which is of the headers themselves or of code, asks for an interpreter."""
    content = (tree / SERVER).read_bytes()
    patched(SERVER, int.from_bytes(content[32:40], "little"), b"\x03\0\0\0")(tree)


def of_today(tree):
    os.utime(tree / SERVER)


FAULTS = [
    ("a program is missing", "what must be there is", lambda tree: (tree / "usr/share/man/man1/muster.1.gz").unlink()),
    ("a completion is empty", "nothing is empty", lambda tree: (tree / "usr/share/bash-completion/completions/muster").write_bytes(b"")),
    ("others may write a file", "modes", lambda tree: (tree / "etc/muster/server.toml").chmod(0o666)),
    ("a program has the rights of its owner", "modes", lambda tree: (tree / SERVER).chmod(0o4755)),
    ("a file is somebody's", "all is root's", lambda tree: os.chown(tree / "etc/muster/server.toml", 1000, 0)),
    ("a link", "no link, no device", lambda tree: (tree / "usr/share/muster/latest").symlink_to("policies")),
    ("a file of today", "all of one time", of_today),
    ("for another processor", "muster-server is static", patched(SERVER, 18, b"\x28\0")),
    ("a program that needs others", "muster-server is static", interpreted),
    ("a path of a machine", "no path of the machine", lambda tree: patched("usr/bin/muster", (tree / "usr/bin/muster").stat().st_size - 20, b"/home/x/y.rs")(tree)),
    ("it may become root", "the service is shut in", replaced(UNIT, b"NoNewPrivileges=yes", b"NoNewPrivileges=no")),
    ("a directive of systemd 248", "nothing newer than systemd", replaced(UNIT, b"RemoveIPC=yes", b"RemoveIPC=yes\nPrivateIPC=yes")),
    ("the configuration is overwritten", "configuration is kept", replaced("DEBIAN/conffiles", b"/etc/muster/server.toml\n", b"")),
    ("a script in another language", "the maintainer's scripts", replaced("DEBIAN/postrm", b"#!/bin/sh", b"#!/bin/ksh")),
    ("needs a library", "needs nothing that a Debian", replaced("DEBIAN/control", b"Depends: ", b"Depends: libssl3, ")),
]


def found(deb):
    """What the lint has against it."""
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        lint_deb.check_deb(deb, lint_deb.Check())
    return re.findall(r"^FAILED  (.*?)(?:: .*)?$", said.getvalue(), re.MULTILINE)


def with_fault(deb, change, folder):
    tree = folder / "tree"
    subprocess.run(["dpkg-deb", "--raw-extract", deb, tree], check=True)
    time = (tree / SERVER).stat().st_mtime
    change(tree)
    for path in [tree, *tree.rglob("*")]:
        os.utime(path, (time, time), follow_symlinks=False)
    if change is of_today:
        change(tree)
    made = folder / deb.name
    subprocess.run(["dpkg-deb", "-Znone", "--build", tree, made], check=True, capture_output=True)
    shutil.rmtree(tree)
    return made


def main(deb):
    good = bad = 0
    with tempfile.TemporaryDirectory() as folder:
        for what, label, change in FAULTS:
            made = with_fault(deb, change, pathlib.Path(folder))
            labels = found(made)
            if len(labels) == 1 and labels[0].startswith(label):
                good += 1
                print(f"ok      found: {what}")
            else:
                bad += 1
                print(f"FAILED  {what}: the lint says {labels}")
    print(f"faults: {good} passed, {bad} failed")
    return 1 if bad else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    sys.exit(main(pathlib.Path(sys.argv[1]).resolve()))
