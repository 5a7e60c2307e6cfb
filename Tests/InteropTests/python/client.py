"""Calls an echo.Echo server in every way and checks the answers. README.md has the server's rules.

client.py TARGET [--tls CERTS] [--as NAME] [--server-name NAME] [--identities]

  --identities   the server also refuses callers whose certificate is of the right authority but names nobody in its mesh
"""

import argparse
import pathlib
import sys
import time
from concurrent import futures

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import grpc
from checks import check
from grpc_health.v1 import health_pb2, health_pb2_grpc

pb, services = grpc.protos_and_services("echo.proto")
Status = grpc.StatusCode
LIMIT = 4 << 20


def connect(target: str, certificates: pathlib.Path, identity: str, server_name: str):
    """A channel; `identity` names the certificate to show, empty for none."""
    options = [("grpc.max_receive_message_length", LIMIT), ("grpc.use_local_subchannel_pool", 1)]
    if certificates is None:
        return grpc.insecure_channel(target, options=options)
    key = certificate = None
    if identity:
        key, certificate = ((certificates / f"{identity}.{kind}").read_bytes() for kind in ("key", "pem"))
    credentials = grpc.ssl_channel_credentials((certificates / "ca.pem").read_bytes(), key, certificate)
    return grpc.secure_channel(target, credentials, options + [("grpc.ssl_target_name_override", server_name)])


def message(text: str):
    return pb.EchoMsg(text=text)


def fails(call, code, detail=None):
    """Whether the call ends in this status, and with these details when given; and what it ended in."""
    try:
        result = call()
    except grpc.RpcError as error:
        return error.code() == code and detail in (None, error.details()), f"{error.code().name} {error.details()!r}"[:120]
    return False, f"answered {str(result)[:80]!r}"


def unary(stub):
    for name, text in (("a word", "hello"), ("nothing", ""), ("unicode", "grüße 👋 \n\t"), ("a lone percent", "100 %")):
        check(f"unary: {name}", stub.Unary(message(text), timeout=10).text == text)
    for size in (1 << 14, (1 << 20) + 17, LIMIT - 64):
        text = "y" * size
        check(f"unary: {size} bytes there and back", stub.Unary(message(text), timeout=30).text == text)
    with futures.ThreadPoolExecutor(32) as pool:
        texts = [f"call {number}" for number in range(500)]
        answers = list(pool.map(lambda text: stub.Unary(message(text), timeout=30).text, texts))
    check("unary: 500 calls, 32 at a time", answers == texts)


def metadata(stub):
    binary = bytes(range(256))
    sent = (("x-echo-initial", "a, b; c=d"), ("x-echo-trailing-bin", binary))
    _, call = stub.Unary.with_call(message("m"), metadata=sent, timeout=10)
    check("metadata: header comes back", ("x-echo-initial", "a, b; c=d") in call.initial_metadata())
    check("metadata: binary trailer comes back", ("x-echo-trailing-bin", binary) in call.trailing_metadata())
    stream = stub.Stream(message("count:2"), metadata=sent, timeout=10)
    check("metadata: header of a stream", ("x-echo-initial", "a, b; c=d") in stream.initial_metadata())
    check("metadata: the stream's messages", [part.text for part in stream] == ["0", "1"])
    check("metadata: binary trailer of a stream", ("x-echo-trailing-bin", binary) in stream.trailing_metadata())


def failures(stub, channel):
    for code in Status:
        if code != Status.OK:
            text = f"fail:{code.value[0]}:message with ünicode % and 100%25"
            wanted = text.split(":", 2)[2]
            check(f"status: {code.name}", *fails(lambda: stub.Unary(message(text), timeout=10), code, wanted))
    check("status: of a stream", *fails(lambda: list(stub.Stream(message("fail:5:gone"), timeout=10)), Status.NOT_FOUND, "gone"))
    stream = stub.Stream(message("count:3:fail:14:later"), timeout=10)
    texts = []
    ended = fails(lambda: texts.extend(part.text for part in stream), Status.UNAVAILABLE, "later")
    check("status: after three messages", ended[0] and texts == ["0", "1", "2"], ended[1])
    missing = channel.unary_unary("/echo.Echo/Missing", lambda request: b"", lambda response: response)
    check("status: a method that is not there", *fails(lambda: missing(b"", timeout=10), Status.UNIMPLEMENTED))
    stranger = channel.unary_unary("/no.Such/Service", lambda request: b"", lambda response: response)
    check("status: a service that is not there", *fails(lambda: stranger(b"", timeout=10), Status.UNIMPLEMENTED))


