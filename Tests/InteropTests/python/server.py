"""An echo.Echo server on gRPC for Python. README.md has its rules.

server.py ADDRESS [--tls CERTS] [--as NAME]
"""

import argparse
import pathlib
import sys
import threading
from concurrent import futures

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc

pb, services = grpc.protos_and_services("echo.proto")
STATUS = {code.value[0]: code for code in grpc.StatusCode}


class Echo(services.EchoServicer):
    def __init__(self):
        self.cancelled = 0
        self.lock = threading.Lock()

    def Unary(self, request, context):
        self.echo_metadata(context)
        kind, _, rest = request.text.partition(":")
        if request.text == "deadline":
            left = context.time_remaining()
            # A call without a deadline has one in the very far future.
            endless = left is None or left > 1e9
            return pb.EchoMsg(text="none" if endless else str(round(left * 1000)))
        if request.text == "cancelled":
            with self.lock:
                return pb.EchoMsg(text=str(self.cancelled))
        self.obey(kind, rest, context)
        return pb.EchoMsg(text="x" * int(rest) if kind == "bytes" else request.text)

    def Stream(self, request, context):
        self.echo_metadata(context)
        kind, _, rest = request.text.partition(":")
        if kind == "count":
            count, _, ending = rest.partition(":")
            for number in range(int(count)):
                yield pb.EchoMsg(text=str(number))
            ending, _, rest = ending.partition(":")
            self.obey(ending, rest, context)
        else:
            self.obey(kind, rest, context)
            yield pb.EchoMsg(text="x" * int(rest) if kind == "bytes" else request.text)

    def obey(self, kind: str, rest: str, context):
        if kind == "fail":
            code, _, message = rest.partition(":")
            context.abort(STATUS[int(code)], message)
        if kind == "sleep":
            gone = threading.Event()
            context.add_callback(gone.set)
            if gone.wait(int(rest) / 1000):
                with self.lock:
                    self.cancelled += 1

    def echo_metadata(self, context):
        received = dict(context.invocation_metadata())
        if "x-echo-initial" in received:
            context.send_initial_metadata((("x-echo-initial", received["x-echo-initial"]),))
        if "x-echo-trailing-bin" in received:
            context.set_trailing_metadata((("x-echo-trailing-bin", received["x-echo-trailing-bin"]),))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("address")
    arguments.add_argument("--tls", type=pathlib.Path)
    arguments.add_argument("--as", dest="name", default="agent-a1")
    options = arguments.parse_args()

    server = grpc.server(futures.ThreadPoolExecutor(max_workers=64), options=[("grpc.so_reuseport", 0)])
    services.add_EchoServicer_to_server(Echo(), server)
    checks = health.HealthServicer()
    checks.set("", health_pb2.HealthCheckResponse.SERVING)
    health_pb2_grpc.add_HealthServicer_to_server(checks, server)
    if options.tls:
        key, certificate, authority = (
            (options.tls / file).read_bytes() for file in (f"{options.name}.key", f"{options.name}.pem", "ca.pem")
        )
        credentials = grpc.ssl_server_credentials([(key, certificate)], authority, require_client_auth=True)
        port = server.add_secure_port(options.address, credentials)
    else:
        port = server.add_insecure_port(options.address)
    server.start()
    target = options.address
    if not target.startswith("unix:"):
        target = f"{target.rpartition(':')[0]}:{port}"
    print(f"READY {target}", flush=True)
    sys.stdin.read()
    server.stop(grace=0.5).wait()


if __name__ == "__main__":
    main()
