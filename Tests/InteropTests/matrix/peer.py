"""The interop peer on gRPC for Python. README.md says how it is called and what it answers."""

import pathlib
import sys
import threading
import time
from concurrent import futures

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import grpc

pb, services = grpc.protos_and_services("interop.proto")
Status = grpc.StatusCode
STATUS = {code.value[0]: code for code in Status}
SERVER_NAME = "a1.agents.demo.hector.internal"
INITIAL, TRAILING = "x-grpc-test-echo-initial", "x-grpc-test-echo-trailing-bin"


def payload(size: int):
    return pb.Payload(body=bytes(size))


# The server


class TestService(services.TestServiceServicer):
    def EmptyCall(self, request, context):
        self.echo_metadata(context)
        return pb.Empty()

    def UnaryCall(self, request, context):
        self.echo_metadata(context)
        self.obey_status(request, context)
        if request.HasField("response_compressed"):
            self.compress(request.response_compressed.value, context)
        return pb.SimpleResponse(payload=payload(request.response_size))

    def StreamingOutputCall(self, request, context):
        self.echo_metadata(context)
        yield from self.responses(request, context)

    def StreamingInputCall(self, requests, context):
        self.echo_metadata(context)
        return pb.StreamingInputCallResponse(aggregated_payload_size=sum(len(request.payload.body) for request in requests))

    def FullDuplexCall(self, requests, context):
        self.echo_metadata(context)
        for request in requests:
            self.obey_status(request, context)
            yield from self.responses(request, context)

    def responses(self, request, context):
        if any(wanted.compressed.value for wanted in request.response_parameters):
            context.set_compression(grpc.Compression.Gzip)
        for wanted in request.response_parameters:
            time.sleep(wanted.interval_us / 1e6)
            if wanted.HasField("compressed") and not wanted.compressed.value:
                context.disable_next_message_compression()
            yield pb.StreamingOutputCallResponse(payload=payload(wanted.size))

    def compress(self, wanted: bool, context):
        context.set_compression(grpc.Compression.Gzip if wanted else grpc.Compression.NoCompression)

    def obey_status(self, request, context):
        if request.HasField("response_status"):
            context.abort(STATUS[request.response_status.code], request.response_status.message)

    def echo_metadata(self, context):
        received = dict(context.invocation_metadata())
        if INITIAL in received:
            context.send_initial_metadata(((INITIAL, received[INITIAL]),))
        if TRAILING in received:
            context.set_trailing_metadata(((TRAILING, received[TRAILING]),))


def serve(address: str, certificates):
    server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=[("grpc.so_reuseport", 0)])
    services.add_TestServiceServicer_to_server(TestService(), server)
    if certificates:
        key, certificate, authority = read(certificates, "agent-a1")
        credentials = grpc.ssl_server_credentials([(key, certificate)], authority, require_client_auth=True)
        port = server.add_secure_port(address, credentials)
        address = f"{address.rpartition(':')[0]}:{port}"
    else:
        server.add_insecure_port(address)
    server.start()
    print(f"READY {address}", flush=True)
    sys.stdin.read()
    server.stop(grace=0.5).wait()


# The client


class Unsupported(Exception):
    """gRPC for Python cannot do it; the reason."""


class Note(Exception):
    """It went well, and this is worth knowing."""


def demand(condition: bool, what: str):
    if not condition:
        raise AssertionError(what)


def demand_status(call, code, message=None):
    try:
        call()
    except grpc.RpcError as error:
        demand(error.code() == code, f"{error.code()} instead of {code}: {error.details()}")
        demand(message in (None, error.details()), f"the message is {error.details()!r}")
        return
    raise AssertionError(f"it succeeded instead of {code}")


def demand_sizes(responses, sizes):
    got = [len(response.payload.body) for response in responses]
    demand(got == sizes, f"responses of {got} bytes instead of {sizes}")


