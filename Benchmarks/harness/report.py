"""Medians, spread and goals as Markdown tables."""
import datetime
import json
import os
import platform
import statistics
import subprocess

from .programs import ROOT
from .scenarios import direct_of, scenarios

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
    if row["other_cores"] >= 0.1:
        words.append(f"others used {row['other_cores']:.1f} cores")
    return ", ".join(words)


def tables(rows):
    figures = Figures(rows)
    parts = [goals(figures), direct_table(figures), proxy_table(figures), other_table(figures)]
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
        if scenario.through_proxy or is_idle_or_allocations(name):
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


def other_table(figures):
    lines = []
    for name, stacks in figures.stacks.items():
        for stack in stacks:
            for key, text in (
                ("client_allocations", "allocations per call, client"), ("server_allocations", "allocations per call, server"),
                ("server_bytes_per_connection", "bytes of the server per idle connection")):
                spread = figures.spread(name, stack, key)
                if spread:
                    lines.append([f"`{name}`", stack, text, spread.text()])
    return table(["scenario", "stack", "figure", "value"], lines)


def goals(figures):
    """Each goal with what it came to; only those that were measured."""
    lines = []

    def add(text, spread, wanted, is_met, unit="", digits=None):
        if spread:
            lines.append([text, wanted, spread.text(digits, unit), "met" if is_met(spread.median) else "**missed**"])

    def at_most(text, spread, bound, unit="", digits=2):
        add(text, spread, f"≤ {bound:g}{unit}", lambda median: median <= bound, unit, digits)

    def at_least(text, spread, bound, unit="", digits=2):
        add(text, spread, f"≥ {bound:g}{unit}", lambda median: median >= bound, unit, digits)

    def report(text, spread, unit="", digits=2):
        if spread:
            lines.append([text, "–", spread.text(digits, unit), "reported"])

    for peer, bound in (("grpc-go", 0.25), ("grpc-cpp", 0.15)):
        text = f"unary, 64 in flight, mutual TLS: CPU of client and server to {peer}"
        at_most(text, figures.ratio("unary-c64-mtls", "hector", peer, total_cpu), bound, " ×")
        report(text + ", handlers off the loop", figures.ratio("unary-c64-mtls", "hector-offloop", peer, total_cpu), " ×")
    at_most("unary, 64 in flight, mutual TLS: CPU with calls counted (`RPCMetrics`, both sides) to CPU without",
            figures.ratio("unary-c64-mtls", "hector-metrics", "hector", total_cpu), 1.02, " ×", digits=3)
    at_most("sequential p50 on one core to the bare TLS ping-pong",
            figures.ratio("unary-seq-mtls", "hector", "tls-floor", "p50_us"), 1.6, " ×")
    at_least("32 server streams at once: messages/s to grpc-go",
             figures.ratio("stream-s32-mtls", "hector", "grpc-go", "rate"), 5, " ×")
    at_most("a lone paced stream, 50 messages/s: p99 from write to read",
            figures.spread("stream-paced-mtls", "hector", "p99_us"), 1000, " µs", digits=0)
    at_least("1 MiB both ways: calls/s to raw OpenSSL",
             figures.ratio("large-1m-mtls", "hector", "tls-floor", "rate"), 0.8, " ×")
    for side, before in ALLOCATIONS_BEFORE.items():
        at_most(f"allocations per unary call, {side} ({before:g} at the start)",
                figures.spread("allocations-c64-mtls", "hector", f"{side}_allocations"), before / 2, digits=1)
    for name, figure, text in PROXY_GOALS:
        added = figures.difference(name, "hector", figure, direct_of(name), "hector")
        for peer in ("envoy", "haproxy", "nginx"):
            theirs = figures.difference(name, peer, figure, direct_of(name), "hector")
            if theirs:
                bound = theirs.median
                add(f"`hector-plugin-agent` as proxy: added {text}", added,
                    f"< {bound:,.{_digits(bound)}f} µs ({peer})", lambda median, bound=bound: median < bound, " µs")
    beyond = figures.difference(
        "idle-1000-mtls", "hector", lambda row: row["server_bytes_per_connection"] / 1024, "idle-1000-mtls", "tls-floor")
    at_most("1,000 idle connections: memory of each beyond what OpenSSL holds", beyond, 32, " KiB", digits=1)
    return table(["measured in one run", "goal", "median (least–most)", ""], lines)


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


def save(rows, about):
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(as_json(rows))
    MACHINE.write_text(json.dumps(about, indent=2) + "\n")


def write_documentation(rows, about):
    """Puts the tables between the markers of docs/performance.md."""
    text = DOCUMENTATION.read_text()
    begin, end = "<!-- tables: begin -->", "<!-- tables: end -->"
    head, _, rest = text.partition(begin)
    _, _, tail = rest.partition(end)
    if not tail:
        raise SystemExit(f"{DOCUMENTATION} has no markers {begin} and {end}")
    versions = "".join(f", {name} {version}" for name, version in about.get("versions", {}).items())
    others = Spread([row["other_cores"] for row in rows])
    about_line = (
        f"{about['date']}, commit {about['commit']}: {about['rounds']} rounds of {about['seconds']:g} s on {about['cpu']}, "
        f"{about['cores']} cores, {about['memory_gib']} GiB, Linux {about['kernel']}; Swift {about['swift']}{versions}. "
        f"Medians, least and most of the rounds in brackets. What else ran on the machine, or on its host in its place, took "
        f"{others.text(1)} cores meanwhile.")
    figures = Figures(rows)
    parts = [
        begin, about_line, "### Goals", goals(figures), "### Direct", direct_table(figures),
        "### Behind a proxy", proxy_table(figures), "### Allocations and memory", other_table(figures), end]
    DOCUMENTATION.write_text(head + "\n\n".join(part for part in parts if part) + tail)
