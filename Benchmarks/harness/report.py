"""Medians, spread and goals as Markdown tables."""
import datetime
import json
import os
import platform
import statistics
import subprocess

from .programs import ROOT
from .scenarios import direct_of, scenarios, suite_of

RESULTS = ROOT / "Benchmarks/results/latest.json"
MACHINE = ROOT / "Benchmarks/results/machine.json"
DOCUMENTATION = ROOT / "docs/performance.md"

# Allocations per unary call at 64 in flight, handlers on the loop, before anything was done about them (commit 5939ea4).
ALLOCATIONS_BEFORE = {"client": 16.1, "server": 30.1}


class Spread:
    """Median, least and most of one figure over the rounds."""

    def __init__(self, values):
        self.values = [value for value in values if value is not None]

    def __bool__(self):
        return bool(self.values)

    @property
    def median(self):
        return statistics.median(self.values)

    def text(self, digits=None, unit=""):
        if not self:
            return "–"
        digits = _digits(self.median) if digits is None else digits
        median, least, most = (f"{value:,.{digits}f}" for value in (self.median, min(self.values), max(self.values)))
        return f"{median}{unit}" if least == most else f"{median}{unit} ({least}–{most})"


def _digits(value):
    return 0 if abs(value) >= 100 else 1 if abs(value) >= 10 else 2 if abs(value) >= 1 else 3


class Figures:
    """The rows of a run by scenario, stack and round."""

    def __init__(self, rows):
        self.rows = {(row["scenario"], row["stack"], row["round"]): row for row in rows}
        self.rounds = sorted({row["round"] for row in rows})
        self.stacks = {}
        for row in rows:
            names = self.stacks.setdefault(row["scenario"], [])
            if row["stack"] not in names:
                names.append(row["stack"])

    def spread(self, scenario, stack, figure):
        return Spread([self._value(scenario, stack, number, figure) for number in self.rounds])

    def ratio(self, scenario, stack, other, figure, other_scenario=None):
        """Ours to theirs, round by round, so that a noisy round weighs on both."""
        pairs = [
            (self._value(scenario, stack, number, figure), self._value(other_scenario or scenario, other, number, figure))
            for number in self.rounds]
        return Spread([mine / theirs for mine, theirs in pairs if mine is not None and theirs])

    def difference(self, scenario, stack, figure, other_scenario, other):
        pairs = [
            (self._value(scenario, stack, number, figure), self._value(other_scenario, other, number, figure))
            for number in self.rounds]
        return Spread([mine - theirs for mine, theirs in pairs if mine is not None and theirs is not None])

    def _value(self, scenario, stack, number, figure):
        row = self.rows.get((scenario, stack, number))
        return None if row is None else figure(row) if callable(figure) else row.get(figure)


def total_cpu(row):
    return sum(row.get(f"{part}_cpu_us", 0) for part in ("client", "server", "proxy"))


def one_line(row):
    words = [f"{row['rate']:,.0f}/s", f"p50 {row['p50_us']:,.1f} µs", f"p99 {row['p99_us']:,.1f} µs",
             f"CPU client {row['client_cpu_us']:,.2f} + server {row['server_cpu_us']:,.2f}"]
    if "proxy_cpu_us" in row:
        words[-1] += f" + proxy {row['proxy_cpu_us']:,.2f}"
    if "backend_cpu_us" in row:
        words[-1] += f" + backends {row['backend_cpu_us']:,.2f}"
    words[-1] += " µs"
    if "client_allocations" in row:
        words.append(f"allocations client {row['client_allocations']}, server {row['server_allocations']}")
    if "server_bytes_per_connection" in row:
        words = [f"server {row['server_bytes_per_connection'] / 1024:,.1f} KiB a connection"]
    if "server_bytes_per_stream" in row:
        words.append(f"server {row['server_bytes_per_stream'] / 1024:,.1f} KiB a stream, {row['refused']} refused")
    if "server_cpu_ns_per_byte" in row:
        words.append(f"server {row['server_cpu_ns_per_byte']:,.2f} ns a byte")
    if "server_idle_cores" in row:
        words.append(f"idle {row['server_idle_cores']:.3f} cores")
    if row["other_cores"] >= 0.1:
        words.append(f"others used {row['other_cores']:.1f} cores")
    return ", ".join(words)


