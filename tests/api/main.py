"""The API against its document: schemathesis tries every operation, and a client that is generated from the document does a day's work."""

import os
import re
import subprocess
import sys
import tempfile
import traceback
from pathlib import Path

from world import ROOT, World

DOCUMENT = ROOT / "server/openapi.json"
TOOLS = Path(sys.executable).parent
# seconds for schemathesis
BUDGET = os.environ.get("MUSTER_API_SECONDS", "60")
# requests for each operation, on average: with fewer it was not tried
LEAST = 10


def tries(world):
    """schemathesis finds nothing."""
    here = ROOT / "tests/api"
    command = [
        TOOLS / "schemathesis", "--config-file", here / "schemathesis.toml", "run", DOCUMENT, "--url", world.url,
        # making up the next request can take longer than the server keeps an idle connection: each request has one of its own
        "--header", f"Authorization: Bearer {world.token}", "--header", "Connection: close", "--tls-verify", world.ca, "--max-time", BUDGET, "--no-color",
    ]
    environment = dict(os.environ, SCHEMATHESIS_HOOKS="hooks", PYTHONPATH=str(here), MUSTER_DEVICES=",".join(world.devices))
    with tempfile.TemporaryDirectory() as empty:
        done = subprocess.run(command, cwd=empty, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    counts = counted(done.stdout)
    enough = counts["selected"] > 0 and counts["tested"] == counts["selected"] and counts["generated"] >= LEAST * counts["tested"]
    if done.returncode != 0 or not enough:
        print(done.stdout)
    print("schemathesis: {tested} of {selected} operations, {generated} requests".format(**counts))
    return done.returncode == 0 and enough


def counted(said):
    """What schemathesis says of itself; 0 for what it doesn't say."""
    patterns = {"selected": r"Selected: (\d+)/", "tested": r"Tested: (\d+)", "generated": r"(\d+) generated"}
    found = {name: re.search(pattern, said) for name, pattern in patterns.items()}
    return {name: int(match[1]) if match else 0 for name, match in found.items()}


def works(world):
    """A client of the document's own making does what an administrator does."""
    with tempfile.TemporaryDirectory() as folder:
        made = Path(folder) / "muster_client"
        command = [
            TOOLS / "openapi-python-client", "generate", "--path", DOCUMENT, "--meta", "none", "--output-path", made,
            "--config", ROOT / "tests/api/client.yaml", "--fail-on-warning",
        ]
        environment = dict(os.environ, PATH=f"{TOOLS}:{os.environ['PATH']}")
        done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        if done.returncode != 0:
            print(done.stdout)
            return False
        sys.path.insert(0, folder)
        import client

        client.work(world)
    return True


def main():
    passed = failed = 0
    with World() as world:
        for name, test in (("a generated client does a day's work", works), ("schemathesis finds nothing", tries)):
            try:
                ok = test(world)
            except Exception:
                traceback.print_exc()
                ok = False
            print(f"{'ok' if ok else 'FAILED'}: {name}")
            passed, failed = passed + ok, failed + (not ok)
    print(f"api: {passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
