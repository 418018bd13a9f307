"""What Java code in a dex file calls: every method and field of every class that it names."""

import struct


def uleb(content, at):
    value = shift = 0
    while True:
        byte = content[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:
            return value, at


class Dex:
    """The tables of a dex file."""

    def __init__(self, content):
        if content[:4] != b"dex\n":
            raise ValueError("not a dex file")
        self.content = content
        strings, types, protos, fields, methods, classes = (struct.unpack_from("<II", content, at) for at in range(0x38, 0x68, 8))
        self.string_places = [offset for (offset,) in self._table(strings, "<I")]
        self.strings = [self._string(offset) for offset in self.string_places]
        self.types = [self.strings[index] for (index,) in self._table(types, "<I")]
        self.protos = [self._proto(*entry) for entry in self._table(protos, "<III")]
        self.methods = [
            (self.types[owner], self.strings[name], self.protos[proto])
            for owner, proto, name in self._table(methods, "<HHI")
        ]
        self.fields = [
            (self.types[owner], self.strings[name], self.types[kind]) for owner, kind, name in self._table(fields, "<HHI")
        ]
        self.own = {self.types[entry[0]] for entry in self._table(classes, "<8I")}

    def _table(self, place, form):
        count, offset = place
        return struct.iter_unpack(form, self.content[offset : offset + count * struct.calcsize(form)])

    def _string(self, offset):
        _, begin = uleb(self.content, offset)
        return self.content[begin : self.content.index(b"\0", begin)].decode("utf-8", "replace")

    def _proto(self, _shorty, result, parameters):
        kinds = []
        if parameters:
            (count,) = struct.unpack_from("<I", self.content, parameters)
            kinds = struct.unpack_from(f"<{count}H", self.content, parameters + 4)
        return f"({''.join(self.types[kind] for kind in kinds)}){self.types[result]}"

    def outside(self):
        """Members of classes that are not in this file, as `(owner, name, descriptor)`; those of arrays are the language's."""
        members = self.methods + self.fields
        return sorted({member for member in members if member[0] not in self.own and not member[0].startswith("[")})
