"""Peers that break the rules of TLS, HTTP/2 and gRPC, against an echo.Echo server with mutual TLS.

hostile.py HOST:PORT --tls CERTS [--as NAME] [--server-name NAME] [--patience SECONDS] [--lax]

The server must turn each of them away (close, alert, GOAWAY, RST_STREAM or an error status) within the patience, or
endure it where the rules allow it; after each one a good client must still be served. With --lax the server may also ignore them: gRPC for Python ignores some.
"""

import argparse
import os
import pathlib
import random
import socket
import ssl
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

import client
from checks import check

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
END_STREAM, END_HEADERS = 1, 4


# ---- the smallest HTTP/2 that can misbehave ----


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes([kind, flags]) + struct.pack(">I", stream) + payload


def integer(value: int, prefix: int) -> bytes:
    """An HPACK integer whose first byte has `prefix` bits of room."""
    room = (1 << prefix) - 1
    if value < room:
        return bytes([value])
    out, value = [room], value - room
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out + [value])


def field(name: bytes, value: bytes) -> bytes:
    """A header field in HPACK, never indexed, spelt out."""
    return b"\x10" + integer(len(name), 7) + name + integer(len(value), 7) + value


def request_fields(*more) -> bytes:
    fields = [(b":method", b"POST"), (b":scheme", b"https"), (b":path", b"/echo.Echo/Unary"), (b":authority", b"x")]
    fields += [(b"te", b"trailers"), (b"content-type", b"application/grpc"), *more]
    return b"".join(field(name, value) for name, value in fields)


def request(stream: int, body: bytes, *more) -> bytes:
    return frame(HEADERS, END_HEADERS, stream, request_fields(*more)) + frame(DATA, END_STREAM, stream, body)


def grpc_message(text: bytes) -> bytes:
    proto = b"\x0a" + integer_varint(len(text)) + text
    return b"\x00" + struct.pack(">I", len(proto)) + proto


