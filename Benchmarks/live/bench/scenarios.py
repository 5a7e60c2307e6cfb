"""What is measured. README.md says the same in prose."""
import statistics
from collections import Counter

from harness.processes import Broken

from . import oracle
from .load import Call, arrivals, closed_loop, jobs, open_loop, percentile
from .mesh import MESH, PLUGIN, Mesh, plugin_of
from .report import Row, at_most


def slow_node(options):
    """two nodes at 10 ms a token and one at 50, 4 slots each, 25 calls/s of 5–20 tokens"""
    return _slow_node("slow-node", options, tells=True)


def slow_node_untold(options):
    """the same, and nobody tells the slots"""
    return _slow_node("slow-node-untold", options, tells=False)


def _slow_node(scenario, options, tells):
    paces = {"fast-1": 10, "fast-2": 10, "slow": 50}
    slots, warm_up, seconds = 4, 5, 8 if options.quick else 40
    calls = arrivals(options.seed, 25, warm_up + seconds, (5, 20))
    with Mesh(scenario, paces, keep=options.keep) as mesh:
        for name, pace in paces.items():
            mesh.start_node(name, token_ms=pace, slots=slots, **({"tells": "true"} if tells else {}))
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
    row = at_most(
        scenario, f"p99 of {len(counted)} calls", percentile([call.seconds for call in counted], 99) * 1000, "ms",
        reference * 1000, 1.1, _failed(counted), notes)
    return [row]


def frozen_plugin(options):
    """one plugin of three after the other frozen (SIGSTOP) for 7 s, 50 calls/s of 5–20 tokens at 10 ms"""
    config = {"token_ms": 10, "first_ms": 100, "slots": 16}
    lasting, limit = 7, 2.5
    with Mesh("frozen-plugin", ("node-1", "node-2"), keep=options.keep) as mesh:
        nodes = [mesh.start_node(name, **config) for name in ("node-1", "node-2")]
        mesh.start_host(plugin=config)
        programs = {"node-1": nodes[0].process, "host": mesh.host, "node-2": nodes[1].process}
        if options.quick:
            del programs["node-2"]
        moments, events, frozen = [], [], {}
        for index, (name, program) in enumerate(programs.items()):
            moment = 5 + index * (lasting + 5)

            def freeze(now, name=name, program=program):
                frozen[name] = plugin_of(program)
                mesh.freeze(frozen[name])
                moments.append(now)

            events += [(moment, freeze), (moment + lasting, lambda now, name=name: mesh.thaw(frozen[name]))]
        calls = arrivals(options.seed, 50, events[-1][0] + 3, (5, 20))
        open_loop(mesh.url, calls, events)
        if len(moments) != len(programs):
            raise Broken(f"only {len(moments)} of {len(programs)} plugins could be frozen")

    def waited(call):
        """For a stream, its first token: once that is there, it is another story."""
        return (call.end if call.first is None else call.first) - call.due

    # A stream with a token when its plugin freezes is none of those that can be taken elsewhere.
    begun = [call for call in calls if call.first is not None and any(call.first <= moment < call.end for moment in moments)]
    counted = [call for call in calls if call not in begun]
    late = [call for call in counted if waited(call) > limit]
    failed = [call for call in counted if call.error]
    # How long after the freeze, where one fell into their time.
    touched = [call.due + waited(call) - moment for call in counted for moment in moments
               if call.due <= moment < call.due + waited(call)]
    stalled = [call for call in begun if call.error or call.seconds > limit]
    kinds = Counter(call.kind for call in late)
    notes = [
        f"{len(counted)} calls, {len(touched)} of them without a token when a plugin froze; late: {kinds['unary']} unary, {kinds['stream']} "
        f"streams, the latest {max(map(waited, counted)):.2f} s; {len(failed)} failed; the last came {max(touched, default=0):.2f} s after a freeze",
        f"streams with a token when a plugin froze, of any replica: {len(begun)}, of which {sum(bool(call.error) for call in begun)} "
        f"broke and {sum(not call.error for call in stalled)} went on after more than {limit} s"] + _errors(counted)
    return [
        Row("frozen-plugin", f"calls later than {limit} s", len(late), f"of {len(counted)}", "0", not late, notes=notes),
        Row("frozen-plugin", "calls that failed", len(failed), f"of {len(counted)}", "0", not failed)]