def tables(rows):
    figures = Figures(rows)
    parts = [
        goals(figures), front_goals(figures), direct_table(figures), proxy_table(figures), front_table(figures), other_table(figures)]
    return "\n\n".join(part for part in parts if part)


def table(header, lines):
    if not lines:
        return ""
    return "\n".join(["| " + " | ".join(row) + " |" for row in [header, ["---"] * len(header), *lines]])


def is_idle_or_allocations(name):
    return name.startswith(("idle-", "allocations-"))


def direct_table(figures):
    lines = []
    for scenario in scenarios():
        name = scenario.name
        if scenario.through_proxy or scenario.front or is_idle_or_allocations(name):
            continue
        for stack in figures.stacks.get(name, []):
            lines.append([f"`{name}`", stack] + [
                figures.spread(name, stack, key).text()
                for key in ("rate", "p50_us", "p99_us", "client_cpu_us", "server_cpu_us")])
    return table(
        ["scenario", "stack", "calls or messages/s", "p50, µs", "p99, µs", "client CPU, µs", "server CPU, µs"], lines)


def proxy_table(figures):
    lines = []
    for scenario in scenarios():
        name = scenario.name
        if not scenario.through_proxy:
            continue
        direct = direct_of(name)
        for stack in figures.stacks.get(name, []):
            lines.append([
                f"`{name}`", stack, figures.spread(name, stack, "rate").text(),
                figures.difference(name, stack, "p50_us", direct, "hector").text(),
                figures.difference(name, stack, "p99_us", direct, "hector").text(),
                figures.difference(name, stack, total_cpu, direct, "hector").text(),
                figures.spread(name, stack, "proxy_cpu_us").text()])
    return table(
        ["scenario", "proxy", "calls or messages/s", "added p50, µs", "added p99, µs", "added CPU of all, µs",
         "the proxy's own CPU, µs"], lines)


def front_table(figures):
    lines = []
    for scenario in scenarios():
        if scenario.front:
            for stack in figures.stacks.get(scenario.name, []):
                lines.append([f"`{scenario.name}`", stack] + [
                    figures.spread(scenario.name, stack, key).text()
                    for key in ("rate", "p50_us", "p99_us", "server_cpu_us", "backend_cpu_us")])
    return table(
        ["scenario", "stack", "calls, tokens or streams/s", "p50, µs", "p99, µs", "CPU of the gateway, µs",
         "CPU of what is behind it, µs"], lines)


def other_table(figures):
    lines = []
    for name, stacks in figures.stacks.items():
        for stack in stacks:
            for key, text in (
                ("client_allocations", "allocations per call, client"), ("server_allocations", "allocations per call, server"),
                ("server_bytes_per_connection", "bytes of the server per idle connection"),
                ("server_bytes_per_stream", "bytes of the gateway per open stream"), ("refused", "streams refused"),
                ("server_cpu_ns_per_byte", "nanoseconds of the gateway per byte of the request"),
                ("server_idle_cores", "cores that the gateway takes while nobody calls")):
                spread = figures.spread(name, stack, key)
                if spread:
                    lines.append([f"`{name}`", stack, text, spread.text()])
    return table(["scenario", "stack", "figure", "value"], lines)


class Goals:
    """Each goal with what it came to; only those that were measured."""

    def __init__(self):
        self._lines = []

    def add(self, text, spread, wanted, is_met, unit="", digits=None):
        if spread:
            self._lines.append([text, wanted, spread.text(digits, unit), "met" if is_met(spread.median) else "**missed**"])

    def at_most(self, text, spread, bound, unit="", digits=2):
        self.add(text, spread, f"≤ {bound:g}{unit}", lambda median: median <= bound, unit, digits)

    def at_least(self, text, spread, bound, unit="", digits=2):
        self.add(text, spread, f"≥ {bound:g}{unit}", lambda median: median >= bound, unit, digits)

    def report(self, text, spread, unit="", digits=2):
        if spread:
            self._lines.append([text, "–", spread.text(digits, unit), "reported"])

    def table(self):
        return table(["measured in one run", "goal", "median (least–most)", ""], self._lines)