def integer_varint(value: int) -> bytes:
    return integer(value, 7) if value < 127 else bytes([value % 128 + 128]) + integer_varint(value // 128)


HELLO = PREFACE + frame(SETTINGS, 0, 0)


class Peer:
    """One connection of a hostile peer."""

    def __init__(self, options):
        self.options = options
        host, _, port = options.target.rpartition(":")
        self.socket = socket.create_connection((host, int(port)), timeout=options.patience)

    def tls(self, identity=None, protocols=("h2",)):
        """Shakes hands properly; from here on, bytes go through TLS."""
        directory = self.options.tls
        context = ssl.create_default_context(cafile=directory / "ca.pem")
        name = self.options.name if identity is None else identity
        if name:
            context.load_cert_chain(directory / f"{name}.pem", directory / f"{name}.key")
        if protocols:
            context.set_alpn_protocols(protocols)
        self.socket = context.wrap_socket(self.socket, server_hostname=self.options.server_name)
        return self

    def send(self, data: bytes):
        """Sends as much as the server takes: it may hang up in the middle."""
        try:
            self.socket.sendall(data)
        except OSError:
            pass
        return self

    def outcome(self) -> str:
        """How the server reacts: `closed`, the name of a frame that turns us away, or `silence`."""
        buffer, deadline = b"", time.monotonic() + self.options.patience
        while True:
            left = deadline - time.monotonic()
            if left <= 0:
                return "silence"
            self.socket.settimeout(left)
            try:
                more = self.socket.recv(65536)
            except TimeoutError:
                return "silence"
            except OSError:
                more = b""
            buffer += more
            if refusal := refusal_in(buffer):
                return refusal
            if not more:
                return "closed"

    def close(self, abruptly: bool = False):
        if abruptly:
            self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.socket.close()


def refusal_in(buffer: bytes) -> str:
    """The first frame that turns the peer away: an answer without a message is one, too. `served` when it gets a message."""
    while len(buffer) >= 9:
        length, kind, flags = int.from_bytes(buffer[:3], "big"), buffer[3], buffer[4]
        if kind in (GOAWAY, RST_STREAM) and len(buffer) >= 9 + length:
            return {GOAWAY: "GOAWAY", RST_STREAM: "RST_STREAM"}[kind]
        if kind == DATA and length > 0:
            return "served"
        if kind == HEADERS and flags & END_STREAM:
            return "an error status"
        buffer = buffer[9 + length :]
    return ""


# ---- the misdeeds ----


def refused_in_the_clear(options):
    """(name, bytes): sent to the TLS port without TLS."""
    noise = random.Random(options.seed)
    yield "plaintext HTTP/1.1", b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n"
    yield "plaintext HTTP/2", HELLO + request(1, grpc_message(b"hello"))
    yield "garbage bytes", bytes([0x80]) + noise.randbytes(65536)
    yield "a TLS record of garbage", b"\x16\x03\x01\x01\x00" + noise.randbytes(256)
    yield "a TLS record that is too large", b"\x16\x03\x03\xff\xff" + bytes(65535)
    yield "SSL 2.0", b"\x80\x2e\x01\x00\x02" + bytes(64)


def refused_in_http2():
    """(name, bytes): sent by a member of the mesh, after a proper TLS handshake with ALPN h2."""
    noise = random.Random(2)
    yield "HTTP/1.1 inside TLS", b"GET / HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 64 + b"\r\n\r\n"
    yield "garbage instead of the preface", noise.randbytes(4096)
    yield "garbage frames", HELLO + noise.randbytes(4096)
    yield "a frame over the size limit", HELLO + b"\xff\xff\xff\x00\x00\x00\x00\x00\x01" + bytes(1 << 20)
    yield "no SETTINGS first", PREFACE + frame(PING, 0, 0, bytes(8))
    yield "SETTINGS of a wrong size", PREFACE + frame(SETTINGS, 0, 0, b"\x00\x03\x00")
    yield "an illegal SETTINGS value", PREFACE + frame(SETTINGS, 0, 0, struct.pack(">HI", 5, 1))
    yield "DATA on stream 0", HELLO + frame(DATA, 0, 0, b"x")
    yield "HEADERS on an even stream", HELLO + frame(HEADERS, END_HEADERS | END_STREAM, 2, request_fields())
    yield "a broken header block", HELLO + frame(HEADERS, END_HEADERS | END_STREAM, 1, b"\xff\xff\xff\xff\xff\xff\xff\xff")
    yield "CONTINUATION out of nowhere", HELLO + frame(CONTINUATION, END_HEADERS, 1, b"")
    yield "a window that overflows", HELLO + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0x7FFFFFFF))
    yield "a window update of nothing", HELLO + frame(WINDOW_UPDATE, 0, 0, struct.pack(">I", 0))
    big = request_fields((b"x-big", b"a" * (1 << 20)))
    yield "a header of 1 MiB", HELLO + header_block(big)
    yield "headers without end", HELLO + frame(HEADERS, 0, 1, request_fields()) + 4096 * frame(CONTINUATION, 0, 1, field(b"a", b"b" * 1024))
    yield "no method", HELLO + frame(HEADERS, END_HEADERS | END_STREAM, 1, field(b":path", b"/echo.Echo/Unary"))
    yield "a header in capitals", HELLO + frame(HEADERS, END_HEADERS | END_STREAM, 1, request_fields((b"X-Capital", b"1")))
    yield "not gRPC", HELLO + frame(HEADERS, END_HEADERS | END_STREAM, 1, b"".join(
        field(*pair) for pair in ((b":method", b"GET"), (b":scheme", b"https"), (b":path", b"/"), (b":authority", b"x"))))
    yield "a gRPC message cut off", HELLO + request(1, grpc_message(b"hello")[:-2])
    yield "a gRPC message of 4 GiB", HELLO + request(1, b"\x00\xff\xff\xff\xff" + bytes(64))
    yield "a compressed message without encoding", HELLO + request(1, b"\x01" + grpc_message(b"hello")[1:])
    yield "an encoding nobody knows", HELLO + request(1, b"\x01" + grpc_message(b"hello")[1:], (b"grpc-encoding", b"rot13"))
    yield "a message that is not a message", HELLO + request(1, b"\x00\x00\x00\x00\x04\xff\xff\xff\xff")


def header_block(block: bytes) -> bytes:
    """HEADERS and as many CONTINUATIONs as the block needs."""
    parts = [block[at : at + 16384] for at in range(0, len(block), 16384)]
    last = len(parts) - 1
    return b"".join(
        frame(CONTINUATION if at else HEADERS, (END_HEADERS if at == last else 0) | (0 if at else END_STREAM), 1, part)
        for at, part in enumerate(parts)
    )