def large(**fields):
    return pb.SimpleRequest(response_size=314159, payload=payload(271828), **fields)


def demand_large(response):
    demand(response.payload.body == bytes(314159), f"{len(response.payload.body)} bytes instead of 314159 zeros")


def output(*sizes, body=None, **fields):
    parameters = [pb.ResponseParameters(size=size) for size in sizes]
    return pb.StreamingOutputCallRequest(
        response_parameters=parameters, payload=None if body is None else payload(body), **fields
    )


class Turns:
    """Requests that are sent one at a time; ends the stream when closed."""

    def __init__(self):
        self.ready = threading.Semaphore(0)
        self.requests = []

    def send(self, request):
        self.requests.append(request)
        self.ready.release()

    def close(self):
        self.ready.release()

    def __iter__(self):
        return self

    def __next__(self):
        self.ready.acquire()
        if not self.requests:
            raise StopIteration
        return self.requests.pop(0)


class Cases:
    def __init__(self, channel):
        self.stub = services.TestServiceStub(channel)
        self.channel = channel

    def empty_unary(self):
        demand(self.stub.EmptyCall(pb.Empty(), timeout=10) == pb.Empty(), "the answer is not empty")

    def large_unary(self):
        demand_large(self.stub.UnaryCall(large(), timeout=10))

    def client_streaming(self):
        requests = (pb.StreamingInputCallRequest(payload=payload(size)) for size in (27182, 8, 1828, 45904))
        size = self.stub.StreamingInputCall(requests, timeout=10).aggregated_payload_size
        demand(size == 74922, f"{size} bytes instead of 74922")

    def server_streaming(self):
        sizes = [31415, 9, 2653, 58979]
        demand_sizes(self.stub.StreamingOutputCall(output(*sizes), timeout=10), sizes)

    def ping_pong(self):
        turns = Turns()
        responses = self.stub.FullDuplexCall(turns, timeout=10)
        for size, body in ((31415, 27182), (9, 8), (2653, 1828), (58979, 45904)):
            turns.send(output(size, body=body))
            demand_sizes([next(responses)], [size])
        turns.close()
        demand_sizes(responses, [])

    def empty_stream(self):
        demand_sizes(self.stub.FullDuplexCall(iter(()), timeout=10), [])

    def cancel_after_begin(self):
        turns = Turns()
        call = self.stub.StreamingInputCall.future(turns, timeout=10)
        call.cancel()
        demand(call.code() == Status.CANCELLED, f"{call.code()} instead of CANCELLED")
        turns.close()

    def cancel_after_first_response(self):
        turns = Turns()
        responses = self.stub.FullDuplexCall(turns, timeout=10)
        turns.send(output(31415, body=27182))
        demand_sizes([next(responses)], [31415])
        responses.cancel()
        demand_status(lambda: next(responses), Status.CANCELLED)
        turns.close()

    def timeout_on_sleeping_server(self):
        turns = Turns()
        responses = self.stub.FullDuplexCall(turns, timeout=0.001)
        turns.send(output(body=27182))
        demand_status(lambda: next(responses), Status.DEADLINE_EXCEEDED)
        turns.close()

    def custom_metadata(self):
        metadata = ((INITIAL, "test_initial_metadata_value"), (TRAILING, b"\xab\xab\xab"))
        response, unary = self.stub.UnaryCall.with_call(large(), metadata=metadata, timeout=10)
        demand_large(response)
        duplex = self.stub.FullDuplexCall(iter([output(314159, body=271828)]), metadata=metadata, timeout=10)
        demand_sizes(duplex, [314159])
        for call in (unary, duplex):
            demand(metadata[0] in call.initial_metadata(), f"headers are {call.initial_metadata()}")
            demand(metadata[1] in call.trailing_metadata(), f"trailers are {call.trailing_metadata()}")

    def status_code_and_message(self):
        wanted = pb.EchoStatus(code=2, message="test status message")
        request = pb.SimpleRequest(response_status=wanted)
        demand_status(lambda: self.stub.UnaryCall(request, timeout=10), Status.UNKNOWN, wanted.message)
        requests = iter([pb.StreamingOutputCallRequest(response_status=wanted)])
        demand_status(lambda: list(self.stub.FullDuplexCall(requests, timeout=10)), Status.UNKNOWN, wanted.message)

    def special_status_message(self):
        wanted = pb.EchoStatus(code=2, message="\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")
        request = pb.SimpleRequest(response_status=wanted)
        demand_status(lambda: self.stub.UnaryCall(request, timeout=10), Status.UNKNOWN, wanted.message)

    def unimplemented_method(self):
        demand_status(lambda: self.stub.UnimplementedCall(pb.Empty(), timeout=10), Status.UNIMPLEMENTED)

    def unimplemented_service(self):
        stub = services.UnimplementedServiceStub(self.channel)
        demand_status(lambda: stub.UnimplementedCall(pb.Empty(), timeout=10), Status.UNIMPLEMENTED)

    def client_compressed_unary(self):
        def call(expected: bool, compression):
            request = large(expect_compressed=pb.BoolValue(value=expected))
            return self.stub.UnaryCall(request, compression=compression, timeout=10)

        demand_status(lambda: call(True, grpc.Compression.NoCompression), Status.INVALID_ARGUMENT)
        demand_large(call(True, grpc.Compression.Gzip))
        demand_large(call(False, grpc.Compression.NoCompression))

    def server_compressed_unary(self):
        for value in (True, False):
            demand_large(self.stub.UnaryCall(large(response_compressed=pb.BoolValue(value=value)), timeout=10))
        raise Note("answers are read; grpcio does not show whether a message was compressed")

    def client_compressed_streaming(self):
        raise Unsupported("grpcio compresses all messages of a request stream or none")

    def server_compressed_streaming(self):
        request = pb.StreamingOutputCallRequest(
            response_parameters=[
                pb.ResponseParameters(size=31415, compressed=pb.BoolValue(value=True)),
                pb.ResponseParameters(size=92653, compressed=pb.BoolValue(value=False)),
            ]
        )
        demand_sizes(self.stub.StreamingOutputCall(request, timeout=10), [31415, 92653])
        raise Note("answers are read; grpcio does not show whether a message was compressed")