def frozen_machine(options):
    """jobs on two equal machines, 8 in flight; one machine frozen after a quarter of them"""
    return _frozen_jobs("frozen-machine", options, lambda mesh, node, plugin: mesh.freeze(node.pid, plugin))


def frozen_worker(options):
    """jobs on two equal machines, 8 in flight; the plugin of one machine frozen after a quarter of them"""
    return _frozen_jobs("frozen-worker", options, lambda mesh, node, plugin: mesh.freeze(plugin))


def _frozen_jobs(name, options, freeze):
    count, slots, in_flight = 60 if options.quick else 400, 4, 8
    quarter = count // 4

    def makespan(end):
        work = jobs(options.seed, count, 500, 0.5)
        with Mesh(name, ("first", "second"), keep=options.keep) as mesh:
            nodes = [mesh.start_node(node, token_ms=1, slots=slots) for node in ("first", "second")]
            mesh.start_host()
            node, plugin = nodes[1].process, nodes[1].plugin
            return closed_loop(mesh.url, work, in_flight, (quarter, lambda: end(mesh, node, plugin))), work

    reference, without = makespan(lambda mesh, node, plugin: node.popen.terminate())
    measured, frozen = makespan(freeze)
    ideal = oracle.drained([job.tokens for job in frozen], 0.001, slots, quarter)
    notes = [
        f"reference: the same {count} jobs where the second machine is shut down at that moment (it finishes what it has); "
        f"without any cost of calls that takes {ideal:.1f} s",
        f"frozen: the slowest job took {max(job.seconds for job in frozen):.1f} s, {_failed(frozen)} failed; "
        f"shut down: {max(job.seconds for job in without):.1f} s, {_failed(without)} failed"]
    return [at_most(name, "makespan", measured, "s", reference, 1.05, _failed(frozen), notes + _errors(frozen))]


def speeds_2(options):
    """jobs on machines of speeds 5.6 : 1, 8 in flight, 2 slots each"""
    return _speeds("speeds-2", options, (5.6, 1))


def speeds_3(options):
    """jobs on machines of speeds 4 : 2 : 1, 8 in flight, 2 slots each"""
    return _speeds("speeds-3", options, (4, 2, 1))


def _speeds(name, options, speeds):
    count, slots, in_flight = 60 if options.quick else 400, options.slots, 8
    work = jobs(options.seed, count, 500, 0.5)
    machines = {f"speed-{speed:g}".replace(".", "-"): speeds[0] / speed for speed in speeds}
    with Mesh(name, machines, keep=options.keep) as mesh:
        for machine, pace in machines.items():
            mesh.start_node(machine, token_ms=round(pace, 6), slots=slots)
        mesh.start_host()
        before = mesh.calls()
        measured = closed_loop(mesh.url, work, in_flight)
        share = _shares(before, mesh.calls())
    known = [(pace / 1000, slots) for pace in machines.values()]
    tokens = [job.tokens for job in work]
    reference = oracle.proportional(sum(tokens), known)
    best = oracle.best_makespan(tokens, known, in_flight)
    speed = sum(speed / speeds[0] for speed in speeds) * slots
    notes = [
        f"reference: {sum(tokens) / 1000:.1f} s of work on the fast machine by {speed:.2f}, the speed of all slots in slots of the fast "
        f"machine; one queue in front of all slots, by one who knows all, takes {best:.1f} s ({best / reference:.2f} ×)",
        f"shares of the calls: {share}; work by speed gives "
        + ", ".join(f"{machine} {value / sum(speeds):.0%}" for machine, value in zip(machines, speeds)),
        f"the slowest job took {max(job.seconds for job in work):.1f} s"] + _errors(work)
    return [at_most(name, "makespan", measured, "s", reference, 1.1, _failed(work), notes)]


