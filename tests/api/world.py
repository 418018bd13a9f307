"""A real server with organisations, a policy and simulated phones that have reported."""

import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(os.environ["MUSTER_BIN"])
PHONES = 6


class World:
    """Runs while it is entered."""

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="muster-api-")
        self.data = Path(self._folder.name) / "data"
        self._running = []
        try:
            self._serve()
            self.muster("org", "add", "ministry", "--title", "The ministry")
            self.muster("org", "add", "agency", "--title", "An agency", "--parent", "ministry")
            self.muster("apply", str(ROOT / "tests/api/policy.yaml"))
            self.muster("agent-package", "add", str(ROOT / "server/apk/tests/apk/agent-0.1.0.apk"))
            self._enrol()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_):
        for process in self._running:
            process.terminate()
        for process in self._running:
            process.wait()
        self._folder.cleanup()

    def _serve(self):
        command = [BIN / "muster-server", "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--log", "error"]
        server = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self._running.append(server)
        for line in server.stdout:
            if line.startswith("ready "):
                self.url = line.split()[1] + "/api/v1"
                break
        else:
            raise RuntimeError("the server ended before it was ready")
        self.token = (self.data / "local-admin.token").read_text().strip()
        self.ca = self.data / "ca.pem"

    def _enrol(self):
        link = self.muster("enrol-token", "--org", "agency", "--uses", str(PHONES), "--approve", "auto")["link"]
        command = [BIN / "muster-fleet", "run", "--server-link", link, "--phones", str(PHONES), "--seed", "1", "--spread", "1s"]
        self._running.append(subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL))
        deadline = time.monotonic() + 60
        while True:
            self.devices = [one["id"] for one in self.muster("device", "list") if one["last_fresh"]]
            if len(self.devices) == PHONES:
                return
            if time.monotonic() > deadline:
                raise RuntimeError("the simulated phones have not reported")
            time.sleep(0.2)

    def muster(self, *words):
        """`muster … --json`"""
        command = [BIN / "muster", "--data", self.data, "--json", *words]
        done = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
        return json.loads(done.stdout) if done.stdout else None
