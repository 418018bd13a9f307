#!/usr/bin/env python3
"""Usage: server/package/licences.py TARGET

Prints the licences of what the server's programs contain: every crate that is linked into them for TARGET, with the texts that its authors
ship, each text once; and what no crate names by itself: the C library, Rust's own library.
"""

import collections
import json
import pathlib
import re
import subprocess
import sys

ROOT = pathlib.Path(__file__).resolve().parents[2]
PROGRAMS = ("muster-server", "muster-cli")
TEXTS = re.compile(r"(licen[cs]e|copying|copyright|notice|unlicense)", re.IGNORECASE)
RULE = "=" * 100
# crates that carry sources of others in C
VENDORED = {"libmimalloc-sys": "c_src/mimalloc/**/LICENSE"}
PREAMBLE = """\
Muster's server programs are linked statically. They contain the libraries below, under these licences. Where several are offered
("OR"), we take Apache-2.0 or MIT. A crate that ships no text of its own is under the licence that is named with it.

They also contain SQLite, which its authors have put into the public domain (in the crate libsqlite3-sys); musl, the C library (MIT,
copyright 2005-2020 Rich Felker, et al.); and Rust's standard library (MIT OR Apache-2.0, copyright the Rust Project contributors).
"""


def main(target):
    packages = linked(target)
    texts = collections.defaultdict(list)
    print(PREAMBLE)
    for package in packages:
        print(f"{package['name']} {package['version']}: {package['license'] or 'see its text'}")
        for text in texts_of(package):
            texts[text].append(f"{package['name']} {package['version']}")
    for text, names in sorted(texts.items(), key=lambda entry: entry[1]):
        print(f"\n{RULE}\n{', '.join(names)}\n{RULE}\n{text}")


def linked(target):
    """The packages from registries that the programs are linked of: no macros, nothing of builds and tests."""
    command = ["cargo", "metadata", "--format-version", "1", "--filter-platform", target]
    metadata = json.loads(subprocess.run(command, cwd=ROOT, check=True, capture_output=True).stdout)
    packages = {package["id"]: package for package in metadata["packages"]}
    nodes = {node["id"]: node for node in metadata["resolve"]["nodes"]}
    waiting = [id for id, package in packages.items() if package["name"] in PROGRAMS and not package["source"]]
    seen = set(waiting)
    while waiting:
        for dependency in nodes[waiting.pop()]["deps"]:
            id = dependency["pkg"]
            normal = any(kind["kind"] is None for kind in dependency["dep_kinds"])
            if normal and id not in seen and not is_macro(packages[id]):
                seen.add(id)
                waiting.append(id)
    found = [packages[id] for id in seen if packages[id]["source"]]
    return sorted(found, key=lambda package: (package["name"], package["version"]))


def is_macro(package):
    return any("proc-macro" in target["kind"] for target in package["targets"])


def texts_of(package):
    folder = pathlib.Path(package["manifest_path"]).parent
    files = {path for path in folder.iterdir() if path.is_file() and TEXTS.match(path.name)}
    if package["license_file"]:
        files.add(folder / package["license_file"])
    if package["name"] in VENDORED:
        files.update(folder.glob(VENDORED[package["name"]]))
    for path in sorted(files):
        yield path.read_text(encoding="utf-8", errors="replace").replace("\r\n", "\n").strip()


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1] in ("-h", "--help"):
        sys.exit(__doc__)
    main(sys.argv[1])
