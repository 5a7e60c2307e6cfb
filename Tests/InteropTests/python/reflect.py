"""Starts one LLM plugin that echoes, or one node, and calls it with what its reflection service says, and nothing else.

reflect.py PLUGIN [--auto-mtls]
reflect.py AGENT --agent CERTS     AGENT is hector-plugin-agent, with echo-llm beside it
"""

import argparse
import pathlib
import re
import subprocess
import tempfile
import threading
import time

import grpc
from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import plugin_host
from checks import check


class Caller:
    """Makes unary calls from descriptors that the server sent."""

    def __init__(self, channel, pool):
        self.channel, self.pool = channel, pool

    def __call__(self, service: str, method: str, /, metadata=(), **fields):
        described = self.pool.FindServiceByName(service).FindMethodByName(method)
        request, response = map(message_factory.GetMessageClass, (described.input_type, described.output_type))
        call = self.channel.unary_unary(f"/{service}/{method}", request.SerializeToString, response.FromString)
        return call(request(**fields), timeout=30, metadata=metadata)


def describe(channel, wanted: set):
    """A pool that knows what the server says, once that is exactly these services."""
    database = ProtoReflectionDescriptorDatabase(channel)
    wanted = wanted | {
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection"}
    offered = set(database.get_services())
    check("lists what it offers, and nothing else", offered == wanted, " ".join(sorted(offered ^ wanted)))

    # A pool of its own: what the imports above brought into the default one does not count.
    pool = descriptor_pool.DescriptorPool(database)
    for service in sorted(offered):
        methods = [method.name for method in pool.FindServiceByName(service).methods]
        check(f"describes {service}", methods != [], " ".join(methods))
    return pool


def exercise_plugin(channel):
    pool = describe(channel, {"hector.plugin.LLMProvider", "plugin.GRPCController"})
    generate = pool.FindServiceByName("hector.plugin.LLMProvider").FindMethodByName("GenerateStreaming")
    check("tells streams from single answers", generate.server_streaming and not generate.client_streaming)
    fields = [field.name for field in generate.input_type.fields]
    check("describes a message", fields[:1] == ["messages"], " ".join(fields))
    try:
        pool.FindServiceByName("no.such.Service")
        check("a service that is not there is not found", False)
    except KeyError:
        check("a service that is not there is not found", True)

    call = Caller(channel, pool)
    health = call("grpc.health.v1.Health", "Check", service="plugin")
    check("calls Health/Check", health.status == 1)
    check("calls Initialize", call("hector.plugin.LLMProvider", "Initialize", config={}).success)
    generated = call("hector.plugin.LLMProvider", "Generate", messages=[{"role": "user", "content": "hello there"}])
    check("calls Generate", "hello there" in generated.text, repr(generated.text))


def exercise_agent(program: str, certificates: pathlib.Path, directory: str):
    """The node a1 of the mesh `demo`: a host of the mesh may ask, a stranger may not."""
    configuration = pathlib.Path(directory, "agent.yaml")
    configuration.write_text(f"""
agent: {{name: a1, listen: "127.0.0.1:0"}}
mesh:
  name: demo
  tls: {{ca: {certificates}/ca.pem, certificate: {certificates}/agent-a1.pem, key: {certificates}/agent-a1.key}}
  announce: {{avahi: false}}
plugins:
  llm_providers: {{echo-llm: {{path: {pathlib.Path(program).resolve().with_name("echo-llm")}}}}}
""")
    agent = subprocess.Popen(
        [program, "run", "--config", configuration], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    watchdog = threading.Timer(60, agent.kill)
    watchdog.start()
    try:
        said, found = "", None
        while not found and (line := agent.stdout.readline()):
            said += line
            found = re.search(r"endpoint=(\S+) .*listening", line)
        check("the node listens", found is not None, said.strip())
        threading.Thread(target=agent.stdout.read, daemon=True).start()

        key, certificate = ((certificates / f"host-dev.{kind}").read_bytes() for kind in ("key", "pem"))
        credentials = grpc.ssl_channel_credentials((certificates / "ca.pem").read_bytes(), key, certificate)
        options = [("grpc.ssl_target_name_override", "a1.agents.demo.hector.internal")]
        with grpc.secure_channel(found[1], credentials, options) as channel:
            # The kinds of plugins that it has, of which there is one, and no other.
            pool = describe(channel, {"hector.mesh.v1.Node", "hector.plugin.LLMProvider"})
            call = Caller(channel, pool)
            check("calls Health/Check", call("grpc.health.v1.Health", "Check").status == 1)
            plugin = [("hector-plugin", "echo-llm")]
            # The plugin may still be starting.
            for attempt in range(60):
                try:
                    generated = call(
                        "hector.plugin.LLMProvider", "Generate", metadata=plugin,
                        messages=[{"role": "user", "content": "through the node"}])
                    break
                except grpc.RpcError as error:
                    if attempt == 59 or error.code() != grpc.StatusCode.UNAVAILABLE:
                        raise
                    time.sleep(0.5)
            check("calls a plugin of the node", generated.text == "through the node", repr(generated.text))
            try:
                call("hector.plugin.LLMProvider", "Initialize", metadata=plugin, config={})
                check("may not do what is its node's alone", False)
            except grpc.RpcError as error:
                check("may not do what is its node's alone", error.code() == grpc.StatusCode.PERMISSION_DENIED)
        credentials = grpc.ssl_channel_credentials((certificates / "ca.pem").read_bytes())
        with grpc.secure_channel(found[1], credentials, options) as stranger:
            try:
                ProtoReflectionDescriptorDatabase(stranger).get_services()
                check("a stranger learns nothing", False)
            except grpc.RpcError as error:
                check("a stranger learns nothing", error.code() == grpc.StatusCode.UNAVAILABLE)
        agent.terminate()
        check("the agent ends", agent.wait(30) == 0)
    finally:
        watchdog.cancel()
        agent.kill()
        agent.wait()


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("program")
    arguments.add_argument("--auto-mtls", action="store_true")
    arguments.add_argument("--agent", type=pathlib.Path, metavar="CERTS")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="hp-") as directory:
        if options.agent:
            return exercise_agent(options.program, options.agent, directory)
        process, key, certificate = plugin_host.start(options.program, directory, options.auto_mtls)
        try:
            with plugin_host.connect(plugin_host.shake_hands(process), key, certificate) as channel:
                exercise_plugin(channel)
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
