"""Usage: seeds.py FOLDER. Where the fuzz targets `rpm-*` begin: the databases of this folder, and the headers in one of them."""

import pathlib
import struct
import sys
import zlib

here = pathlib.Path(__file__).parent
target = pathlib.Path(sys.argv[1])


def unpacked(name):
    return zlib.decompress((here / (name + ".zlib")).read_bytes())


def seed(fuzzed, name, data):
    (target / fuzzed).mkdir(parents=True, exist_ok=True)
    (target / fuzzed / name).write_bytes(data)


def with_log(database, log):
    return struct.pack("<I", len(database)) + database + log


for name in ["Packages", "Packages.small-pages", "Packages.swapped"]:
    seed("rpm-bdb", name, unpacked(name))
seed("rpm-ndb", "Packages.db", unpacked("Packages.db"))
seed("rpm-sqlite", "small.sqlite", with_log(unpacked("small.sqlite"), b""))
seed("rpm-sqlite", "log.sqlite", with_log(unpacked("log.sqlite"), unpacked("log.sqlite-wal")[:50000]))
database = unpacked("Packages.db")
for at in range(32, 4096, 16):
    number, block = struct.unpack_from("<II", database, at + 4)
    if block:
        length = struct.unpack_from("<I", database, block * 16 + 12)[0]
        seed("rpm-header", str(number), database[block * 16 + 16:][:length])
