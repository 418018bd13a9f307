#!/usr/bin/env python3
"""What the lint wants to know of a program: its processor, its loader, the libraries and the versions of their symbols that it needs.

`tests/aurora/program.py --newest FILE` prints the newest version of glibc that it needs.
"""

import pathlib
import re
import struct
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "android"))

from elf import PT_LOAD, Library  # noqa: E402

PT_INTERP = 3
DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
ET_DYN = 3


class Program(Library):
    """A 64- or 32-bit little-endian ELF program that is linked dynamically."""

    def __init__(self, content):
        super().__init__(content)
        self.bits = 64 if self.wide else 32
        self.position_independent = struct.unpack_from("<H", content, 16)[0] == ET_DYN
        self.loader = "".join(self._interpreter())
        self.versions = sorted(set(self._versions()))
        self.writable_code = any(flags & 3 == 3 for flags in self._flags())

    def newest(self):
        """The newest `GLIBC_` version, as numbers."""
        found = [re.fullmatch(r"GLIBC_([0-9.]+)", name) for name in self.versions]
        return max((tuple(int(part) for part in match[1].split(".")) for match in found if match), default=(0,))

    def _interpreter(self):
        for kind, offset, _, length, _, _ in self.segments:
            if kind == PT_INTERP:
                yield self.content[offset : offset + length].rstrip(b"\0").decode()

    def _flags(self):
        for kind, _, _, _, _, at in self.segments:
            if kind == PT_LOAD:
                # the field of the alignment is the last one of an entry
                yield struct.unpack_from("<I", self.content, at - 44 if self.wide else at - 4)[0]

    def _versions(self):
        counts, places = self._tag(DT_VERNEEDNUM), self._tag(DT_VERNEED)
        at = self._offset(places[0]) if places else 0
        for _ in range(counts[0] if counts else 0):
            _, count, _, aux, following = struct.unpack_from("<HHIII", self.content, at)
            entry = at + aux
            for _ in range(count):
                _, _, _, name, more = struct.unpack_from("<IHHII", self.content, entry)
                yield self._text(name)
                entry += more
            at += following


def main():
    if len(sys.argv) != 3 or sys.argv[1] != "--newest":
        sys.exit(__doc__)
    newest = Program(pathlib.Path(sys.argv[2]).read_bytes()).newest()
    print("GLIBC_" + ".".join(str(part) for part in newest))


if __name__ == "__main__":
    main()