def call(target: str, certificates, names):
    options = [("grpc.ssl_target_name_override", SERVER_NAME)] if certificates else []
    if certificates:
        key, certificate, authority = read(certificates, "host-dev")
        channel = grpc.secure_channel(target, grpc.ssl_channel_credentials(authority, key, certificate), options)
    else:
        channel = grpc.insecure_channel(target, options)
    with channel:
        grpc.channel_ready_future(channel).result(timeout=10)
        cases = Cases(channel)
        for name in names:
            result = "ok"
            try:
                getattr(cases, name)()
            except Note as note:
                result = f"ok: {note}"
            except Unsupported as reason:
                result = f"unsupported: {reason}"
            except AssertionError as failure:
                result = f"failed: {failure}"
            except grpc.RpcError as failure:
                result = f"failed: {failure.code().name} {failure.details()!r}"
            print(f"{name} {result}", flush=True)


def read(certificates: pathlib.Path, name: str):
    return [(certificates / file).read_bytes() for file in (f"{name}.key", f"{name}.pem", "ca.pem")]


def main():
    match sys.argv[1:]:
        case ["version"]:
            print(f"grpcio {grpc.__version__}")
        case ["server", address, certificates]:
            serve(address, None if certificates == "-" else pathlib.Path(certificates))
        case ["client", target, certificates, *names]:
            call(target, None if certificates == "-" else pathlib.Path(certificates), names)
        case _:
            sys.exit("usage: peer.py version | server ADDRESS CERTS|- | client TARGET CERTS|- CASE...")


if __name__ == "__main__":
    main()
