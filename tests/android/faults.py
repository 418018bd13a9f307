#!/usr/bin/env python3
"""Usage: tests/android/faults.py --aapt2 PROGRAM --jars FOLDER --framework FILE APK

Puts one fault after another into copies of a good package, and asks that the check finds each: a check that lets
everything through would look the same as a good package.
"""

import argparse
import contextlib
import io
import pathlib
import subprocess
import sys
import tempfile
import zipfile

import check_apk
import manifest as manifests
from dex import Dex
from elf import Library

ARM64 = "lib/arm64-v8a/libmuster.so"
SOURCE = check_apk.ROOT / "android-wrapper/app/src/main"


class Faults:
    """A good package, taken apart, and the tools to put it together wrongly."""

    def __init__(self, arguments):
        self.arguments = arguments
        with zipfile.ZipFile(arguments.package) as package:
            self.entries = {info.filename: (package.read(info), info.compress_type) for info in package.infolist()}
        self.good = self.bad = 0

    def without(self, what, expected, **changed):
        """A copy with these entries changed must fail the check, in a line that has the words."""
        with tempfile.TemporaryDirectory() as folder:
            copy = pathlib.Path(folder) / "copy.apk"
            self.write(copy, {name: content for name, content in changed.pop("entries", {}).items()}, **changed)
            printed = io.StringIO()
            with contextlib.redirect_stdout(printed):
                check_apk.check_package(str(copy), self.arguments.aapt2, self.arguments.jars, check_apk.Check())
        failed = [line for line in printed.getvalue().splitlines() if line.startswith("FAILED")]
        if any(expected in line for line in failed):
            self.good += 1
            print(f"ok      found: {what}")
        else:
            self.bad += 1
            print(f"FAILED  not found: {what}; what failed: {failed or 'nothing'}")

    def write(self, path, changed, stored=False):
        with zipfile.ZipFile(path, "w") as package:
            for name, (content, how) in {**self.entries, **{n: (c, self.entries.get(n, (b"", 8))[1]) for n, c in changed.items()}}.items():
                info = zipfile.ZipInfo(name)
                info.compress_type = zipfile.ZIP_STORED if stored and name.endswith(".so") else how
                package.writestr(info, content)

    def manifest(self, old, new):
        """The manifest with one text replaced, through the resource compiler."""
        text = (SOURCE / "AndroidManifest.xml").read_text()
        if old not in text:
            sys.exit(f"faults: the manifest has no {old}")
        facts = manifests.read(self.arguments.aapt2, self.arguments.package).attributes
        with tempfile.TemporaryDirectory() as folder:
            folder = pathlib.Path(folder)
            (folder / "AndroidManifest.xml").write_text(text.replace(old, new, 1))
            aapt2, out = self.arguments.aapt2, folder / "out.apk"
            subprocess.run([aapt2, "compile", "--dir", SOURCE / "res", "-o", folder / "res.zip"], check=True)
            link = [aapt2, "link", "-o", out, "-I", self.arguments.framework, "--manifest", folder / "AndroidManifest.xml"]
            link += ["--version-name", facts["versionName"], "--version-code", facts["versionCode"], "--auto-add-overlay", folder / "res.zip"]
            subprocess.run(link, check=True)
            with zipfile.ZipFile(out) as made:
                return {"AndroidManifest.xml": made.read("AndroidManifest.xml")}

    def library(self, change):
        content = bytearray(self.entries[ARM64][0])
        change(content)
        return {ARM64: bytes(content)}


def small_pages(content):
    for _, at in Library(bytes(content)).load_alignments:
        content[at : at + 8] = (4096).to_bytes(8, "little")


def renamed(old, new):
    def change(content):
        at = content.index(b"\0" + old + b"\0")
        content[at + 1 : at + 1 + len(old)] = new

    return change


def appended(word):
    return lambda content: content.extend(word)


def with_member(content):
    """The dex file with one method of the framework under a name that is not there."""
    dex = Dex(content)
    name = next(name for owner, name, _ in dex.methods if owner.startswith("Landroid/app/job/JobInfo$Builder") and name != "<init>")
    at = content.index(bytes([len(name)]) + name.encode() + b"\0") + len(name)
    return content[:at] + b"Q" + content[at + 1 :]


def main():
    parser = argparse.ArgumentParser(usage="see the top of this file")
    for option in ("--aapt2", "--framework"):
        parser.add_argument(option, required=True)
    parser.add_argument("--jars", required=True, type=pathlib.Path)
    parser.add_argument("package")
    faults = Faults(parser.parse_args())
    add = '<uses-permission android:name="android.permission.{}"/>\n    <!-- queries: generated'
    mark = "<!-- queries: generated"
    faults.without("a permission that no page explains", "permissions", entries=faults.manifest(mark, "".join(add.format(f"P{n}").replace(mark, "") for n in range(9)) + mark))
    faults.without("QUERY_ALL_PACKAGES", "QUERY_ALL_PACKAGES", entries=faults.manifest(mark, add.format("QUERY_ALL_PACKAGES")))
    faults.without("an entry of the queries missing", "com.viber.voip is missing", entries=faults.manifest('<package android:name="com.viber.voip"/>', ""))
    faults.without("an entry of the queries too many", "com.example.other", entries=faults.manifest("com.viber.voip", "com.example.other"))
    faults.without("backup allowed", "allowBackup", entries=faults.manifest('allowBackup="false"', 'allowBackup="true"'))
    faults.without("cleartext allowed", "usesCleartextTraffic", entries=faults.manifest('usesCleartextTraffic="false"', 'usesCleartextTraffic="true"'))
    faults.without("a service open to all", "ReportJob is exported", entries=faults.manifest('.ReportJob" android:exported="false"', '.ReportJob" android:exported="true"'))
    faults.without("another lowest level", "minSdkVersion", entries=faults.manifest('minSdkVersion="26"', 'minSdkVersion="28"'))
    faults.without("segments aligned to 4 KiB", "aligned to 16 KiB", entries=faults.library(small_pages))
    faults.without("libraries that are not compressed", "libraries compressed", stored=True, entries={})
    faults.without("an undefined name that Android lacks", "undefined names", entries=faults.library(renamed(b"getaddrinfo", b"getaddrinf0")))
    faults.without("another needed library", "needed libraries", entries=faults.library(renamed(b"libdl.so", b"libxx.so")))
    faults.without("an entry point missing", "entry points", entries=faults.library(renamed(b"Java_io_muster_agent_Native_close", b"Java_io_muster_agent_Native_clos3")))
    faults.without("entry points of tests", "nothing of tests", entries=faults.library(appended(b"muster_emulated_story")))
    faults.without("a library that is too large", "size of the library", entries=faults.library(appended(bytes(3_000_000))))
    faults.without("a call that the framework lacks", "framework members", entries={"classes.dex": with_member(faults.entries["classes.dex"][0])})
    faults.without("a second dex file", "not ours", entries={"classes2.dex": b"dex"})
    print(f"faults: {faults.good} passed, {faults.bad} failed")
    return 1 if faults.bad else 0


if __name__ == "__main__":
    sys.exit(main())
