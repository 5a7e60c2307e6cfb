"""The charts of docs/router, from what the simulator counted."""
from chart import Chart, Panel, Series
from goals import BEST_PREQUAL, BETTER_ORACLE, Estimate, bad_in_fault, p99, p99_ms, share_after

INTERVAL = "Means over the seeds, with their 95 % intervals."


def charts(runs, cost):
    """By the name of the file."""
    return {"w1.svg": w1(runs), "w2.svg": w2(runs), "w3.svg": w3(runs), "w5.svg": w5(runs), "pick.svg": pick(cost)}


def _series(runs, name, style, reference, panels):
    """A contender of these panels.

    Args:
        reference: The contender, or a group of which the best one counts for each workload.
        panels: For each, the workload by category, and the figure.
    """
    found = []
    for workloads, figure in panels:
        estimates = {}
        for category, workload in workloads.items():
            contender = runs.named(workload, reference)
            estimate = figure(workload, contender) if contender else None
            if estimate:
                estimates[category] = estimate
        found.append(estimates)
    return Series(name, style, found)


def w1(runs):
    sparse = {load: f"W1 100×100 load {load}" for load in ["0.75", "0.93", "1.14", "1.74"]}
    dense = {load: f"W1 40×40 8 cores load {load}" for load in ["0.93", "1.14", "1.74"]}

    def figure(workload, contender):
        return runs.mean(workload, contender, p99_ms)

    panels = [(sparse, figure), (dense, figure)]
    axis = "load (1: the least capacity of all replicas)"
    return Chart(
        "Machines whose capacity changes: 99th percentile of a call's time", f"Lower is better. {INTERVAL} Logarithmic.",
        [
            _series(runs, "Hector", "blue", "hector", panels), _series(runs, "Prequal, the best variant", "orange", BEST_PREQUAL, panels),
            _series(runs, "C3", "green", "C3", panels), _series(runs, "EWMA-P2C", "purple", "EWMA-P2C", panels),
            _series(runs, "the better oracle", "grey", BETTER_ORACLE, panels)],
        [
            Panel("100 routers, 100 replicas", axis, list(sparse), "milliseconds", low=50, high=5000, log=True, joined=True),
            Panel("40 routers, 40 replicas of 8 cores", axis, list(dense), "milliseconds", low=50, high=5000, log=True, joined=True)])


def w2(runs):
    counts = ["4", "8", "32"]
    one, eight = ({count: f"W2 N={count}{routers}" for count in counts} for routers in ("", " 8 routers"))

    def figure(workload, contender):
        return runs.ratio(workload, contender, runs.named(workload, BETTER_ORACLE))

    panels = [(one, figure), (eight, figure)]
    return Chart(
        "Near fast and distant slow machines: p99 over that of the better oracle", f"Lower is better. {INTERVAL}",
        [
            _series(runs, "Hector", "blue", "hector", panels), _series(runs, "Prequal, the best variant", "orange", BEST_PREQUAL, panels),
            _series(runs, "C3", "green", "C3", panels), _series(runs, "EWMA-P2C", "purple", "EWMA-P2C", panels)],
        [
            Panel("one router", "replicas", counts, "ratio of p99", [1.03], joined=True),
            Panel("8 routers", "replicas", counts, "ratio of p99", [1.03], joined=True)])


def w3(runs):
    kinds = {"crash": "crash", "fails\nfast": "failFast", "fails fast,\nchecks pass": "failFastLying", "hang": "hang", "slow": "slow"}
    eight = {name: f"W3 {kind} 8 routers" for name, kind in kinds.items()}
    panels = [(eight, lambda *run: runs.mean(*run, bad_in_fault)), (eight, lambda *run: runs.mean(*run, share_after))]
    return Chart(
        "One of 8 replicas has a fault for 15 s; 8 routers", f"Bad: failed, or over 1 s. {INTERVAL}",
        [
            _series(runs, "Hector", "blue", "hector", panels), _series(runs, "Prequal, the best variant", "orange", BEST_PREQUAL, panels),
            _series(runs, "C3", "green", "C3", panels), _series(runs, "EWMA-P2C", "purple", "EWMA-P2C", panels)],
        [
            Panel("bad calls while it lasts (lower is better)", "fault", list(kinds), "per cent", [0.1], 0.01, log=True),
            Panel("share of the replica afterwards (1 is fair)", "fault", list(kinds), "fair shares", [0.9], 0)])


def w5(runs):
    loads = ["0.7", "0.9"]
    equal, unequal = ({load: f"W5 {kind} load {load}" for load in loads} for kind in ("equal", "2:1"))

    def figure(workload, contender):
        return runs.mean(workload, contender, p99)

    panels = [(equal, figure), (unequal, figure)]
    return Chart(
        "Streams of tokens on 8 replicas: 99th percentile of the slowdown", f"Lower is better; 1: alone on a fast replica. {INTERVAL} Logarithmic.",
        [
            _series(runs, "Hector", "blue", "hector", panels), _series(runs, "least streams", "orange", "LL", panels),
            _series(runs, "C3", "green", "C3", panels), _series(runs, "EWMA-P2C", "purple", "EWMA-P2C", panels),
            _series(runs, "the better oracle", "grey", BETTER_ORACLE, panels)],
        [
            Panel("equally fast", "load", loads, "times the time alone", low=1, log=True),
            Panel("every second one half as fast", "load", loads, "times the time alone", low=1, log=True)])


def pick(cost):
    counts = [row["replicas"] for row in cost]

    def series(name, style, column):
        return Series(name, style, [{row["replicas"]: Estimate(float(row[column]) / 1000) for row in cost}])

    return Chart(
        "Processor time of one call's decisions", "Lower is better; the goal is for the pick. The best of five measurements.",
        [series("pick a replica and lease it", "blue", "admit_ns"), series("learn from the call's end", "orange", "finish_ns")],
        [Panel("", "replicas", counts, "microseconds", [5], 0, 6, joined=True)])