def limits(stub):
    exhausted = Status.RESOURCE_EXHAUSTED
    check("limit: a request over 4 MiB", *fails(lambda: stub.Unary(message("y" * LIMIT), timeout=30), exhausted))
    check("limit: an answer over 4 MiB", *fails(lambda: stub.Unary(message(f"bytes:{LIMIT}"), timeout=30), exhausted))
    check("limit: the next call is served", stub.Unary(message("after"), timeout=10).text == "after")


def streams(stub):
    start = time.monotonic()
    texts = [part.text for part in stub.Stream(message("count:1000"), timeout=30)]
    check("stream: 1000 messages", texts == [str(number) for number in range(1000)], f"{(time.monotonic() - start) * 1000:.0f} ms")
    check("stream: no message", list(stub.Stream(message("count:0"), timeout=10)) == [])
    big = [len(part.text) for part in stub.Stream(message(f"bytes:{3 << 20}"), timeout=30)]
    check("stream: one message of 3 MiB", big == [3 << 20])
    texts = []
    for part in stub.Stream(message("count:100000"), timeout=60):
        if len(texts) == 10:
            time.sleep(1)  # the window fills: the server must wait, not fail
        texts.append(part.text)
    check("stream: 100000 messages to a reader that pauses", texts == [str(number) for number in range(100000)])
    with futures.ThreadPoolExecutor(20) as pool:
        counts = list(pool.map(lambda _: sum(1 for _ in stub.Stream(message("count:500"), timeout=30)), range(20)))
    check("stream: 20 at a time", counts == [500] * 20)


def deadlines(stub):
    left = stub.Unary(message("deadline"), timeout=30).text
    check("deadline: reaches the server", left.isdigit() and 25000 < int(left) <= 31000, f"{left} ms")
    check("deadline: none", stub.Unary(message("deadline")).text == "none")
    before = int(stub.Unary(message("cancelled"), timeout=10).text)
    start = time.monotonic()
    ended = fails(lambda: stub.Unary(message("sleep:20000"), timeout=0.3), Status.DEADLINE_EXCEEDED)
    check("deadline: passes", ended[0] and time.monotonic() - start < 5, ended[1])
    check("deadline: the server stops too", counted(stub, before + 1))
    call = stub.Unary.future(message("sleep:20000"), timeout=30)
    time.sleep(0.2)
    call.cancel()
    check("cancellation: of a call reaches the server", counted(stub, before + 2))
    stream = stub.Stream(message("sleep:20000"), timeout=30)
    time.sleep(0.2)
    stream.cancel()
    check("cancellation: of a stream reaches the server", counted(stub, before + 3))
    stream = stub.Stream(message("count:1000000"), timeout=60)
    next(stream)
    stream.cancel()
    check("cancellation: in the middle of a stream", *fails(lambda: list(stream), Status.CANCELLED))
    check("cancellation: the next call is served", stub.Unary(message("after"), timeout=10).text == "after")


def counted(stub, wanted: int) -> bool:
    """Whether the server comes to count this many calls that their callers ended, within five seconds."""
    for _ in range(100):
        if int(stub.Unary(message("cancelled"), timeout=10).text) >= wanted:
            return True
        time.sleep(0.05)
    return False


def trust(options):
    """Callers that must not get in."""
    strangers = [("no certificate", ""), ("an expired certificate", "bad/expired-host")]
    strangers.append(("a certificate of another authority", "bad/other-ca-host"))
    if options.identities:
        strangers += [
            ("a certificate of another mesh", "bad/other-mesh-host"),
            ("a certificate without identity", "bad/no-identity-host"),
            ("a certificate with two identities", "bad/two-identities-host"),
        ]
    for name, identity in strangers:
        with connect(options.target, options.tls, identity, options.server_name) as channel:
            call = services.EchoStub(channel).Unary
            check(f"trust: {name} is refused", *fails(lambda: call(message("let me in"), timeout=10), Status.UNAVAILABLE))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("target")
    arguments.add_argument("--tls", type=pathlib.Path)
    arguments.add_argument("--as", dest="name", default="host-dev")
    arguments.add_argument("--server-name", default="a1.agents.demo.hector.internal")
    arguments.add_argument("--identities", action="store_true")
    options = arguments.parse_args()

    with connect(options.target, options.tls, options.name, options.server_name) as channel:
        stub = services.EchoStub(channel)
        answer = health_pb2_grpc.HealthStub(channel).Check(health_pb2.HealthCheckRequest(), timeout=10)
        check("health: SERVING", answer.status == health_pb2.HealthCheckResponse.SERVING)
        unary(stub)
        metadata(stub)
        failures(stub, channel)
        limits(stub)
        streams(stub)
        deadlines(stub)
    if options.tls:
        trust(options)


if __name__ == "__main__":
    main()
