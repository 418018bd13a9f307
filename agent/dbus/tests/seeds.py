"""Usage: seeds.py FOLDER. Where the fuzz target `dbus` begins: answers as the services of a phone give them, whole and their bodies alone."""

import pathlib
import struct
import sys

target = pathlib.Path(sys.argv[1]) / "dbus"
# those of proto/fuzz/targets/dbus.rs, in its order
SHAPES = ["s", "v", "b", "u", "as", "a{sv}", "a{ss}", "aa{sv}", "aa{ss}"]


def padded(data, to):
    return data + b"\0" * (-len(data) % to)


def text(value):
    value = value.encode()
    return struct.pack("<I", len(value)) + value + b"\0"


def signature(value):
    return bytes([len(value)]) + value.encode() + b"\0"


def array(items, to):
    """Items that begin at multiples of `to`; the array itself begins at one of 8, and so do its items after the length."""
    data = b""
    for item in items:
        data = padded(data, to) + item
    return struct.pack("<I", len(data)) + (b"\0" * 4 if to == 8 else b"") + data


def variant(value, at):
    """A text in a variant that begins `at` bytes after a multiple of 8."""
    head = signature("s")
    return head + b"\0" * (-(at + len(head)) % 4) + text(value)


def pair(key, value, variants):
    key = text(key)
    if variants:
        return key + variant(value, len(key))
    return padded(key, 4) + text(value)


def dictionary(variants):
    pairs = [("general.id", "ru.x"), ("general.version", "1.2"), ("link", "muster://x")]
    return array([pair(key, value, variants) for key, value in pairs], 8)


def dictionaries(variants):
    """One alone: after both lengths its pairs are at a multiple of 8 as they are."""
    pairs = dictionary(variants)[8:]
    return struct.pack("<II", 4 + len(pairs), len(pairs)) + pairs


def message(shape, body):
    field = lambda code, kind, value: bytes([code]) + signature(kind) + value
    answers = field(5, "u", struct.pack("<I", 7))
    fields = padded(answers, 8) + field(8, "g", signature(shape))
    return padded(struct.pack("<4sII", b"l\2\0\1", len(body), 9) + struct.pack("<I", len(fields)) + fields, 8) + body


bodies = {
    "s": text("KVADRA_T"),
    "v": variant("5.2.1.5", 0),
    "b": struct.pack("<I", 1),
    "u": struct.pack("<I", 2),
    "as": array([text("ru.auroraos.Notes"), text("x")], 4),
    "a{sv}": dictionary(True),
    "a{ss}": dictionary(False),
    "aa{sv}": dictionaries(True),
    "aa{ss}": dictionaries(False),
}
target.mkdir(parents=True, exist_ok=True)
for nth, shape in enumerate(SHAPES):
    (target / f"body-{nth}").write_bytes(bytes([2 * nth]) + bodies[shape])
    (target / f"message-{nth}").write_bytes(message(shape, bodies[shape]))
