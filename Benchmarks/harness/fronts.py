"""What takes calls over HTTP: Hector's host, the gateways of others, and the floor, each with what it has behind it.

What has a default keeps it, but for what would limit or record the calls of these scenarios.
"""
import json
import shutil
import time
import urllib.request

from .processes import Broken, Process, children, free_port

MODEL = "echo"
PLUGIN = "front-echo"


class Front:
    """The gateway that clients call, and the processes behind it."""

    def __init__(self, stack, scenario, folder, cores, programs, running, counts=None):
        """
        Starts both, and waits until a call gets through; `running` takes what was started.

        Args:
            counts: What counts Hector's allocations, where they are to be counted; it then has one event loop.
        """
        self._counts = counts
        self._folder, self._cores, self._programs, self._running = folder, cores, programs, running
        self.port = free_port()
        self.backend_pids = []
        if stack == "hector":
            self._hector(scenario.replicas, scenario.nodes)
        elif stack == "hummingbird-floor":
            self.process = self._start(stack, [programs.floor, "server", f"tcp:{self.port}"], reads=True)
        else:
            command = {"sglang-router": self._sglang_router, "litellm": self._litellm}[stack]
            self.process = self._start(stack, command([self._backend() for _ in range(2)]))
        self._wait(self._calls, "no call gets through")
        # Only now are all there that it starts.
        self.gateway_pids = [self.process.pid] if stack == "hector" else descendants(self.process.pid)

    def _start(self, name, command, reads=False, counts=None):
        one_loop = {"NIO_SINGLETON_GROUP_LOOP_COUNT": "1"} if counts else None
        process = Process(name, command, self._folder, self._cores, one_loop, reads=reads, counts=counts)
        self._running.append(process)
        if reads:
            process.expect("READY", 20)
        return process

    # Hector

    def _hector(self, replicas, nodes):
        """Replicas of its own, or divided among nodes."""
        folder, certificates = self._folder, self._programs.certificates
        plugin = self._programs.work / "front" / PLUGIN
        plugin.parent.mkdir(exist_ok=True)
        shutil.copy(self._programs.echo, plugin)
        shutil.copy(self._programs.echo_manifest, plugin.parent)

        def entry(count):
            return {"llm_providers": {PLUGIN: {"path": str(plugin), "replicas": count}}}

        def tls(name):
            files = {"ca": "ca.pem", "certificate": f"{name}.pem", "key": f"{name}.key"}
            return {key: str(certificates / file) for key, file in files.items()}

        def start(name, program, configuration, counts=None):
            # JSON is YAML.
            file = folder / f"{name}.yaml"
            file.write_text(json.dumps(configuration, indent=1))
            return self._start(name, [*program, "--config", file, "--log-level", "warning"], counts=counts)

        host = {
            "server": {"listen": f"127.0.0.1:{self.port}"}, "agents": {MODEL: {"llm": PLUGIN}},
            "plugins": {"llm_providers": {PLUGIN: {"enabled": True}}} if nodes else entry(replicas)}
        ports = [free_port() for _ in range(nodes)]
        processes = [
            start(f"node-{index}", [self._programs.agent_beside_hector, "run"], {
                "agent": {"name": f"node-{index}", "listen": f"127.0.0.1:{port}", "drain_timeout": "0s"},
                "mesh": {"name": "benchmark", "tls": tls(f"agent-node-{index}"), "announce": {"avahi": False}},
                "plugins": entry(replicas // nodes)})
            for index, port in enumerate(ports)]
        if nodes:
            host["mesh"] = {
                "name": "benchmark", "tls": tls("host-client"),
                "sources": {"avahi": False, "static": [f"127.0.0.1:{port}" for port in ports]}}
        self.process = start("hector", [self._programs.hector, "serve"], host, counts=self._counts)
        self._wait(lambda: self._ready() == replicas, f"fewer than {replicas} replicas are ready", timeout=120)
        self.backend_pids = children(self.process.pid) + [pid for node in processes for pid in descendants(node.pid)]

    def _ready(self):
        mesh = json.loads(self._ask("/mesh"))
        return sum(replica["state"] == "ready" for replica in mesh["replicas"])

    # Others

    def _backend(self):
        """A model server that echoes; returns its address."""
        port = free_port()
        process = self._start(f"backend-{port}", [self._programs.front, "server", f"tcp:{port}"], reads=True)
        self.backend_pids.append(process.pid)
        return f"http://127.0.0.1:{port}"

    def _sglang_router(self, backends):
        return [
            self._programs.python("sglang-router") / "smg", "launch", "--host", "127.0.0.1", "--port", self.port,
            "--worker-urls", *backends, "--policy", "power_of_two", "--log-level", "error", "--prometheus-port", free_port()]

    def _litellm(self, backends):
        configuration = {
            "model_list": [
                {"model_name": MODEL, "litellm_params": {"model": f"openai/{MODEL}", "api_base": f"{url}/v1", "api_key": "none"}}
                for url in backends],
            "litellm_settings": {"telemetry": False}}
        quiet = {"version": 1, "disable_existing_loggers": False, "loggers": {"uvicorn.access": {"level": "ERROR"}}}
        files = {"litellm.yaml": configuration, "litellm-log.json": quiet}
        for name, content in files.items():
            (self._folder / name).write_text(json.dumps(content, indent=1))
        return [
            "env", "LITELLM_LOG=ERROR", "LITELLM_MODE=PRODUCTION",
            # Prices are not asked for on the network, tokens may be alike, and no stream waits for another one's end.
            "LITELLM_LOCAL_MODEL_COST_MAP=True", "REPEATED_STREAMING_CHUNK_LIMIT=1000000",
            "AIOHTTP_CONNECTOR_LIMIT_PER_HOST=2000",
            self._programs.python("litellm") / "litellm", "--config", self._folder / "litellm.yaml",
            "--log_config", self._folder / "litellm-log.json", "--host", "127.0.0.1", "--port", self.port]

    # Until it serves

    def _calls(self):
        body = {"model": MODEL, "messages": [{"role": "user", "content": "ready?"}]}
        return b'"choices"' in self._ask("/v1/chat/completions", json.dumps(body).encode())

    def _ask(self, path, body=None):
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}", body, {"content-type": "application/json"} if body else {})
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.read()

    def _wait(self, condition, otherwise, timeout=60):
        end = time.monotonic() + timeout
        while True:
            self.process.require_running()
            try:
                if condition():
                    return
                reason = otherwise
            except OSError as error:
                reason = f"{otherwise}: {error}"
            if time.monotonic() > end:
                raise Broken(f"{self.process.name}: {reason} after {timeout} s: see {self.process.log}")
            time.sleep(0.1)


def descendants(pid):
    """The process and all that it has started."""
    return [pid] + [found for child in children(pid) for found in descendants(child)]
