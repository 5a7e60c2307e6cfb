"""A mesh on this machine: programs of this clone as processes, with certificates and a folder of their own."""
import json
import os
import re
import shutil
import signal
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from harness.processes import Broken, Process, children
from harness.programs import ROOT, note, run

PLUGIN = "paced"
MESH = "live"
RELEASE = ROOT / ".build/release"
PRODUCTS = ("hector", "hector-plugin-agent", "paced-llm")


def build(products):
    run(ROOT / "deploy/prerequisites", "swift", "build")
    note(f"building {', '.join(products)}")
    run(ROOT / "deploy/release", *products)


class Node:
    """A `hector-plugin-agent` with one replica of the plugin."""

    def __init__(self, name, process, address):
        self.name = name
        self.process = process
        self.address = address

    @property
    def plugin(self):
        return plugin_of(self.process)


def plugin_of(process):
    """The process id of the plugin, which is a child of the program."""
    found = [pid for pid in children(process.pid) if _command(pid) == "paced-llm"]
    if len(found) != 1:
        raise Broken(f"{process.name} has {len(found)} plugins instead of one: see {process.log}")
    return found[0]


def _command(pid):
    try:
        return Path(f"/proc/{pid}/comm").read_text().strip()
    except OSError:
        return ""


def _started(pid):
    """When a process began, which tells it from a later one of the same id; None where it is gone."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19]
    except OSError:
        return None


class Mesh:
    """Use it with `with`: at the end nothing of it runs any more."""

    def __init__(self, name, nodes=(), hosts=("host",), keep=False):
        self.folder = Path(tempfile.mkdtemp(prefix="hector-live-"))
        self.name = name
        self.keep = keep
        self.nodes = {}
        self.host = None
        self.url = None
        self._running = []
        self._frozen = {}
        self._cores = os.sched_getaffinity(0)
        self._environment = {"TMPDIR": str(self.folder), "XDG_RUNTIME_DIR": str(self.folder)}
        plugins = self.folder / "plugins"
        plugins.mkdir()
        # Beside its manifest.
        shutil.copy(RELEASE / "paced-llm", plugins)
        shutil.copy(ROOT / "Benchmarks/live/paced.plugin.yaml", plugins)
        self._plugin = plugins / "paced-llm"
        self.certificates = self.folder / "certificates"
        options = [word for host in hosts for word in ("--host", host)] + [word for node in nodes for word in ("--agent", node)]
        made = subprocess.run(
            [ROOT / "certs/make-dev-certs", self.certificates, "--mesh", MESH, *options], capture_output=True, text=True)
        if made.returncode:
            raise Broken(f"make-dev-certs failed: {made.stderr.strip()}")

    def __enter__(self):
        return self

    def __exit__(self, kind, *_):
        for pid in list(self._frozen):
            self._kill(pid)
        for process in reversed(self._running):
            process.stop()
        if self.keep or (kind and kind is not KeyboardInterrupt):
            note(f"{self.name}: logs are in {self.folder}")
        else:
            shutil.rmtree(self.folder, ignore_errors=True)

    # What runs

    def start_node(self, name, **config):
        file = self.folder / f"{name}.yaml"
        file.write_text(f"""
agent: {{name: {name}, listen: "127.0.0.1:0"}}
mesh:
  name: {MESH}
  tls: {{ca: {self.certificates}/ca.pem, certificate: {self.certificates}/agent-{name}.pem, key: {self.certificates}/agent-{name}.key}}
  announce: {{avahi: false}}
plugins:
  llm_providers:
    {PLUGIN}: {self._entry(config)}
""")
        process = self._start(name, [RELEASE / "hector-plugin-agent", "run", "--config", file])
        self.nodes[name] = Node(name, process, self._address(process))
        return self.nodes[name]

    def write_host(self, name, call_timeout, plugin=None):
        """The configuration of a host that uses all nodes, and with `plugin` a replica of its own."""
        file = self.folder / f"{name}.yaml"
        addresses = ", ".join(f'"{node.address}"' for node in self.nodes.values())
        file.write_text(f"""
server: {{listen: "127.0.0.1:0"}}
mesh:
  name: {MESH}
  tls: {{ca: {self.certificates}/ca.pem, certificate: {self.certificates}/host-{name}.pem, key: {self.certificates}/host-{name}.key}}
  sources: {{avahi: false, static: [{addresses}]}}
  call_timeout: {call_timeout}
plugins:
  llm_providers:
    {PLUGIN}: {self._entry(plugin) if plugin is not None else "{enabled: true}"}
agents:
  {PLUGIN}: {{llm: {PLUGIN}}}
""")
        return file

    def start_host(self, call_timeout="30s", plugin=None):
        file = self.write_host("host", call_timeout, plugin)
        self.host = self._start("host", [RELEASE / "hector", "serve", "--config", file])
        self.url = self._address(self.host)
        self._wait_until_ready(len(self.nodes) + (plugin is not None))

    def replicas(self):
        """What the host says of each replica, by the name of its machine."""
        with urllib.request.urlopen(f"http://{self.url}/mesh", timeout=10) as response:
            return {replica["host"]: replica for replica in json.load(response)["replicas"]}

    def calls(self):
        """How many calls of each machine have ended."""
        return {host: replica["calls"] for host, replica in self.replicas().items()}

    def run(self, program, plan):
        """Runs a program to its end; returns what it says, a line each."""
        with open(self.folder / f"{program}.log", "wb") as log:
            result = subprocess.run(
                [RELEASE / program], input=json.dumps(plan).encode(), stdout=subprocess.PIPE, stderr=log, cwd=self.folder,
                env={**os.environ, "HECTOR_STATE_DIR": "none", **self._environment})
        if result.returncode:
            raise Broken(f"{program} ended with status {result.returncode}: see {log.name}")
        return [json.loads(line) for line in result.stdout.splitlines()]

    # What happens to it

    def freeze(self, *pids):
        for pid in pids:
            self._frozen[pid] = _started(pid)
            os.kill(pid, signal.SIGSTOP)

    def thaw(self, *pids):
        for pid in pids:
            started = self._frozen.pop(pid)
            # The program that started it may have given it up.
            if started is not None and _started(pid) == started:
                os.kill(pid, signal.SIGCONT)

    def _kill(self, pid):
        started = self._frozen.pop(pid)
        if started is not None and _started(pid) == started:
            os.kill(pid, signal.SIGKILL)

    # -

    def _entry(self, config):
        words = ", ".join(f"{key}: {value}" for key, value in config.items())
        return f"{{path: {self._plugin}, config: {{{words}}}}}"

    def _start(self, name, arguments):
        process = Process(name, arguments, self.folder, self._cores, self._environment)
        self._running.append(process)
        return process

    def _address(self, process, timeout=30):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            process.require_running()
            for line in process.log.read_text(errors="replace").splitlines():
                found = re.search(r"127\.0\.0\.1:\d+", line) if "listening" in line else None
                if found:
                    return found[0]
            time.sleep(0.02)
        raise Broken(f"{process.name} does not listen after {timeout} s: see {process.log}")

    def _wait_until_ready(self, count, timeout=60):
        end = time.monotonic() + timeout
        while time.monotonic() < end:
            self.host.require_running()
            ready = [replica for replica in self.replicas().values() if replica["state"] == "ready"]
            if len(ready) == count:
                return
            time.sleep(0.1)
        raise Broken(f"{len(ready)} of {count} replicas are ready after {timeout} s: see {self.host.log}")
