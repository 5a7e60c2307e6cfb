"""A host in Python for one LLM plugin: starts it, shakes hands, calls everything, stops it, checks each answer.

  plugin_host.py PLUGIN [--auto-mtls] [--prompt TEXT] [--config KEY=VALUE]...

Prints one line a check and exits 1 at the first that fails. gRPC for Python cannot verify the P-521 certificates that
go-plugin makes, so --auto-mtls is for plugins in other languages; Go ones have go-host.
"""

import argparse
import base64
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[3] / "proto"))

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

pb, services = grpc.protos_and_services("hector/plugin/plugin.proto")
controller_pb, controller_services = grpc.protos_and_services("goplugin/controller.proto")

from checks import check, self_signed  # noqa: E402


def start(plugin: str, directory: str, auto_mtls: bool):
    """The plugin's process, and the key and the certificate that it trusts: None without AutoMTLS."""
    environment = os.environ | {
        "HECTOR_PLUGIN": "hector_plugin_v1", "PLUGIN_PROTOCOL_VERSIONS": "1", "PLUGIN_MIN_PORT": "10000",
        "PLUGIN_MAX_PORT": "25000", "PLUGIN_UNIX_SOCKET_DIR": directory, "TMPDIR": directory}
    key = certificate = None
    if auto_mtls:
        key, certificate = self_signed("localhost")
        environment["PLUGIN_CLIENT_CERT"] = certificate.decode()
    process = subprocess.Popen([plugin], env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
    return process, key, certificate


def shake_hands(process) -> list:
    """The fields of the plugin's first line; fails when it takes too long."""
    watchdog = threading.Timer(60, process.kill)
    watchdog.start()
    line = process.stdout.readline().decode().strip()
    watchdog.cancel()
    threading.Thread(target=process.stdout.read, daemon=True).start()
    fields = line.split("|")
    check("handshake line", len(fields) >= 5 and fields[0] == "1" and fields[4] == "grpc", line[:80])
    return fields


def connect(fields, key, certificate):
    target = f"unix:{fields[3]}" if fields[2] == "unix" else fields[3]
    if key is None:
        return grpc.insecure_channel(target)
    check("plugin sent its certificate", len(fields) > 5 and len(fields[5]) > 50)
    der = base64.b64decode(fields[5] + "=" * (-len(fields[5]) % 4))
    leaf = "-----BEGIN CERTIFICATE-----\n" + base64.encodebytes(der).decode() + "-----END CERTIFICATE-----\n"
    credentials = grpc.ssl_channel_credentials(leaf.encode(), key, certificate)
    return grpc.secure_channel(target, credentials, options=[("grpc.ssl_target_name_override", "localhost")])


def exercise(channel, prompt: str, config: dict):
    health = health_pb2_grpc.HealthStub(channel)
    provider = services.LLMProviderStub(channel)
    answer = health.Check(health_pb2.HealthCheckRequest(service="plugin"), timeout=10)
    check("health service says SERVING", answer.status == health_pb2.HealthCheckResponse.SERVING)
    initialized = provider.Initialize(pb.InitializeRequest(config=config), timeout=600)
    check("Initialize", initialized.success, initialized.error)
    check("Health", provider.Health(pb.HealthRequest(), timeout=10).healthy)
    manifest = provider.GetManifest(pb.ManifestRequest(), timeout=10)
    check("GetManifest", manifest.type == "llm_provider", f"{manifest.name} {manifest.version}")
    check("GetStatus", provider.GetStatus(pb.StatusRequest(), timeout=10).status == "ready")
    check("GetModelInfo", provider.GetModelInfo(pb.Empty(), timeout=10).model_name != "")

    request = pb.GenerateRequest(messages=[pb.Message(role="user", content=prompt)])
    generated = provider.Generate(request, timeout=120)
    check("Generate", generated.text != "", f"{generated.tokens_used} tokens: {generated.text!r}")

    start = time.monotonic()
    chunks, first = [], None
    for chunk in provider.GenerateStreaming(request, timeout=120):
        first = first or time.monotonic() - start
        chunks.append(chunk)
    texts = [chunk.text for chunk in chunks if chunk.type == pb.TEXT]
    check("GenerateStreaming", len(texts) > 1, f"{len(texts)} pieces, the first after {first * 1000:.0f} ms, all after "
          f"{(time.monotonic() - start) * 1000:.0f} ms")
    check("the stream ends with DONE", chunks[-1].type == pb.DONE, f"{chunks[-1].tokens_used} tokens")

    stream = provider.GenerateStreaming(request, timeout=120)
    next(stream)
    stream.cancel()
    start = time.monotonic()
    provider.Generate(request, timeout=120)
    check("answers after a cancelled stream", True, f"{(time.monotonic() - start) * 1000:.0f} ms")
    try:
        provider.Generate(pb.GenerateRequest(), timeout=10)
        check("a request without messages is refused", False)
    except grpc.RpcError as error:
        check("a request without messages is refused", error.code() == grpc.StatusCode.INVALID_ARGUMENT, error.details())


def stop(channel, process):
    process.send_signal(signal.SIGINT)
    time.sleep(0.3)
    check("SIGINT is the host's, not the plugin's", process.poll() is None)
    services.LLMProviderStub(channel).Shutdown(pb.ShutdownRequest(), timeout=10)
    try:
        controller_services.GRPCControllerStub(channel).Shutdown(controller_pb.Empty(), timeout=10)
    except grpc.RpcError as error:
        check("Controller.Shutdown may end the connection", error.code() == grpc.StatusCode.UNAVAILABLE)
    check("the plugin exits by itself", process.wait(10) == 0)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("plugin")
    arguments.add_argument("--auto-mtls", action="store_true")
    arguments.add_argument("--prompt", default="Name three primary colours.")
    arguments.add_argument("--config", action="append", default=[], metavar="KEY=VALUE")
    options = arguments.parse_args()

    with tempfile.TemporaryDirectory(prefix="hp-") as directory:
        process, key, certificate = start(options.plugin, directory, options.auto_mtls)
        try:
            fields = shake_hands(process)
            if options.auto_mtls:
                refuse_strangers(fields)
            with connect(fields, key, certificate) as channel:
                exercise(channel, options.prompt, dict(pair.split("=", 1) for pair in options.config))
                stop(channel, process)
            check("no file is left behind", os.listdir(directory) == [], str(os.listdir(directory)))
        finally:
            process.kill()
            process.wait()


def refuse_strangers(fields):
    """A caller with a certificate of its own making must not get in."""
    with connect(fields, *self_signed("localhost")) as stranger:
        try:
            health_pb2_grpc.HealthStub(stranger).Check(health_pb2.HealthCheckRequest(service="plugin"), timeout=10)
            check("a stranger's certificate is refused", False)
        except grpc.RpcError as error:
            check("a stranger's certificate is refused", error.code() == grpc.StatusCode.UNAVAILABLE)


if __name__ == "__main__":
    main()
