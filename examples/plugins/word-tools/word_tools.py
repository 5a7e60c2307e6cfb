"""Tools for texts: counts words, finds lines. A tool provider without anything of Hector but its .proto files."""

import json, os, shutil, signal, sys, tempfile, threading
from concurrent import futures

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

pb = grpc.protos("hector/plugin/plugin.proto")
tools_pb, tools_services = grpc.protos_and_services("hector/plugin/tools.proto")
controller_pb, controller_services = grpc.protos_and_services("goplugin/controller.proto")

TEXT = {"type": "string"}
TOOLS = {
    "count_words": ("Counts the lines, words and characters of a text.", {"text": TEXT}),
    "find_lines": ("Finds the lines of a text that contain some words.", {"text": TEXT, "words": TEXT}),
}


class WordTools(tools_services.ToolProviderServicer):
    def Initialize(self, request, context):
        return pb.InitializeResponse(success=True)

    def Shutdown(self, request, context):
        return pb.ShutdownResponse(success=True)

    def Health(self, request, context):
        return pb.HealthResponse(healthy=True)

    def GetManifest(self, request, context):
        return pb.ManifestResponse(name="word-tools", version="0.1.0", type="tool_provider", protocol="grpc")

    def GetStatus(self, request, context):
        return pb.StatusResponse(status="ready")

    def ListTools(self, request, context):
        quiet = tools_pb.ToolAnnotations(read_only=True, idempotent=True)
        return tools_pb.ListToolsResponse(tools=[
            tools_pb.Tool(
                name=name, description=description, annotations=quiet,
                parameters_json=json.dumps({"type": "object", "properties": properties, "required": list(properties)}))
            for name, (description, properties) in TOOLS.items()
        ])

    def CallTool(self, request, context):
        if request.name not in TOOLS:
            context.abort(grpc.StatusCode.NOT_FOUND, f"there is no tool {request.name!r}")
        try:
            arguments = json.loads(request.arguments_json)
        except ValueError:
            arguments = None
        if not isinstance(arguments, dict):
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the arguments are not a JSON object")
        for key in TOOLS[request.name][1]:
            if not isinstance(arguments.get(key), str):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"{key} must be a text")
        yield from getattr(self, request.name)(context, **{key: arguments[key] for key in TOOLS[request.name][1]})

    def count_words(self, context, text):
        counts = {"lines": len(text.splitlines()), "words": len(text.split()), "characters": len(text)}
        yield tools_pb.ToolOutput(data_json=json.dumps(counts))
        yield tools_pb.ToolOutput(end=tools_pb.ToolEnd())

    def find_lines(self, context, text, words):
        lines = text.splitlines()
        found = 0
        for number, line in enumerate(lines, 1):
            if not context.is_active():  # Nobody waits for it any more.
                return
            if number % 1000 == 0:
                yield tools_pb.ToolOutput(progress=tools_pb.ToolProgress(done=number, total=len(lines)))
            if words.lower() in line.lower():
                found += 1
                yield tools_pb.ToolOutput(text=f"{number}: {line}\n")
        if not found:
            yield tools_pb.ToolOutput(text="no line contains these words")
        yield tools_pb.ToolOutput(end=tools_pb.ToolEnd(failed=not found))


class Controller(controller_services.GRPCControllerServicer):
    def Shutdown(self, request, context):
        stopping.set()
        return controller_pb.Empty()


if os.environ.get("HECTOR_PLUGIN") != "hector_plugin_v1":
    sys.exit("word-tools is a Hector plugin: name it in hector.yaml, or check it with 'hector plugin validate'")
stopping = threading.Event()
signal.signal(signal.SIGINT, signal.SIG_IGN)
signal.signal(signal.SIGTERM, lambda *_: stopping.set())
directory = tempfile.mkdtemp(dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR"))
server = grpc.server(futures.ThreadPoolExecutor(16))
tools_services.add_ToolProviderServicer_to_server(WordTools(), server)
controller_services.add_GRPCControllerServicer_to_server(Controller(), server)
checks = health.HealthServicer()
checks.set("plugin", health_pb2.HealthCheckResponse.SERVING)
health_pb2_grpc.add_HealthServicer_to_server(checks, server)
server.add_insecure_port(f"unix:{directory}/plugin.sock")
server.start()
print(f"1|1|unix|{directory}/plugin.sock|grpc|", flush=True)
stopping.wait()
server.stop(grace=1).wait()
shutil.rmtree(directory)
