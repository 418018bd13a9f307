#!/usr/bin/env python3
"""Usage: tests/android/check_apk.py --aapt2 PROGRAM --jars FOLDER APK

Reads a finished package and says of each thing that must be true of it whether it is: what the manifest declares, that
the <queries> are the catalogue's, which libraries are inside and what they need, that all Java members that are called
exist and are public, and the sizes. One line for each; exit status 1 if one is not true.
"""

import argparse
import pathlib
import re
import sys
import tomllib
import zipfile

import manifest as manifests
from dex import Dex
from elf import Library
from framework import Framework

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests"))
from checks import Check  # noqa: E402

PAGE = 0x4000
MOST_PERMISSIONS, LARGEST_APK, LARGEST_LIBRARY, AIM = 8, 4_000_000, 3_300_000, 1_600_000
FRAMEWORKS = {35: "android-all-15-robolectric-13954326.jar", 36: "android-all-16-robolectric-13921718.jar"}
PUBLISHED = "android-4.1.1.4.jar"
ABIS = {"arm64-v8a": "aarch64", "armeabi-v7a": "armv7", "x86_64": "x86_64"}
LATER = ROOT / "tests/android/later-members.txt"
JAVA = {f"java/{name}" for name in ("io", "lang", "net", "nio", "nio/charset", "nio/file", "nio/file/attribute", "security", "util", "util/concurrent")}
JAVA |= {f"java/{name}" for name in ("math", "text", "lang/annotation", "lang/reflect", "security/cert", "util/concurrent/atomic", "util/function")}
ENTRIES = {f"Java_io_muster_agent_Native_{name}" for name in ("open", "call", "close")}
# who may start what from outside, and the permission that the system alone has
EXPORTED = {
    ".StatusActivity": None,
    ".LinkActivity": None,
    ".ProvisioningModeActivity": "android.permission.BIND_DEVICE_ADMIN",
    ".PolicyComplianceActivity": "android.permission.BIND_DEVICE_ADMIN",
    ".AdminReceiver": "android.permission.BIND_DEVICE_ADMIN",
}


def check_package(package, aapt2, jars, check):
    """Everything about one package."""
    check_manifest(manifests.read(aapt2, package), check)
    with zipfile.ZipFile(package) as content:
        libraries = [entry for entry in content.infolist() if entry.filename.endswith(".so")]
        check_places(libraries, check)
        for entry in libraries:
            check_library(entry.filename, content.read(entry), check)
        check_code(Dex(content.read("classes.dex")), jars, check)
        extra = [name for name in content.namelist() if re.fullmatch(r"classes\d+\.dex|assets/.*|kotlin/.*|META-INF/.*\.SF", name)]
        check.that("nothing inside that is not ours", extra)
    size = pathlib.Path(package).stat().st_size
    check.that("size of the package", [] if size <= LARGEST_APK else [f"{size} bytes, at most {LARGEST_APK}"], f"{size} bytes of {LARGEST_APK}")


def expect(found, wanted):
    return [f"{name} is {found.get(name)}, not {value}" for name, value in wanted.items() if found.get(name) != value]


def check_manifest(top, check):
    uses = next(top.all("uses-sdk")).attributes
    application = next(top.all("application"))
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    major, minor, patch = (int(part) for part in version.split("-")[0].split("."))
    found = {
        "package": top.attributes.get("package"),
        "versionName": top.attributes.get("versionName"),
        "versionCode": manifests.number(top.attributes.get("versionCode")),
        "minSdkVersion": manifests.number(uses.get("minSdkVersion")),
        "targetSdkVersion": manifests.number(uses.get("targetSdkVersion")),
    }
    code = major * 1_000_000 + minor * 1000 + patch
    wanted = {"package": "io.muster.agent", "versionName": version, "versionCode": code, "minSdkVersion": 26, "targetSdkVersion": 36}
    check.that("package, version, levels", expect(found, wanted), f"{version} ({code}), Android 8 to 16")
    flags = {"allowBackup": "false", "usesCleartextTraffic": "false", "extractNativeLibs": "true", "debuggable": None, "testOnly": None}
    check.that("no backup, no cleartext, not debuggable", expect(application.attributes, flags))
    check_components(application, check)
    check_permissions(top, check)
    declared, known = sorted(name for block in top.all("queries") for name in block.names("package")), catalogue()
    wrong = [f"{name} is not in the catalogue" for name in sorted(set(declared) - set(known))]
    wrong += [f"{name} is missing" for name in sorted(set(known) - set(declared))]
    wrong += ["a query that is not of a package" for block in top.all("queries") for child in block.inside if child.kind != "package"]
    check.that("queries are the catalogue's", wrong, f"{len(declared)} packages")


