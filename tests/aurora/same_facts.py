#!/usr/bin/env python3
"""Usage: tests/aurora/same_facts.py REPORT REPORT [REPORT REPORT]...

Compares what pairs of reports (`muster-agent report --json`) say of a device and its applications, claim for claim. Prints `yes` and how
many claims there were, or what differs; exit status 1 if something does.
"""

import json
import pathlib
import sys

PARTS = ("device", "apps")


def claims(value, path=""):
    """Every leaf with its path."""
    if isinstance(value, dict) and value:
        for key, inner in value.items():
            yield from claims(inner, f"{path}.{key}" if path else key)
    elif isinstance(value, list) and value:
        for nth, inner in enumerate(value):
            yield from claims(inner, f"{path}[{nth}]")
    else:
        yield path, value


def facts(path):
    report = json.loads(pathlib.Path(path).read_text())["report"]
    submods = report["payload"]["submods"]
    return dict(claim for part in PARTS for claim in claims(submods[part], part))


def main():
    paths = sys.argv[1:]
    if not paths or len(paths) % 2:
        sys.exit(__doc__)
    count, wrong = 0, []
    for left, right in zip(paths[::2], paths[1::2], strict=True):
        one, two = facts(left), facts(right)
        count += len(one)
        wrong += [f"{key}: {one.get(key)} and {two.get(key)}" for key in sorted(one.keys() | two.keys()) if one.get(key) != two.get(key)]
    print("; ".join(["no", *wrong[:6]]) if wrong else f"yes ({count} claims of {len(paths) // 2} devices)")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
