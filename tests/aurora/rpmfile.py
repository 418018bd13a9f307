"""A finished RPM as the lint looks at it: what its header says, and its files unpacked."""

import pathlib
import subprocess

FIELDS = {
    "name": "%{NAME}",
    "version": "%{VERSION}",
    "arch": "%{ARCH}",
    "os": "%{OS}",
    "license": "%{LICENSE}",
    "vendor": "%|VENDOR?{%{VENDOR}}|",
    "packager": "%|PACKAGER?{%{PACKAGER}}|",
    "host": "%{BUILDHOST}",
    "time": "%{BUILDTIME}",
    "compressor": "%{PAYLOADCOMPRESSOR}",
}
ENTRY = ["%{FILENAMES}", "%{FILEMODES}", "%{FILEUSERNAME}", "%{FILEGROUPNAME}", "%{FILEMTIMES}", "%{FILELINKTOS}"]
KINDS = ["PREIN", "POSTIN", "PREUN", "POSTUN", "PRETRANS", "POSTTRANS", "VERIFYSCRIPT"]


class Entry:
    """One file, folder or link."""

    def __init__(self, line):
        self.path, mode, self.user, self.group, time, self.target = line.split("\t")
        self.mode, self.time = int(mode), int(time)

    @property
    def kind(self):
        return {0o100000: "file", 0o040000: "folder", 0o120000: "link"}.get(self.mode & 0o170000, "other")

    @property
    def rights(self):
        return self.mode & 0o7777


class Package:
    """Reads `path`; its files lie below `folder` afterwards."""

    def __init__(self, path, folder):
        self.path, self.folder = str(path), pathlib.Path(folder)
        lines = self._ask("".join(f"{value}\n" for value in FIELDS.values())).splitlines()
        self.head = dict(zip(FIELDS, lines, strict=True))
        self.entries = [Entry(line) for line in self._ask("[" + "\t".join(ENTRY) + "\n]").splitlines() if line != "(none)"]
        kinds = "".join(f"%|{kind}?{{{kind.lower()}\n}}|%|{kind}PROG?{{{kind.lower()}\n}}|" for kind in KINDS)
        self.scripts = sorted(set(self._ask(kinds).split()) | self._triggers())
        self.requires = self._list("--requires")
        self._unpack()

    def content(self, path):
        return (self.folder / path.lstrip("/")).read_bytes()

    def _triggers(self):
        asked = (("--triggers", "trigger"), ("--filetriggers", "file trigger"))
        return {kind for option, kind in asked if self._list(option)}

    def _list(self, option):
        return [line for line in self._run("rpm", "-qp", "--nosignature", option, self.path).splitlines() if line and line != "(none)"]

    def _ask(self, form):
        return self._run("rpm", "-qp", "--nosignature", "--qf", form, self.path)

    def _unpack(self):
        archive = subprocess.run(["rpm2cpio", self.path], check=True, capture_output=True).stdout
        command = ["cpio", "--extract", "--make-directories", "--no-absolute-filenames", "--quiet"]
        subprocess.run(command, check=True, input=archive, cwd=self.folder, stderr=subprocess.DEVNULL)

    @staticmethod
    def _run(*command):
        return subprocess.run(command, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
