"""From the database that rpm made: the same headers in the other formats, written by the tools of those. Called by `make`."""

import pathlib
import sqlite3
import struct
import subprocess
import sys
import zlib

work, here = map(pathlib.Path, sys.argv[1:])
original = work / "rpmdb.sqlite"
rows = sqlite3.connect(original).execute("SELECT hnum, blob FROM Packages ORDER BY hnum").fetchall()


def berkeley(name, rows, page_size, order):
    """Key 0 holds the next number; the order of bytes is that of the machine which wrote."""
    def number(n):
        return n.to_bytes(4, order)
    pairs = [(number(0), number(rows[-1][0] + 1))] + [(number(n), blob) for n, blob in rows]
    lines = ["VERSION=3", "format=bytevalue", "type=hash", f"db_pagesize={page_size}",
             "db_lorder=" + ("1234" if order == "little" else "4321"), "HEADER=END"]
    lines += [" " + piece.hex() for pair in pairs for piece in pair] + ["DATA=END", ""]
    (work / name).unlink(missing_ok=True)
    subprocess.run(["db5.3_load", work / name], input="\n".join(lines).encode(), check=True)
    return (work / name).read_bytes()


def ndb(name, rows):
    """With a package that came and went: a hole between the others."""
    stream = b""
    for place, (number, blob) in enumerate(rows):
        stream += struct.pack("=II", number, len(blob)) + blob
        if place == 2:
            stream += struct.pack("=II", 1000, 3000) + bytes(3000)
    stream += struct.pack("=II", 1000, 0)
    subprocess.run([work / "ndb-writer", work / name], input=stream, check=True)
    return (work / name).read_bytes()


def small_sqlite(name, rows):
    """Small pages, so that there are inner pages and long chains: one table, as rpm makes it."""
    target = sqlite3.connect(work / name)
    target.executescript("PRAGMA page_size = 512; CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    target.executemany("INSERT INTO Packages VALUES (?, ?)", rows)
    target.commit()
    target.close()
    return (work / name).read_bytes()


def with_log(name):
    """Half of the packages lie in the log yet; behind the last commit there is one that was taken back."""
    target = sqlite3.connect(work / name, isolation_level=None)
    target.executescript("PRAGMA page_size = 1024; PRAGMA journal_mode = WAL; PRAGMA wal_autocheckpoint = 0;"
                         "CREATE TABLE 'Packages' (hnum INTEGER PRIMARY KEY AUTOINCREMENT, blob BLOB NOT NULL)")
    half = len(rows) // 2
    target.executemany("INSERT INTO Packages VALUES (?, ?)", rows[:half])
    target.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    target.executemany("INSERT INTO Packages VALUES (?, ?)", rows[half:])
    target.execute("PRAGMA cache_size = 1")
    target.execute("PRAGMA cache_spill = ON")
    target.execute("BEGIN")
    target.execute("DELETE FROM Packages WHERE hnum <= ?", (rows[3][0],))
    target.executemany("INSERT INTO Packages VALUES (?, ?)", [(5000 + n, rows[0][1]) for n in range(4)])
    pair = (work / name).read_bytes(), (work / (name + "-wal")).read_bytes()
    target.execute("ROLLBACK")
    return pair


def keep(name, data):
    """Compressed: they are mostly zeros."""
    (here / (name + ".zlib")).write_bytes(zlib.compress(data, 9))
    print(name, len(data))


keep("rpmdb.sqlite", original.read_bytes())
keep("small.sqlite", small_sqlite("small.sqlite", rows))
database, log = with_log("log.sqlite")
keep("log.sqlite", database)
keep("log.sqlite-wal", log)
keep("Packages", berkeley("Packages", rows, 4096, "little"))
keep("Packages.small-pages", berkeley("Packages.small-pages", rows, 512, "little"))
keep("Packages.swapped", berkeley("Packages.swapped", rows, 4096, "big"))
keep("Packages.db", ndb("Packages.db", rows))

# One package many times: buckets that were split, two pages of slots, a tree of three levels.
smallest = min((blob for _, blob in rows), key=len)
many = [(number, smallest) for number in range(1, 301)]
keep("many.Packages", berkeley("many.Packages", many, 512, "little"))
keep("many.Packages.db", ndb("many.Packages.db", many))
keep("many.sqlite", small_sqlite("many.sqlite", many))
