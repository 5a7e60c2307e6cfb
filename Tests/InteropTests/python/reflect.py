"""Starts one LLM plugin that echoes, and calls it with what its reflection service says, and nothing else.

reflect.py PLUGIN [--auto-mtls]
"""

import argparse
import tempfile

from google.protobuf import descriptor_pool, message_factory
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

import plugin_host
from checks import check


class Caller:
    """Makes unary calls from descriptors that the server sent."""

    def __init__(self, channel, pool):
        self.channel, self.pool = channel, pool

    def __call__(self, service: str, method: str, /, **fields):
        described = self.pool.FindServiceByName(service).FindMethodByName(method)
        request, response = map(message_factory.GetMessageClass, (described.input_type, described.output_type))
        call = self.channel.unary_unary(f"/{service}/{method}", request.SerializeToString, response.FromString)
        return call(request(**fields), timeout=30)


def exercise(channel):
    database = ProtoReflectionDescriptorDatabase(channel)
    offered = set(database.get_services())
    wanted = {
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        "hector.plugin.LLMProvider", "plugin.GRPCController"}
    check("lists the services of an LLM plugin, and no other", offered == wanted, " ".join(sorted(offered ^ wanted)))

    # A pool of its own: what the imports above brought into the default one does not count.
    pool = descriptor_pool.DescriptorPool(database)
    for service in sorted(offered):
        methods = [method.name for method in pool.FindServiceByName(service).methods]
        check(f"describes {service}", methods != [], " ".join(methods))
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


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("plugin")
    arguments.add_argument("--auto-mtls", action="store_true")
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="hp-") as directory:
        process, key, certificate = plugin_host.start(options.plugin, directory, options.auto_mtls)
        try:
            with plugin_host.connect(plugin_host.shake_hands(process), key, certificate) as channel:
                exercise(channel)
        finally:
            process.kill()
            process.wait()


if __name__ == "__main__":
    main()