def check_components(application, check):
    wrong, exported = [], 0
    for component in application.inside:
        if component.kind not in ("activity", "activity-alias", "receiver", "service", "provider"):
            continue
        facts, name = component.attributes, component.attributes.get("name", "")
        short = name.replace("io.muster.agent", "", 1)
        if facts.get("exported") not in ("true", "false"):
            wrong.append(f"{short} does not say whether it is exported")
        elif facts["exported"] == "true":
            exported += 1
            if short not in EXPORTED:
                wrong.append(f"{short} is exported")
            elif facts.get("permission") != EXPORTED[short]:
                wrong.append(f"{short} asks who starts it for {facts.get('permission')}")
    wrong += [f"there is no exported {name}" for name in sorted(EXPORTED) if name not in shorts(application)]
    check.that("exported components", wrong, f"{exported}, those of the system with its permission")


def shorts(application):
    return {child.attributes.get("name", "").replace("io.muster.agent", "", 1) for child in application.inside}


def check_permissions(top, check):
    asked = [name.removeprefix("android.permission.") for name in top.names("uses-permission")]
    wrong = [f"{len(asked)}, at most {MOST_PERMISSIONS}"] if len(asked) > MOST_PERMISSIONS else []
    wrong += [f"{name} twice" for name in sorted(set(asked)) if asked.count(name) > 1]
    wrong += ["QUERY_ALL_PACKAGES"] if "QUERY_ALL_PACKAGES" in asked else []
    wrong += [f"{kind}" for kind in ("uses-permission-sdk-23", "permission") if list(top.all(kind))]
    check.that("permissions", wrong, f"{len(asked)}: {' '.join(sorted(asked))}")
    page = ROOT / "docs/android.md"
    if page.exists():
        section = re.search(r"^## Permissions\n(.*?)(?=^## )", page.read_text(), re.M | re.S)
        cells = re.findall(r"^\|\s*(`[A-Z][A-Z_]+`(?:, `[A-Z][A-Z_]+`)*)\s*\|", section[1] if section else "", re.M)
        rows = {name for cell in cells for name in re.findall(r"[A-Z_]+", cell)}
        wrong = [f"{name} is not in docs/android.md" for name in sorted(set(asked) - rows)]
        wrong += [f"{name} is in docs/android.md alone" for name in sorted(rows - set(asked))]
        check.that("each permission has its line in docs/android.md", wrong)


def catalogue():
    entries = tomllib.loads((ROOT / "catalogue/messengers.toml").read_text())["messenger"]
    return sorted({name for entry in entries for name in entry.get("android", [])})


def check_places(libraries, check):
    wrong = [f"{entry.filename} is not compressed" for entry in libraries if entry.compress_type != zipfile.ZIP_DEFLATED]
    present = {entry.filename.split("/")[1] for entry in libraries}
    wrong += [f"there is no library for {abi}" for abi in ("arm64-v8a", "armeabi-v7a") if abi not in present]
    wrong += [f"{entry.filename} is not ours" for entry in libraries if not re.fullmatch(r"lib/[^/]+/libmuster\.so", entry.filename)]
    packed = sum(entry.compress_size for entry in libraries)
    check.that("libraries compressed, one for each architecture", wrong, f"{' '.join(sorted(present))}: {packed} bytes")


def public_names():
    text = (ROOT / "scripts/lib/android-names.txt").read_text()
    return {name for line in text.splitlines() if not line.startswith(("#", "[")) for name in line.split()}