def callers(options):
    """20 hosts call 20 nodes of one slot each at load .9, by the router and by P2C-EWMA"""
    count, load, tokens = 20, 0.9, 50
    hosts, names = [[f"{word}-{number + 1}" for number in range(count)] for word in ("caller", "node")]
    with Mesh("callers", names, hosts, keep=options.keep) as mesh:
        for name in names:
            mesh.start_node(name, token_ms=1, slots=1)
        plan = {
            "mesh": MESH, "ca": f"{mesh.certificates}/ca.pem", "plugin": PLUGIN, "tokens": tokens,
            "callers": [{
                "configuration": str(mesh.write_host(name, "30s")), "certificate": f"{mesh.certificates}/host-{name}.pem",
                "key": f"{mesh.certificates}/host-{name}.key"} for name in hosts],
            "nodes": [node.address for node in mesh.nodes.values()], "callsPerSecond": load * count * 1000 / tokens,
            "warmUpSeconds": 2 if options.quick else 5, "seconds": 5 if options.quick else 20,
            "rounds": 1 if options.quick else 2, "seed": options.seed}
        measured = mesh.run("mesh-callers", plan)
    # By picker: seconds of all calls, and p99 of each round.
    seconds, rounds, ideal, errors = {"hector": [], "p2c-ewma": []}, {"hector": [], "p2c-ewma": []}, [], Counter()
    for line in measured:
        made = sorted(line["calls"], key=lambda call: call["due"])
        counted = [call["due"] >= plan["warmUpSeconds"] for call in made]
        errors.update(call["error"][:160] for call in made if call.get("error"))
        times = [call["seconds"] for call, counts in zip(made, counted) if counts and not call.get("error")]
        seconds[line["picker"]] += times
        rounds[line["picker"]].append(percentile(times, 99))
        if line["picker"] == "hector":
            best = oracle.best_assignment([(call["due"], call["tokens"]) for call in made], [(0.001, 1)] * count)
            ideal += [time for time, counts in zip(best, counted) if counts]
    theirs = percentile(seconds["p2c-ewma"], 99)
    notes = [
        "; ".join(
            f"{picker}: p50 {percentile(times, 50) * 1000:.0f}, p90 {percentile(times, 90) * 1000:.0f}, p99 {percentile(times, 99) * 1000:.0f}, "
            f"mean {statistics.fmean(times) * 1000:.0f} ms of {len(times)} calls"
            for picker, times in {**seconds, "the best assignment": ideal}.items()),
        f"the best assignment, by one who knows all, has {percentile(ideal, 99) / theirs:.2f} × the p99 of P2C-EWMA",
        "ratios round by round: " + ", ".join(f"{ours / other:.2f}" for ours, other in zip(rounds["hector"], rounds["p2c-ewma"]))]
    notes += [f"{number} failed: {error}" for error, number in errors.most_common(3)]
    return [at_most(
        "callers", f"p99 of {len(seconds['hector'])} calls", percentile(seconds["hector"], 99) * 1000, "ms", theirs * 1000, 0.6,
        sum(errors.values()), notes)]


def _overhead(url, token_ms):
    """What a call takes longer than its tokens, while there is no other: the quickest of a few."""
    calls = [Call("unary", 20) for _ in range(10)]
    closed_loop(url, calls, 1)
    return min(call.seconds for call in calls) - 20 * token_ms / 1000


def _shares(before, after):
    calls = {host: count - before.get(host, 0) for host, count in after.items()}
    whole = max(1, sum(calls.values()))
    return ", ".join(f"{host} {count / whole:.1%}" for host, count in sorted(calls.items()))


def _failed(calls):
    return sum(bool(call.error) for call in calls)


def _errors(calls):
    errors = Counter(call.error[:160] for call in calls if call.error)
    return [f"{number} failed: {error}" for error, number in errors.most_common(3)]


SCENARIOS = {
    "slow-node": slow_node, "slow-node-untold": slow_node_untold, "frozen-plugin": frozen_plugin, "frozen-machine": frozen_machine,
    "frozen-worker": frozen_worker, "speeds-2": speeds_2, "speeds-3": speeds_3, "callers": callers}
