"""Builds and installs what takes part, only what a run needs and only when it is out of date."""
import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

from .processes import Broken

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ROOT / "Benchmarks/programs"
SERVER = "echo"  # The node whose certificate all servers show, and the host whose all clients show.
MESH = "benchmark"
NODES = 4  # At most, of one scenario.


def note(text):
    print(text, file=sys.stderr, flush=True)


def run(*command, cwd=ROOT, environment=None):
    """Runs a command with its output on standard error."""
    command = [str(word) for word in command]
    result = subprocess.run(command, cwd=cwd, env={**os.environ, **(environment or {})}, stdout=sys.stderr)
    if result.returncode:
        raise Broken(f"{' '.join(command)} failed with status {result.returncode}")


class Programs:
    """Where the programs lie, once `prepare` has made them."""

    def __init__(self, hector=None, build="release"):
        """
        Args:
            hector: The program to measure as `hector`, with a hector-plugin-agent beside it; by default it is built.
            build: Of our programs: release or debug.
        """
        self.work = ROOT / ".build-benchmark"
        self.scratch = self.work / "scratch"
        self.certificates = self.work / "certificates"
        self.counter = self.work / "count.so"
        self._build = build
        swift = ROOT / ".build" / build
        self.ours = swift / "rpc-benchmark"
        self.agent = swift / "hector-plugin-agent"
        self.hector = hector or swift / "hector"
        self.agent_beside_hector = self.hector.with_name("hector-plugin-agent")
        self._is_given = hector is not None
        self.echo = swift / "front-echo"
        self.echo_manifest = SOURCES / "front-echo.plugin.yaml"
        self.floor = swift / "front-floor"
        self.front = self.work / "front-c"
        self.unpacked = self.work / "proxies"
        self.envoy_folder = self.work / "envoy"
        self.manifest = SOURCES / "benchmark.plugin.yaml"
        self._paths = {
            "hector": self.ours, "hector-offloop": self.ours, "hector-metrics": self.ours,
            "grpc-go": self.work / "grpc-go", "grpc-cpp": self.work / "grpc-cpp", "tls-floor": self.work / "tls-floor",
        }
        self.environment = {
            "CERTIFICATES": str(self.certificates), "SERVER_NAME": f"{SERVER}.agents.{MESH}.hector.internal"}

    def of(self, stack):
        return self._paths[stack]

    def client(self, scenario, stack):
        return self.front if scenario.front else self.ours if scenario.through_proxy else self.of(stack)

    def python(self, name):
        """The programs of a private Python environment."""
        return self.work / name / "bin"

    def envoy(self):
        """The program inside the Python package."""
        found = sorted(self.envoy_folder.glob("lib/python*/site-packages/envoy/_bin/envoy"))
        if not found:
            raise Broken(f"there is no Envoy in {self.envoy_folder}")
        return found[0]

    def versions(self, suite):
        """Of the peers, as they call themselves."""
        if suite == "front":
            return {
                "sglang-router": _wheel("sglang-router"), "LiteLLM": _wheel("litellm"), "Hummingbird": _resolved("hummingbird")}
        return {
            "grpc-go": _package("golang-google-grpc-dev"), "gRPC C++": _package("libgrpc++-dev"),
            "OpenSSL": _package("libssl3"), "Envoy": _first_version(self.envoy(), "--version"),
            "HAProxy": _first_version(self.unpacked / "usr/sbin/haproxy", "-v"),
            "nginx": _first_version(self.unpacked / "usr/sbin/nginx", "-v"),
        }

    def prepare(self, selected):
        """Makes what the selected (scenario, stack) pairs need."""
        stacks = {stack for scenario, stack in selected if not scenario.through_proxy and not scenario.front}
        fronts = {stack for scenario, stack in selected if scenario.front}
        proxies = {stack for scenario, stack in selected if scenario.through_proxy}
        prerequisites = ROOT / "deploy/prerequisites"
        run(prerequisites, "swift", "build", *(["bench"] if stacks or proxies else []))
        self._make_certificates()
        if proxies or stacks & {"hector", "hector-offloop", "hector-metrics"}:
            self._swift("rpc-benchmark")
        if proxies & {"hector", "hector-automtls"}:
            self._swift("hector-plugin-agent")
        if proxies & {"haproxy", "nginx"}:
            run(prerequisites, "programs", self.unpacked, "haproxy", "nginx")
        if "envoy" in proxies:
            run(prerequisites, "python", self.envoy_folder, SOURCES / "envoy-requirements.txt")
        for name in sorted(fronts & {"sglang-router", "litellm"}):
            run(prerequisites, "python", self.work / name, SOURCES / f"{name}-requirements.txt")
        if fronts:
            self._front(fronts, with_nodes=any(scenario.nodes for scenario, _ in selected))
        if "grpc-go" in stacks:
            self._grpc_go()
        if "grpc-cpp" in stacks:
            self._grpc_cpp()
        if "tls-floor" in stacks:
            shim = ROOT / "Sources/COpenSSL/shim.h"
            self._c(self.of("tls-floor"), SOURCES / "tls-floor/floor.c", f"-I{shim.parent}", "-lssl", "-lcrypto", also=shim)
        self._counter()

    def prepare_allocations(self, products):
        """Makes what `allocations.py` needs."""
        self.scratch.mkdir(parents=True, exist_ok=True)
        run(ROOT / "deploy/prerequisites", "swift", "build", "run")
        self._make_certificates()
        self._front_client()
        self._counter()
        for product in products:
            self._swift(product)

    def _make_certificates(self):
        run(ROOT / "certs/make-dev-certs", self.certificates, "--mesh", MESH, "--host", "client", "--agent", SERVER,
            *(word for index in range(NODES) for word in ("--agent", f"node-{index}")))
        for name, target in (("client", "host-client"), ("server", f"agent-{SERVER}")):
            for ending in (".pem", ".key"):
                link = self.certificates / (name + ending)
                if not link.is_symlink():
                    link.symlink_to(target + ending)
        # HAProxy reads certificate and key from one file.
        bundle = self.certificates / "server-bundle.pem"
        bundle.touch(mode=0o600)
        bundle.write_text("".join((self.certificates / f"server{ending}").read_text() for ending in (".pem", ".key")))

    def _swift(self, product):
        note(f"building {product}")
        optimised = ("-c", "release", "--static-swift-stdlib") if self._build == "release" else ()
        run("swift", "build", "--package-path", ROOT, *optimised, "--product", product)

    def _counter(self):
        self._c(self.counter, SOURCES / "allocations/count.c", "-shared", "-fPIC")

    def _front_client(self):
        sources = SOURCES / "front"
        if not is_newer(self.front, *sources.iterdir()):
            run("cc", "-O2", "-Wall", *sorted(sources.glob("*.c")), "-o", self.front)

    def _front(self, stacks, with_nodes):
        self._front_client()
        if "hector" in stacks:
            self._swift("front-echo")
            if not self._is_given:
                self._swift("hector")
                if with_nodes:
                    self._swift("hector-plugin-agent")
        if "hummingbird-floor" in stacks:
            self._swift("front-floor")

    def _grpc_go(self):
        source, program = SOURCES / "grpc-go/echo.go", self.of("grpc-go")
        if not is_newer(program, source):
            note("building grpc-go")
            run("go", "build", "-o", program, source, environment={"GO111MODULE": "off", "GOPATH": "/usr/share/gocode"})

    def _grpc_cpp(self):
        folder, program = SOURCES / "grpc-cpp", self.of("grpc-cpp")
        if is_newer(program, folder / "echo.cc", folder / "echo.proto"):
            return
        note("building grpc-cpp")
        generated = self.work / "grpc-cpp-generated"
        generated.mkdir(exist_ok=True)
        run("protoc", f"-I{folder}", f"--cpp_out={generated}", f"--grpc_out={generated}",
            f"--plugin=protoc-gen-grpc={shutil.which('grpc_cpp_plugin')}", folder / "echo.proto")
        flags = subprocess.check_output(["pkg-config", "--cflags", "--libs", "grpc++", "protobuf"], text=True).split()
        run("g++", "-O2", "-std=c++17", f"-I{generated}", folder / "echo.cc", generated / "echo.pb.cc",
            generated / "echo.grpc.pb.cc", *flags, "-o", program)

    def _c(self, program, source, *flags, also=None):
        if not is_newer(program, source, *([also] if also else [])):
            run("cc", "-O2", "-Wall", source, *flags, "-o", program)


def _wheel(name):
    return (SOURCES / f"{name}-requirements.txt").read_text().strip().partition("==")[2]


def _resolved(name):
    """The version of a Swift package that we build with."""
    resolved = ROOT / "Package.resolved"
    pins = json.loads(resolved.read_text())["pins"] if resolved.exists() else []
    return next((pin["state"].get("version") for pin in pins if pin["identity"] == name), "unknown")


def _package(name):
    result = subprocess.run(["dpkg-query", "-W", "-f=${Version}", name], capture_output=True, text=True)
    return result.stdout.strip() or "unknown"


def _first_version(program, option):
    result = subprocess.run([program, option], capture_output=True, text=True)
    found = re.search(r"\b\d+\.\d+\.\d+\b", result.stdout + result.stderr)
    return found.group() if found else "unknown"


def is_newer(product, *sources):
    return product.exists() and all(product.stat().st_mtime > source.stat().st_mtime for source in sources)
