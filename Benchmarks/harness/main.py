"""Arguments, rounds, and where the results go."""
import argparse
import fcntl
import fnmatch
import json
import resource
import signal
import time
from pathlib import Path

from . import report
from .measure import measure
from .processes import Broken
from .programs import Programs, note
from .scenarios import direct_of, scenarios, suite_of


def main():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/run",
        description="Measures our gRPC runtime, and the way from HTTP to the plugin (front-*), beside their peers, in turn.",
        epilog="A run of all that belongs to one of the two writes its rows of Benchmarks/results/latest.json and its tables of "
        "docs/performance.md.")
    parser.add_argument("--rounds", type=int, help="default 5")
    parser.add_argument("--seconds", type=float, help="of each measurement, default 2")
    parser.add_argument("--only", action="append", metavar="SCENARIO[/STACK]", help="patterns with * and ?; may be repeated")
    parser.add_argument("--stacks", metavar="STACK,STACK", help="only these")
    parser.add_argument(
        "--hector", type=Path, metavar="PATH",
        help="the program that serves in front-*, instead of this folder's; its hector-plugin-agent is beside it. Writes nothing")
    parser.add_argument("--quick", action="store_true", help="1 round of 1 second")
    parser.add_argument("--no-build", action="store_true", help="measure what was built and installed by an earlier run")
    parser.add_argument("--list", action="store_true", help="say what there is and do nothing")
    parser.add_argument("--tables", action="store_true", help="write the tables anew from latest.json")
    options = parser.parse_args()
    rounds = options.rounds or (1 if options.quick else 5)
    seconds = options.seconds or (1 if options.quick else 2)
    if rounds < 1 or not 0.2 <= seconds <= 600:
        parser.error("--rounds is 1 or more, --seconds from 0.2 to 600")

    if options.tables:
        report.write_documentation()
        return 0
    selected = select(options.only or ["*"], options.stacks and options.stacks.split(","))
    if options.list:
        for scenario, stack in selected:
            print(f"{scenario.name}/{stack}")
        return 0
    if not selected:
        parser.error("nothing has this name: --list shows what there is")

    # Stopped by a signal, it stops what it started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    try:
        programs = Programs(hector=options.hector and options.hector.resolve())
        suites = [] if options.quick or options.hector else whole_suites(selected)
        return measure_all(programs, selected, rounds, seconds, build=not options.no_build, suites=suites)
    except Broken as error:
        note(f"run: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def select(patterns, stacks=None):
    """The (scenario, stack) pairs that a pattern names, and what they are compared with."""
    everything = [(scenario, stack) for scenario in scenarios() for stack in scenario.stacks]

    def named(scenario, stack):
        return (stacks is None or stack in stacks) and any(
            fnmatch.fnmatch(scenario.name, pattern.partition("/")[0]) and fnmatch.fnmatch(stack, pattern.partition("/")[2] or "*")
            for pattern in patterns)

    # What a proxy adds is the difference to our own client and server without it, in the same round.
    baselines = {direct_of(scenario.name) for scenario, stack in everything if scenario.through_proxy and named(scenario, stack)}
    return [
        (scenario, stack) for scenario, stack in everything
        if named(scenario, stack) or (scenario.name in baselines and stack == "hector")]


def whole_suites(selected):
    everything = [(scenario, stack) for scenario in scenarios() for stack in scenario.stacks]
    missing = {suite_of(scenario.name) for scenario, stack in everything if (scenario, stack) not in selected}
    return sorted({suite_of(scenario.name) for scenario, _ in everything} - missing)


def measure_all(programs, selected, rounds, seconds, build, suites):
    programs.scratch.mkdir(parents=True, exist_ok=True)
    lock = open(programs.work / "lock", "w")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise Broken("another run is measuring here: two at once would measure each other") from None
    if build:
        programs.prepare(selected)
    about = report.machine()
    # Every idle connection is a file.
    resource.setrlimit(resource.RLIMIT_NOFILE, (resource.getrlimit(resource.RLIMIT_NOFILE)[1],) * 2)
    rows, failures = [], []
    start = time.monotonic()
    for round_number in range(1, rounds + 1):
        for index, (scenario, stack) in enumerate(selected):
            done = (round_number - 1) * len(selected) + index
            left = (time.monotonic() - start) / done * (rounds * len(selected) - done) if done else 0
            hint = f" ({left / 60:.0f} min left)" if left > 30 else ""
            note(f"round {round_number} of {rounds}: {scenario.name}/{stack}{hint}")
            try:
                row = measure(scenario, stack, round_number, seconds, programs)
            except Broken as error:
                failures.append(f"{scenario.name}/{stack}, round {round_number}: {error}")
                note(f"  broken: {error}")
                continue
            rows.append(row)
            note("  " + report.one_line(row))

    (programs.work / "rows.json").write_text(report.as_json(rows))
    if suites and not failures:
        for suite in suites:
            report.save(suite, rows, about | {"rounds": rounds, "seconds": seconds, "versions": programs.versions(suite)})
        report.write_documentation()
    print(report.tables(rows))
    for failure in failures:
        note(f"run: broken: {failure}")
    return 1 if failures else 0