def check_library(name, content, check):
    abi = name.split("/")[1]
    library = Library(content)
    is_right = library.machine == ABIS.get(abi) and library.soname == "libmuster.so"
    check.that(f"{abi}: architecture and name", [] if is_right else [f"{library.machine}, {library.soname or 'no name'}"])
    wrong = [f"{align:#x}" for align, _ in library.load_alignments if align != PAGE]
    check.that(f"{abi}: segments aligned to 16 KiB", wrong, f"{len(library.load_alignments)} segments")
    check.that(f"{abi}: needed libraries", sorted(set(library.needed) - {"libc.so", "libm.so", "libdl.so"}), " ".join(library.needed))
    foreign = sorted(library.undefined - public_names())
    check.that(f"{abi}: undefined names are public since Android 7", foreign, f"{len(library.undefined)}, and weak: {' '.join(sorted(library.weak)) or 'none'}")
    wrong = [f"{entry} is exported" for entry in sorted(library.exported - ENTRIES - {"JNI_OnLoad"})]
    wrong += [f"{entry} is missing" for entry in sorted(ENTRIES - library.exported)]
    check.that(f"{abi}: three entry points and no others", wrong)
    wrong = [word.decode() for word in (b"muster_emulated", b"/root/", b"/home/", str(ROOT).encode()) if word in content]
    check.that(f"{abi}: nothing of tests or of this machine", wrong)
    note = "" if abi != "arm64-v8a" or len(content) <= AIM else f", aimed at {AIM}"
    check.that(f"{abi}: size of the library", [] if len(content) <= LARGEST_LIBRARY else [f"{len(content)} bytes"], f"{len(content)} bytes{note}")


def check_code(dex, jars, check):
    members = [member for member in dex.outside() if member[0].startswith("L")]
    # Java's own classes are not in the jars: the compiler has held the code to Java 8, of which Android 8 has these packages
    java = {owner[1:-1].rpartition("/")[0] for owner, _, _ in members if owner.startswith(("Ljava/", "Ljavax/"))}
    check.that("Java's own packages", sorted(java - JAVA), f"{len(java)} of Java 8")
    android = [member for member in members if not member[0].startswith(("Ljava/", "Ljavax/"))]
    for level, jar in FRAMEWORKS.items():
        framework, wrong = Framework(jars / jar), []
        for owner, name, descriptor in android:
            complaint = framework.complaint(owner[1:-1], name, descriptor)
            if complaint:
                wrong.append(f"{owner[1:-1]}.{name}{descriptor} {complaint}")
        check.that(f"framework members in Android {level - 20}", wrong, f"{len(android)} exist, none marked as internal")
    check_published(android, framework, jars, check)


def check_published(members, framework, jars, check):
    """Public for certain: in the official SDK of Android 4.1, or in the list of later ones, each with its level."""
    published, later = Framework(jars / PUBLISHED), {}
    for line in LATER.read_text().splitlines():
        if line and not line.startswith("#"):
            level, member = line.split()
            later[member] = int(level)
    wrong, used = set(), set()
    for owner, name, descriptor in members:
        # org.json is public since Android 1.0, and not in that jar
        if owner.startswith("Lorg/json/") or published.find(owner[1:-1], name, descriptor):
            continue
        where = (framework.find(owner[1:-1], name, descriptor) or (owner[1:-1],))[0]
        member = f"{where}.{name}{descriptor if descriptor.startswith('(') else ':' + descriptor}"
        used.add(member)
        if member not in later:
            wrong.add(f"{member} is not in {LATER.name}: is it public, and since which level?")
    guarded = sum(later.get(member, 0) > 26 for member in used)
    figure = f"{len(members)}, of them {len(used)} listed as later than Android 4.1 and {guarded} as later than Android 8"
    check.that("framework members are public", sorted(wrong), figure)


def main():
    parser = argparse.ArgumentParser(usage="see the top of this file")
    parser.add_argument("--aapt2", required=True)
    parser.add_argument("--jars", required=True, type=pathlib.Path)
    parser.add_argument("package")
    arguments = parser.parse_args()
    check = Check()
    check_package(arguments.package, arguments.aapt2, arguments.jars, check)
    print(f"package: {check.good} passed, {check.bad} failed")
    return 1 if check.bad else 0


if __name__ == "__main__":
    sys.exit(main())
