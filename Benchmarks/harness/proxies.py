"""The proxies: one thread each, mutual TLS with HTTP/2 in front, HTTP/2 to a unix socket behind.

What has a default keeps it, but for limits that would cut off a call of these scenarios: times, streams and requests.
"""
import json
import os
import shutil
import subprocess
import time

from .processes import Broken, Process, children


class Proxy:
    """A proxy with our own server behind it."""

    def __init__(self, process, backend_pid=None):
        self.process = process
        self._backend_pid = backend_pid

    @property
    def backend_pid(self):
        """The replica: for a node its child, for the others a server of its own."""
        if self._backend_pid is None:
            found = children(self.process.pid)
            if len(found) != 1:
                raise Broken(f"the node has {len(found)} children instead of one")
            self._backend_pid = found[0]
        return self._backend_pid

    def workers(self):
        return [pid for pid in children(self.process.pid) if pid != self.backend_pid]

    @classmethod
    def start(cls, stack, address, folder, cores, programs, running):
        """Starts it and what is behind it, and waits until a call gets through; `running` takes what was started."""
        port = int(address.partition(":")[2])
        backend_pid = None
        if stack.startswith("hector"):
            command = _agent(port, folder, programs, auto_mtls=stack == "hector-automtls")
        else:
            socket = folder / "backend.sock"
            backend = Process("backend", [programs.ours, "server", f"unix:{socket}"], folder, cores, reads=True)
            running.append(backend)
            backend.expect("READY", 20)
            backend_pid = backend.pid
            command = {"envoy": _envoy, "haproxy": _haproxy, "nginx": _nginx}[stack](port, socket, folder, programs)
        process = Process(stack, command, folder, cores)
        running.append(process)
        proxy = cls(process, backend_pid)
        proxy._wait(address, folder, programs)
        return proxy

    def _wait(self, address, folder, programs):
        environment = {**os.environ, **programs.environment, "PLUGIN": "benchmark"}
        end = time.monotonic() + 30
        while True:
            self.process.require_running()
            attempt = subprocess.run(
                [programs.ours, "client", address, "unary-1", "0.01"], cwd=folder, env=environment,
                stdin=subprocess.DEVNULL, capture_output=True, text=True)
            if attempt.returncode == 0:
                return
            if time.monotonic() > end:
                raise Broken(f"no call gets through {self.process.name}: {attempt.stderr.strip()[-300:]}; see {self.process.log}")
            time.sleep(0.1)


def _agent(port, folder, programs, auto_mtls):
    plugin = programs.work / "plugin/benchmark"
    plugin.parent.mkdir(exist_ok=True)
    shutil.copy(programs.ours, plugin)
    shutil.copy(programs.manifest, plugin.parent)
    (folder / "agent.yaml").write_text(f"""\
agent:
  name: benchmark
  listen: 127.0.0.1:{port}
  drain_timeout: 0s
mesh:
  name: benchmark
  tls:
    ca: {programs.certificates}/ca.pem
    certificate: {programs.certificates}/server.pem
    key: {programs.certificates}/server.key
  announce:
    avahi: false
plugins:
  llm_providers:
    benchmark:
      path: {plugin}
      auto_mtls: {"required" if auto_mtls else "off"}
""")
    return [programs.agent, "run", "--config", folder / "agent.yaml", "--log-level", "warning"]


def _haproxy(port, socket, folder, programs):
    certificates = programs.certificates
    (folder / "haproxy.cfg").write_text(f"""\
global
    nbthread 1
    tune.h2.max-concurrent-streams 1000
defaults
    mode http
    timeout connect 5s
    timeout client 1h
    timeout server 1h
    http-reuse always
frontend front
    bind 127.0.0.1:{port} ssl crt {certificates}/server-bundle.pem ca-file {certificates}/ca.pem verify required alpn h2 ssl-min-ver TLSv1.3
    default_backend replicas
backend replicas
    server replica unix@{socket} proto h2
""")
    return [programs.unpacked / "usr/sbin/haproxy", "-db", "-f", folder / "haproxy.cfg"]


