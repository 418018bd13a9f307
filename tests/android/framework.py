"""Whether a member exists in a framework's classes and may be used by an application."""

import csv
import io
import struct
import zipfile

PUBLIC, PROTECTED = 0x1, 0x4
# sizes of the entries of a class file's constants, by kind; kind 1 is a text, 5 and 6 take two places
SIZES = {3: 4, 4: 4, 5: 8, 6: 8, 7: 2, 8: 2, 9: 4, 10: 4, 11: 4, 12: 4, 15: 3, 16: 2, 17: 4, 18: 4, 19: 2, 20: 2}


class Class:
    """A class file's names: itself, what it extends, its members with their access."""

    def __init__(self, content):
        self.texts, self.classes, at = {}, {}, 10
        (count,) = struct.unpack_from(">H", content, 8)
        index = 1
        while index < count:
            kind = content[at]
            if kind == 1:
                (length,) = struct.unpack_from(">H", content, at + 1)
                self.texts[index] = content[at + 3 : at + 3 + length].decode("utf-8", "replace")
                at += 3 + length
            else:
                if kind == 7:
                    (self.classes[index],) = struct.unpack_from(">H", content, at + 1)
                at += 1 + SIZES[kind]
            index += 2 if kind in (5, 6) else 1
        self.access, _, parent, interfaces = struct.unpack_from(">HHHH", content, at)
        above = [parent, *struct.unpack_from(f">{interfaces}H", content, at + 8)]
        self.above = [self.texts[self.classes[entry]] for entry in above if entry]
        at += 8 + 2 * interfaces
        self.members = {}
        for _ in ("fields", "methods"):
            at = self._read_members(content, at)

    def _read_members(self, content, at):
        (count,) = struct.unpack_from(">H", content, at)
        at += 2
        for _ in range(count):
            access, name, descriptor, attributes = struct.unpack_from(">HHHH", content, at)
            self.members[self.texts[name], self.texts[descriptor]] = access
            at += 8
            for _ in range(attributes):
                at += 6 + struct.unpack_from(">I", content, at + 2)[0]
        return at


class Framework:
    """A jar with a framework's classes."""

    def __init__(self, path):
        self.jar = zipfile.ZipFile(path)
        self.names = set(self.jar.namelist())
        self.read, self.marked = {}, {}

    def class_of(self, name):
        if name not in self.read:
            entry = f"{name}.class"
            self.read[name] = Class(self.jar.read(entry)) if entry in self.names else None
        return self.read[name]

    def find(self, owner, name, descriptor):
        """`(class, access)` of the member in the class or above it, or none."""
        waiting, seen = [owner], set()
        while waiting:
            current = waiting.pop(0)
            found = self.class_of(current)
            if found is None or current in seen:
                continue
            seen.add(current)
            if (name, descriptor) in found.members:
                return current, found.members[name, descriptor]
            waiting += found.above
        return None

    def is_marked(self, owner, name, descriptor):
        """Whether the framework's own list of members that applications use against the rules names it."""
        if owner not in self.marked:
            entry = f"{owner.split('$')[0]}.uau"
            rows = csv.DictReader(io.StringIO(self.jar.read(entry).decode())) if entry in self.names else []
            self.marked[owner] = {row["signature"] for row in rows}
        separator = "" if descriptor.startswith("(") else ":"
        return f"L{owner};->{name}{separator}{descriptor}" in self.marked[owner]

    def complaint(self, owner, name, descriptor):
        """Why an application may not use the member, or none."""
        found = self.find(owner, name, descriptor)
        if found is None:
            return "does not exist"
        where, access = found
        if not access & (PUBLIC | PROTECTED):
            return "is not public"
        if not self.class_of(owner).access & PUBLIC and "$" not in owner:
            return "is a member of a class that is not public"
        if self.is_marked(where, name, descriptor):
            return "is marked as not for applications"
        return None
