"""What the check wants to know of a shared library: segments, what it needs, what it lacks and what it offers."""

import struct

PT_LOAD, PT_DYNAMIC = 1, 2
DT_NEEDED, DT_STRTAB, DT_SYMTAB, DT_SONAME, DT_STRSZ = 1, 5, 6, 14, 10
STB_GLOBAL, STB_WEAK = 1, 2
MACHINES = {183: "aarch64", 40: "armv7", 62: "x86_64"}


class Library:
    """A 64- or 32-bit little-endian ELF library."""

    def __init__(self, content):
        if content[:4] != b"\x7fELF" or content[5] != 1:
            raise ValueError("not a little-endian ELF file")
        self.content = content
        self.wide = content[4] == 2
        self.machine = MACHINES.get(struct.unpack_from("<H", content, 18)[0], "unknown")
        self.segments = list(self._segments())
        self.dynamic = list(self._dynamic())
        self._strings = self._offset(self._tag(DT_STRTAB)[0])
        self.needed = [self._text(value) for value in self._tag(DT_NEEDED)]
        self.soname = "".join(self._text(value) for value in self._tag(DT_SONAME))
        self.undefined, self.weak, self.exported = set(), set(), set()
        self._symbols()

    @property
    def load_alignments(self):
        """Of each loaded segment; the offset of its field in the file beside it."""
        return [(align, at) for kind, _, _, _, align, at in self.segments if kind == PT_LOAD]

    def _segments(self):
        if self.wide:
            start, size, count = struct.unpack_from("<Q", self.content, 32)[0], *struct.unpack_from("<HH", self.content, 54)
        else:
            start, size, count = struct.unpack_from("<I", self.content, 28)[0], *struct.unpack_from("<HH", self.content, 42)
        for at in range(start, start + size * count, size):
            if self.wide:
                kind, _, offset, address, _, length, _, align = struct.unpack_from("<IIQQQQQQ", self.content, at)
                yield kind, offset, address, length, align, at + 48
            else:
                kind, offset, address, _, length, _, _, align = struct.unpack_from("<IIIIIIII", self.content, at)
                yield kind, offset, address, length, align, at + 28

    def _dynamic(self):
        form = "<qQ" if self.wide else "<iI"
        for kind, offset, _, length, _, _ in self.segments:
            if kind == PT_DYNAMIC:
                yield from struct.iter_unpack(form, self.content[offset : offset + length])

    def _tag(self, wanted):
        return [value for tag, value in self.dynamic if tag == wanted]

    def _offset(self, address):
        for kind, offset, start, length, _, _ in self.segments:
            if kind == PT_LOAD and start <= address < start + length:
                return offset + address - start
        raise ValueError(f"nothing is loaded at {address:#x}")

    def _text(self, index):
        begin = self._strings + index
        return self.content[begin : self.content.index(b"\0", begin)].decode()

    def _symbols(self):
        at, form = self._offset(self._tag(DT_SYMTAB)[0]), "<IBBHQQ" if self.wide else "<IIIBBH"
        size, limit = struct.calcsize(form), self._tag(DT_STRSZ)[0]
        for place in range(at + size, at + size * self._count(), size):
            fields = struct.unpack_from(form, self.content, place)
            name, info, section = (fields[0], fields[1], fields[3]) if self.wide else (fields[0], fields[3], fields[5])
            if name >= limit:
                raise ValueError("a symbol without a name")
            if info >> 4 not in (STB_GLOBAL, STB_WEAK):
                continue
            kinds = self.exported if section else self.weak if info >> 4 == STB_WEAK else self.undefined
            kinds.add(self._text(name))

    def _count(self):
        """How many dynamic symbols there are: the section headers say it, which are read by nobody else."""
        start = struct.unpack_from("<Q" if self.wide else "<I", self.content, 40 if self.wide else 32)[0]
        size, count = struct.unpack_from("<HH", self.content, 58 if self.wide else 46)
        for at in range(start, start + size * count, size):
            kind = struct.unpack_from("<I", self.content, at + 4)[0]
            if kind == 11:
                length, entry = (
                    (struct.unpack_from("<Q", self.content, at + 32)[0], struct.unpack_from("<Q", self.content, at + 56)[0])
                    if self.wide
                    else (struct.unpack_from("<I", self.content, at + 20)[0], struct.unpack_from("<I", self.content, at + 36)[0])
                )
                return length // entry
        raise ValueError("no table of dynamic symbols")
