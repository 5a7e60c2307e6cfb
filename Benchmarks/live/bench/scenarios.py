"""What is measured. README.md says the same in prose."""
from collections import Counter

from . import oracle
from .load import Call, arrivals, closed_loop, open_loop, percentile
from .mesh import Mesh
from .report import at_most


def slow_node(options):
    """two nodes at 10 ms a token and one at 50, 4 slots each, 25 calls/s of 5–20 tokens"""
    paces = {"fast-1": 10, "fast-2": 10, "slow": 50}
    slots, warm_up, seconds = 4, 5, 8 if options.quick else 40
    calls = arrivals(options.seed, 25, warm_up + seconds, (5, 20))
    with Mesh("slow-node", paces, keep=options.keep) as mesh:
        for name, pace in paces.items():
            mesh.start_node(name, token_ms=pace, slots=slots)
        mesh.start_host()
        overhead = _overhead(mesh.url, 10)
        before = mesh.calls()
        open_loop(mesh.url, calls)
        share = _shares(before, mesh.calls())
    counted = [call for call in calls if call.due >= warm_up]
    best = oracle.best_assignment(
        [(call.due, call.tokens) for call in calls], [(pace / 1000, slots) for pace in paces.values()])[-len(counted):]
    reference = percentile(best, 99) + overhead
    notes = [
        f"reference: p99 of the best assignment {percentile(best, 99) * 1000:.0f} ms, and {overhead * 1000:.1f} ms that a lone call "
        "takes longer than its tokens",
        "; ".join(f"{kind} p50 {percentile(times, 50) * 1000:.0f}, p99 {percentile(times, 99) * 1000:.0f} ms" for kind, times in (
            (kind, [call.seconds for call in counted if call.kind == kind]) for kind in ("unary", "stream"))),
        f"shares of the calls: {share}"] + _errors(counted)
    return [at_most(
        "slow-node", f"p99 of {len(counted)} calls", percentile([call.seconds for call in counted], 99) * 1000, "ms",
        reference * 1000, 1.1, notes)]


def _overhead(url, token_ms):
    """What a call takes longer than its tokens, while there is no other: the quickest of a few."""
    calls = [Call("unary", 20) for _ in range(10)]
    closed_loop(url, calls, 1)
    return min(call.seconds for call in calls) - 20 * token_ms / 1000


def _shares(before, after):
    calls = {host: count - before.get(host, 0) for host, count in after.items()}
    whole = max(1, sum(calls.values()))
    return ", ".join(f"{host} {count / whole:.0%}" for host, count in sorted(calls.items()))


def _errors(calls):
    errors = Counter(call.error[:160] for call in calls if call.error)
    return [f"{number} failed: {error}" for error, number in errors.most_common(3)]


SCENARIOS = {"slow-node": slow_node}
