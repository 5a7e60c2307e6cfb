"""What a Hector plugin needs besides its provider: the handshake, a gRPC server, health, and an end. Without AutoMTLS: hosts go on without it."""

import os, shutil, signal, sys, tempfile, threading
from concurrent import futures

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generated"))

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from goplugin import controller_pb2, controller_pb2_grpc
from hector.plugin import plugin_pb2 as pb


class Provider:
    """The five methods that every provider has. Set these, and override configure."""

    name, version, type, description = "", "0.1.0", "", ""
    capabilities = {}

    def configure(self, config):
        """Loads models, connects to servers. Raises ValueError with what to change in the configuration."""

    def close(self):
        """Releases what configure has taken."""

    def Initialize(self, request, context):
        try:
            self.configure(dict(request.config))
        except ValueError as error:
            return pb.InitializeResponse(success=False, error=str(error))
        return pb.InitializeResponse(success=True)

    def Shutdown(self, request, context):
        self.close()
        return pb.ShutdownResponse(success=True)

    def Health(self, request, context):
        return pb.HealthResponse(healthy=True)

    def GetManifest(self, request, context):
        return pb.ManifestResponse(
            name=self.name, version=self.version, type=self.type, protocol="grpc", description=self.description,
            capabilities=self.capabilities)

    def GetStatus(self, request, context):
        return pb.StatusResponse(status="ready")


def number(config, key, default, least=1, most=1_000_000_000):
    """A whole number of the configuration, whose values are texts."""
    text = config.get(key, str(default))
    if not text.isascii() or not text.isdigit() or not least <= int(text) <= most:
        raise ValueError(f"{key} must be a number from {least} to {most}, not {text!r}")
    return int(text)


class Controller(controller_pb2_grpc.GRPCControllerServicer):
    def __init__(self, stopping):
        self.stopping = stopping

    def Shutdown(self, request, context):
        self.stopping.set()
        return controller_pb2.Empty()


def serve(provider, add_to_server, workers=32):
    """Serves the provider until the host asks it to stop.

    add_to_server is the function of the generated code that registers it. Each call takes a worker for as long as it runs.
    """
    if os.environ.get("HECTOR_PLUGIN") != "hector_plugin_v1":
        sys.exit(f"{provider.name} is a Hector plugin: name it in hector.yaml, or check it with 'hector plugin test'")
    stopping = threading.Event()
    # Ctrl-C reaches all processes of the terminal, and the host decides when plugins stop.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    directory = tempfile.mkdtemp(dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR"))
    server = grpc.server(futures.ThreadPoolExecutor(workers))
    add_to_server(provider, server)
    controller_pb2_grpc.add_GRPCControllerServicer_to_server(Controller(stopping), server)
    checks = health.HealthServicer()
    checks.set("plugin", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    server.add_insecure_port(f"unix:{directory}/plugin.sock")
    server.start()
    print(f"1|1|unix|{directory}/plugin.sock|grpc|", flush=True)
    stopping.wait()
    server.stop(grace=1).wait()
    shutil.rmtree(directory)