def goals(figures):
    """Of the data plane."""
    goals = Goals()
    for peer, bound, off_loop in (("grpc-go", 0.25, 0.35), ("grpc-cpp", 0.15, None)):
        text = f"unary, 64 in flight, mutual TLS: CPU of client and server to {peer}"
        goals.at_most(text, figures.ratio("unary-c64-mtls", "hector", peer, total_cpu), bound, " ×")
        ratio = figures.ratio("unary-c64-mtls", "hector-offloop", peer, total_cpu)
        text += ", handlers off the loop"
        if off_loop:
            goals.at_most(text, ratio, off_loop, " ×")
        else:
            goals.report(text, ratio, " ×")
    goals.at_most("unary, 64 in flight, mutual TLS: CPU with calls counted (`RPCMetrics`, both sides) to CPU without",
            figures.ratio("unary-c64-mtls", "hector-metrics", "hector", total_cpu), 1.02, " ×", digits=3)
    goals.at_most("sequential p50 on one core to the bare TLS ping-pong",
            figures.ratio("unary-seq-mtls", "hector", "tls-floor", "p50_us"), 1.6, " ×")
    goals.at_least("32 server streams at once: messages/s to grpc-go",
             figures.ratio("stream-s32-mtls", "hector", "grpc-go", "rate"), 5, " ×")
    goals.at_most("a lone paced stream, 50 messages/s: p99 from write to read",
            figures.spread("stream-paced-mtls", "hector", "p99_us"), 1000, " µs", digits=0)
    goals.at_least("1 MiB both ways: calls/s to raw OpenSSL",
             figures.ratio("large-1m-mtls", "hector", "tls-floor", "rate"), 0.8, " ×")
    for side, before in ALLOCATIONS_BEFORE.items():
        goals.at_most(f"allocations per unary call, {side} ({before:g} at the start)",
                figures.spread("allocations-c64-mtls", "hector", f"{side}_allocations"), before / 2, digits=1)
    for name, figure, text in PROXY_GOALS:
        added = figures.difference(name, "hector", figure, direct_of(name), "hector")
        for peer in ("envoy", "haproxy", "nginx"):
            theirs = figures.difference(name, peer, figure, direct_of(name), "hector")
            if theirs:
                bound = theirs.median
                goals.add(f"`hector-plugin-agent` as proxy: added {text}", added,
                    f"< {bound:,.{_digits(bound)}f} µs ({peer})", lambda median, bound=bound: median < bound, " µs")
    beyond = figures.difference(
        "idle-1000-mtls", "hector", lambda row: row["server_bytes_per_connection"] / 1024, "idle-1000-mtls", "tls-floor")
    goals.at_most("1,000 idle connections: memory of each beyond what OpenSSL holds", beyond, 32, " KiB", digits=1)
    return goals.table()


def front_goals(figures):
    """Of the way from HTTP to the plugin."""
    goals = Goals()

    def ratio(scenario, other, figure="server_cpu_us", other_scenario=None):
        return figures.ratio(scenario, "hector", other, figure, other_scenario)

    for name, what, peer, bound in (
        ("front-unary-c32", "CPU of the gateway a call, 32 callers", "sglang-router", 0.8),
        ("front-unary-c1", "CPU of the gateway a call, one caller", "sglang-router", 0.8),
        ("front-stream-100x300", "CPU of the gateway a token, 100 streams of 300 tokens at once", "sglang-router", 0.8),
        ("front-stream-paced", "CPU of the gateway a token, 100 streams of 20 tokens a second", "hummingbird-floor", 1.5),
    ):
        goals.at_most(f"{what}: to {peer}", ratio(name, peer), bound, " ×")
        for other in ("sglang-router", "litellm", "hummingbird-floor"):
            if other != peer:
                goals.report(f"{what}: to {other}", ratio(name, other), " ×")
    goals.at_most("p50 of a call, one caller: to sglang-router", ratio("front-unary-c1", "sglang-router", "p50_us"), 0.8, " ×")
    for replicas in (40, 256):
        goals.at_most(
            f"CPU of the gateway a call, 32 callers, {replicas} replicas: to that with 2",
            ratio(f"front-unary-c32-r{replicas}", "hector", other_scenario="front-unary-c32"), 1.1, " ×")
    goals.at_most("1,000 streams at once: refused", figures.spread("front-sse-1000", "hector", "refused"), 0, digits=0)
    goals.at_most(
        "1,000 streams at once: memory of the gateway for each",
        figures.spread("front-sse-1000", "hector", lambda row: row["server_bytes_per_stream"] / 1024), 32, " KiB", digits=1)
    goals.at_most(
        "4 MiB of small JSON values: CPU of the gateway a byte",
        figures.spread("front-json-4mib", "hector", "server_cpu_ns_per_byte"), 20, " ns", digits=1)
    return goals.table()


