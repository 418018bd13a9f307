#!/usr/bin/env python3
"""Usage: seeds.py FOLDER

Where the targets `document` and `expression` begin: the examples of the policy reference, and each of its expressions with every report that
stands in FOLDER/report already.
"""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
HEAD = "policy: seed\nrules:\n"
TAIL = "assign: [{ org: org }]\n"


def write(folder: Path, seeds: list[bytes]) -> None:
    if not seeds:
        sys.exit(f"{folder.name}: the policy reference has no example")
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        (folder / str(number)).write_bytes(seed)


def main() -> None:
    folder = Path(sys.argv[1])
    page = (ROOT / "docs/policy-reference.md").read_text()
    blocks = re.findall(r"^```yaml\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    documents = [block if block.startswith("policy:") else HEAD + block + TAIL for block in blocks]
    documents += [path.read_text() for path in sorted((ROOT / "catalogue/policies").glob("*.yaml"))]
    write(folder / "document", [text.encode() for text in documents])
    expressions = re.findall(r"^ *expect: '(.*)'$", page, re.MULTILINE)
    reports = sorted((folder / "report").iterdir())
    write(folder / "expression", [e.encode() + b"\0" + r.read_bytes() for e in expressions for r in reports])


main()