def _nginx(port, socket, folder, programs):
    certificates = programs.certificates
    # The worker of a master that runs as root would be another user, who may not open the socket.
    user = "user root;" if os.geteuid() == 0 else ""
    paths = "\n    ".join(
        f"{kind}_temp_path {folder}/nginx-{kind};" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
    (folder / "nginx.conf").write_text(f"""\
{user}
daemon off;
worker_processes 1;
pid {folder}/nginx.pid;
error_log stderr warn;
events {{ worker_connections 4096; }}
http {{
    {paths}
    access_log off;
    client_max_body_size 0;
    http2_max_concurrent_streams 1000;
    keepalive_requests 1000000000;
    keepalive_timeout 1h;
    upstream replicas {{
        server unix:{socket};
        keepalive 1000;
        keepalive_requests 1000000000;
        keepalive_timeout 1h;
    }}
    server {{
        listen 127.0.0.1:{port} ssl http2;
        ssl_certificate {certificates}/server.pem;
        ssl_certificate_key {certificates}/server.key;
        ssl_client_certificate {certificates}/ca.pem;
        ssl_verify_client on;
        ssl_protocols TLSv1.3;
        location / {{
            grpc_pass grpc://replicas;
            grpc_read_timeout 1h;
            grpc_send_timeout 1h;
        }}
    }}
}}
""")
    return [programs.unpacked / "usr/sbin/nginx", "-e", "stderr", "-c", folder / "nginx.conf", "-p", folder]


def _envoy(port, socket, folder, programs):
    def file(name):
        return {"filename": str(programs.certificates / name)}

    extensions = "type.googleapis.com/envoy.extensions"
    tls = {
        "@type": f"{extensions}.transport_sockets.tls.v3.DownstreamTlsContext",
        "require_client_certificate": True,
        "common_tls_context": {
            "alpn_protocols": ["h2"],
            "tls_params": {"tls_minimum_protocol_version": "TLSv1_3"},
            "tls_certificates": [{"certificate_chain": file("server.pem"), "private_key": file("server.key")}],
            "validation_context": {"trusted_ca": file("ca.pem")},
        },
    }
    manager = {
        "@type": f"{extensions}.filters.network.http_connection_manager.v3.HttpConnectionManager",
        "stat_prefix": "front", "codec_type": "HTTP2", "stream_idle_timeout": "0s",
        "http2_protocol_options": {"max_concurrent_streams": 1000},
        "http_filters": [{
            "name": "envoy.filters.http.router", "typed_config": {"@type": f"{extensions}.filters.http.router.v3.Router"}}],
        "route_config": {"virtual_hosts": [{
            "name": "all", "domains": ["*"],
            "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "replicas", "timeout": "0s"}}]}]},
    }
    http2 = {
        "@type": f"{extensions}.upstreams.http.v3.HttpProtocolOptions",
        "explicit_http_config": {"http2_protocol_options": {"max_concurrent_streams": 1000}},
    }
    configuration = {"static_resources": {
        "listeners": [{
            "address": {"socket_address": {"address": "127.0.0.1", "port_value": port}},
            "filter_chains": [{
                "transport_socket": {"name": "envoy.transport_sockets.tls", "typed_config": tls},
                "filters": [{"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}],
            }],
        }],
        "clusters": [{
            "name": "replicas", "type": "STATIC",
            "typed_extension_protocol_options": {"envoy.extensions.upstreams.http.v3.HttpProtocolOptions": http2},
            "load_assignment": {"cluster_name": "replicas", "endpoints": [{
                "lb_endpoints": [{"endpoint": {"address": {"pipe": {"path": str(socket)}}}}]}]},
        }],
    }}
    (folder / "envoy.json").write_text(json.dumps(configuration, indent=1))
    # The program itself, not the package's script around it, so that its process is the one that is measured.
    return [programs.envoy(), "-c", folder / "envoy.json", "--concurrency", "1", "--log-level", "error",
            "--disable-hot-restart"]