PROXY_GOALS = (
    ("proxy-unary-seq-mtls", "p50_us", "p50 of a call, one at a time on one core"),
    ("proxy-unary-seq-mtls", total_cpu, "CPU of a call, one at a time on one core"),
    ("proxy-unary-c64-mtls", "p50_us", "p50 of a call, 64 in flight"),
    ("proxy-unary-c64-mtls", total_cpu, "CPU of a call, 64 in flight"),
    ("proxy-stream-paced-mtls", "p50_us", "p50 of a message, paced stream"),
    ("proxy-stream-s1-mtls", total_cpu, "CPU of a message, one stream"),
    ("proxy-stream-s32-mtls", total_cpu, "CPU of a message, 32 streams"),
)


def machine():
    def first(path, key):
        with open(path) as lines:
            return next((line.partition(":")[2].strip() for line in lines if line.startswith(key)), "unknown")

    swift = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    commit = subprocess.run(["git", "-C", ROOT, "describe", "--always", "--dirty"], capture_output=True, text=True).stdout
    return {
        "date": datetime.date.today().isoformat(), "commit": commit.strip(), "cores": len(os.sched_getaffinity(0)),
        "cpu": first("/proc/cpuinfo", "model name"),
        "memory_gib": round(int(first("/proc/meminfo", "MemTotal").split()[0]) / 2**20),
        "kernel": platform.release(), "swift": swift.partition("Swift version ")[2].split(" ")[0] or "unknown",
    }


def as_json(rows):
    """One row a line, so that two runs can be compared."""
    return "[\n" + ",\n".join(json.dumps(row) for row in rows) + "\n]\n"


def save(suite, rows, about):
    """Replaces what was saved of a suite."""
    RESULTS.parent.mkdir(exist_ok=True)
    others = [row for row in json.loads(RESULTS.read_text()) if suite_of(row["scenario"]) != suite]
    mine = [row for row in rows if suite_of(row["scenario"]) == suite]
    RESULTS.write_text(as_json(sorted(others + mine, key=lambda row: suite_of(row["scenario"]))))
    MACHINE.write_text(json.dumps(json.loads(MACHINE.read_text()) | {suite: about}, indent=2) + "\n")


def write_documentation():
    """Puts the tables of what is saved between the markers of docs/performance.md."""
    rows, machines = json.loads(RESULTS.read_text()), json.loads(MACHINE.read_text())
    text = DOCUMENTATION.read_text()
    for suite, about in machines.items():
        figures = Figures([row for row in rows if suite_of(row["scenario"]) == suite])
        if suite == "front":
            parts = ["### Goals of the fronts", front_goals(figures), "### All stacks", front_table(figures), other_table(figures)]
        else:
            parts = [
                "### Goals", goals(figures), "### Direct", direct_table(figures), "### Behind a proxy", proxy_table(figures),
                "### Allocations and memory", other_table(figures)]
        text = _between_markers(text, suite, [about_line(about, figures), *parts])
    DOCUMENTATION.write_text(text)


def _between_markers(text, name, parts):
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    if not tail:
        raise SystemExit(f"{DOCUMENTATION} has no markers {begin} and {end}")
    return head + "\n\n".join([begin, *(part for part in parts if part), end]) + tail


def about_line(about, figures):
    versions = "".join(f", {name} {version}" for name, version in about.get("versions", {}).items())
    others = Spread([row["other_cores"] for row in figures.rows.values()])
    return (
        f"{about['date']}, commit {about['commit']}: {about['rounds']} rounds of {about['seconds']:g} s on {about['cpu']}, "
        f"{about['cores']} cores, {about['memory_gib']} GiB, Linux {about['kernel']}; Swift {about['swift']}{versions}. "
        f"Medians, least and most of the rounds in brackets. What else ran on the machine, or on its host in its place, took "
        f"{others.text(1)} cores meanwhile.")