def endured():
    """(name, bytes): after these the peer hangs up; the server only has to survive."""
    yield "10000 PINGs", HELLO + 10000 * frame(PING, 0, 0, bytes(8))
    yield "10000 SETTINGS", HELLO + 10000 * frame(SETTINGS, 0, 0)
    resets = (request(at, grpc_message(b"sleep:1000")) + frame(RST_STREAM, 0, at, struct.pack(">I", 8)) for at in range(1, 4001, 2))
    yield "2000 requests reset at once", HELLO + b"".join(resets)
    yield "a truncated frame", HELLO + frame(HEADERS, END_HEADERS, 1, request_fields())[:-5]
    yield "a request cut off", HELLO + frame(HEADERS, END_HEADERS, 1, request_fields())
    streams = (frame(HEADERS, END_HEADERS, at, request_fields()) for at in range(1, 2001, 2))
    yield "1000 requests that never go on", HELLO + b"".join(streams)
    yield "empty DATA frames", HELLO + frame(HEADERS, END_HEADERS, 1, request_fields()) + 10000 * frame(DATA, 0, 1)
    yield "an unreadable deadline", HELLO + request(1, grpc_message(b"sleep:20000"), (b"grpc-timeout", b"soon"))
    yield "frames of unknown types", HELLO + b"".join(frame(kind, 0xFF, 0, os.urandom(8)) for kind in range(64, 128))


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("target")
    arguments.add_argument("--tls", type=pathlib.Path, required=True)
    arguments.add_argument("--as", dest="name", default="host-dev")
    arguments.add_argument("--server-name", default="a1.agents.demo.hector.internal")
    arguments.add_argument("--patience", type=float, default=10, help="seconds that the server may take to react")
    arguments.add_argument("--lax", action="store_true")
    arguments.add_argument("--seed", type=int, default=1)
    options = arguments.parse_args()

    def still_serves():
        with client.connect(options.target, options.tls, options.name, options.server_name) as channel:
            answer = client.services.EchoStub(channel).Unary(client.message("good"), timeout=20, wait_for_ready=True)
            return answer.text == "good"

    def misdeed(name, act):
        peer = Peer(options)
        outcome = act(peer)
        peer.close()
        check(name, outcome != "served" and (options.lax or outcome != "silence"), outcome)
        check(f"{name}: a good client is served", still_serves())

    check("before all: a good client is served", still_serves())
    for name, data in refused_in_the_clear(options):
        misdeed(name, lambda peer: peer.send(data).outcome())
    for name, identity, protocols in (
        ("no certificate", "", ["h2"]),
        ("an expired certificate", "bad/expired-host", ["h2"]),
        ("another authority", "bad/other-ca-host", ["h2"]),
        ("no ALPN", None, []),
        ("ALPN of HTTP/1.1", None, ["http/1.1"]),
    ):
        misdeed(name, lambda peer: uninvited(peer, identity, protocols))
    for name, data in refused_in_http2():
        misdeed(name, lambda peer: peer.tls().send(data).outcome())
    for name, data in endured():
        peer = Peer(options).tls().send(data)
        peer.close(abruptly=True)
        check(f"{name}: a good client is served", still_serves())
    peers = [Peer(options) for _ in range(200)]
    for at, peer in enumerate(peers):
        peer.send(b"\x16\x03\x01\x02\x00\x01"[: at % 7]).close(abruptly=True)
    check("200 connections dropped: a good client is served", still_serves())
    quiet = [Peer(options) for _ in range(50)]
    check("50 connections that say nothing: a good client is served", still_serves())
    for peer in quiet:
        peer.close()


def uninvited(peer, identity, protocols) -> str:
    """What becomes of a caller that TLS should turn away: with TLS 1.3 it may notice only on its first read."""
    try:
        peer.tls(identity, protocols)
    except OSError as error:
        return f"refused: {getattr(error, 'reason', None) or error}"
    peer.send(HELLO + request(1, grpc_message(b"let me in")))
    outcome = peer.outcome()
    return "served" if outcome == "an error status" else outcome


if __name__ == "__main__":
    main()
