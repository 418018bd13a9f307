#!/usr/bin/env python3
"""Usage: tests/android/surefire.py FOLDER

Adds up Maven's test reports: a line for each class, the failures, and the sum as every part of the gate prints it.
"""

import pathlib
import sys
import xml.etree.ElementTree


def main(folder):
    passed = failed = skipped = 0
    for report in sorted(pathlib.Path(folder).glob("TEST-*.xml")):
        suite = xml.etree.ElementTree.parse(report).getroot()
        count, left_out = int(suite.get("tests")), int(suite.get("skipped"))
        wrong = int(suite.get("failures")) + int(suite.get("errors"))
        passed, failed, skipped = passed + count - wrong - left_out, failed + wrong, skipped + left_out
        print(f"{'FAILED ' if wrong else 'ok     '} {suite.get('name').rpartition('.')[2]}: {count - wrong - left_out} of {count} ({suite.get('time')} s)")
        for case in suite.iter("testcase"):
            problem = case.find("failure") if case.find("failure") is not None else case.find("error")
            if problem is not None:
                print(f"        {case.get('name')}: {(problem.get('message') or problem.get('type') or '').splitlines()[:1]}")
    if skipped:
        print(f"{skipped} tests were left out")
    print(f"robolectric: {passed} passed, {failed} failed")
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    if len(sys.argv) != 2 or sys.argv[1].startswith("-"):
        print(__doc__.strip())
        sys.exit(2)
    sys.exit(main(sys.argv[1]))
