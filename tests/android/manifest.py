"""The manifest of a finished package, as the resource compiler prints it."""

import re
import subprocess


class Element:
    """An element with its attributes, by the name after the last colon, and what is inside."""

    def __init__(self, kind):
        self.kind, self.attributes, self.inside = kind, {}, []

    def all(self, kind):
        """Every element of this kind below, at any depth."""
        for child in self.inside:
            if child.kind == kind:
                yield child
            yield from child.all(kind)

    def names(self, kind):
        return [child.attributes.get("name", "") for child in self.all(kind)]


ATTRIBUTE = re.compile(r'A: (?:\S+:)?(\w+)(?:\(0x[0-9a-f]+\))?=(?:"(.*?)" \(Raw: .*|"(.*)"|(.*))$')


def read(aapt2, package):
    """The manifest's outermost element."""
    command = [aapt2, "dump", "xmltree", "--file", "AndroidManifest.xml", package]
    printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    top = Element("")
    stack = [(-1, top)]
    for line in printed.splitlines():
        depth, text = len(line) - len(line.lstrip()), line.strip()
        if text.startswith("E: "):
            element = Element(text[3:].split(" ")[0])
            while stack[-1][0] >= depth:
                stack.pop()
            stack[-1][1].inside.append(element)
            stack.append((depth, element))
        elif match := ATTRIBUTE.match(text):
            name, quoted, plain, bare = match.groups()
            stack[-1][1].attributes[name] = next(v for v in (quoted, plain, bare) if v is not None)
    return next(top.all("manifest"))


def number(text):
    return int(text, 0) if text else None
