#!/usr/bin/env python3
"""Measures the goals of the router in the simulator, and writes results/, the tables of RESULTS.md and the charts of docs/router.

  Benchmarks/router/run --report [--seeds M-N] [--processes N]     all of it
  Benchmarks/router/report.py draw                                 tables and charts anew, from results/
  Benchmarks/router/report.py check                                whether they are those of results/
"""
import argparse
import concurrent.futures
import csv
import doctest
import hashlib
import io
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.dont_write_bytecode = True
import chart  # noqa: E402
import goals  # noqa: E402
import plots  # noqa: E402

HERE = Path(__file__).resolve().parent
CSV = HERE / "results/latest.csv"
COST = HERE / "results/cost.csv"
PAGE = HERE / "RESULTS.md"
CHARTS = HERE.parents[1] / "docs/router"
MARKS = ("<!-- Written by run --report: -->", "<!-- Until here. -->")

CONTENDERS = [
    "hector", "Prequal 0.00", "Prequal 0.60", "Prequal 0.84", "C3", "EWMA-P2C", "LR-P2C", "LL", "oracle JSQ", "oracle LW",
    "~no questions", "~no answers", "~no reports"]
WORKLOADS = ["w1", "w1dense", "w2", "w2routers", "w3", "w3routers", "w4", "w5"]


class Jobs:
    """One process for each workload, contender and seed. What is done is kept: a report that was stopped goes on where it was."""

    def __init__(self, simulator, seeds, processes):
        self.simulator = simulator
        self.processes = processes
        # Another simulator may give other figures.
        version = hashlib.sha256(Path(simulator).read_bytes()).hexdigest()[:16]
        self.parts = HERE / ".build/report" / version
        for other in self.parts.parent.glob("*"):
            if other != self.parts:
                shutil.rmtree(other)
        self.parts.mkdir(parents=True, exist_ok=True)
        # Seed by seed: after the first it is known how long the others take.
        self.all = [(seed, workload, contender) for seed in seeds for workload in WORKLOADS for contender in CONTENDERS]
        # By job, of those that ran now: on the clock, and on a processor.
        self.seconds = {}
        self.busy = {}
        self.shown = 0.0

    def part(self, job):
        seed, workload, contender = job
        return self.parts / f"{workload} {contender} {seed}.csv"

    def run(self):
        open_jobs = [job for job in self.all if not self.part(job).exists()]
        if len(open_jobs) < len(self.all):
            print(f"{len(self.all) - len(open_jobs)} of {len(self.all)} runs were made before, by the same simulator", file=sys.stderr)
        with concurrent.futures.ThreadPoolExecutor(self.processes) as pool:
            futures = [pool.submit(self._run, job) for job in open_jobs]
            try:
                for done, future in enumerate(concurrent.futures.as_completed(futures), 1):
                    self._show(future.result(), open_jobs, done)
            except BaseException:
                pool.shutdown(cancel_futures=True)
                raise
        if self.seconds:
            print(file=sys.stderr)

    def _run(self, job):
        seed, workload, contender = job
        part = self.part(job)
        draft = part.with_suffix(".draft")
        draft.unlink(missing_ok=True)
        began = time.monotonic()
        process = subprocess.Popen(
            [self.simulator, workload, "--seeds", f"{seed}-{seed}", "--only", f"={contender}", "--csv", draft], stdout=subprocess.DEVNULL)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            raise subprocess.CalledProcessError(process.returncode, process.args)
        draft.rename(part)
        self.seconds[job] = time.monotonic() - began
        self.busy[job] = usage.ru_utime + usage.ru_stime
        return job

    def _show(self, job, open_jobs, done):
        """A line that replaces the one before on a terminal, and one in ten seconds elsewhere."""
        now = time.monotonic()
        is_terminal = sys.stderr.isatty()
        if done < len(open_jobs) and now - self.shown < (0.2 if is_terminal else 10):
            return
        self.shown = now
        means = _means(self.seconds)
        usual = sum(means.values()) / len(means)
        left = sum(means.get((workload, contender), usual) for _, workload, contender in open_jobs[done:]) / self.processes
        seed, workload, contender = job
        text = f"{100 * done // len(open_jobs):3} %, about {left / 60:.0f} min left; seed {seed}, {workload}, {contender}"
        print(f"\r{text:<79}" if is_terminal else text, end="" if is_terminal else "\n", file=sys.stderr, flush=True)

    def merged(self):
        """By workload, contender and seed, in the order of the lists above, whatever ended first."""
        head, rows = None, []
        for job in self.all:
            lines = self.part(job).read_text(encoding="utf-8").splitlines()
            head = lines[0]
            seed, workload, contender = job
            rows += [
                (WORKLOADS.index(workload), scenario, CONTENDERS.index(contender), seed, line) for scenario, line in enumerate(lines[1:])]
        return "".join(line + "\n" for line in [head, *(row[-1] for row in sorted(rows))])

    def times(self):
        """How long one seed of each workload keeps a processor busy."""
        means = _means(self.busy)
        whole = {workload: sum(means.get((workload, contender), 0) for contender in CONTENDERS) for workload in WORKLOADS}
        return ", ".join(f"{workload} {seconds:.0f}" for workload, seconds in whole.items()) + " s of a processor for each seed"


def _means(seconds):
    """Of the seeds of a workload and contender."""
    known = {}
    for (_, *kind), taken in list(seconds.items()):
        known.setdefault(tuple(kind), []).append(taken)
    return {kind: sum(values) / len(values) for kind, values in known.items()}


def measure_cost(simulator, counter):
    """The rows of the table that the simulator prints. Alone on the machine, as its times depend on who else runs.

    Args:
        counter: The library that counts allocations. It writes their number into a file.
    """
    with tempfile.NamedTemporaryFile() as number:
        counted = {"COUNTED": number.name, "ALLOCATIONS": number.name, "LD_PRELOAD": counter}
        table = subprocess.run([simulator, "cost"], check=True, capture_output=True, text=True, env=os.environ | counted).stdout
    rows = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines() if line.startswith("|")]
    assert rows[0] == ["N", "admit", "finish", "both", "allocations: admit", "finish"], rows[0]
    return "replicas,admit_ns,finish_ns,admit_allocations,finish_allocations\n" + "".join(
        ",".join([*row[:3], *row[4:]]) + "\n" for row in rows[2:])


def drawn():
    """What results/ gives: the text of each file."""
    runs = goals.Runs.read([CSV])
    cost = list(csv.DictReader(io.StringIO(COST.read_text(encoding="utf-8"))))
    seeds = runs.seeds
    text = "\n\n".join([
        f"Seeds {seeds[0]} to {seeds[-1]}.", "### The goals", goals.goals_table(runs, cost), "### p99", goals.p99_table(runs), "### Faults",
        goals.faults_table(runs)])
    page = PAGE.read_text(encoding="utf-8")
    before, rest = page.split(MARKS[0])
    after = rest.split(MARKS[1])[1]
    files = {PAGE: f"{before}{MARKS[0]}\n\n{text}\n\n{MARKS[1]}{after}"}
    return files | {CHARTS / name: drawing.svg() for name, drawing in plots.charts(runs, cost).items()}


def draw():
    CHARTS.mkdir(exist_ok=True)
    for path, text in drawn().items():
        path.write_text(text, encoding="utf-8")
    print(goals.goals_table(goals.Runs.read([CSV]), list(csv.DictReader(COST.open(encoding="utf-8")))))


def check():
    failed = sum(doctest.testmod(module).failed for module in (goals, chart))
    stale = [path.name for path, text in drawn().items() if not path.exists() or path.read_text(encoding="utf-8") != text]
    if stale:
        print(f"not what results/ gives: {', '.join(stale)}. Benchmarks/router/report.py draw writes them anew", file=sys.stderr)
    return 1 if failed or stale else 0


def run(simulator, counter, seeds, processes):
    jobs = Jobs(simulator, seeds, processes)
    jobs.run()
    CSV.parent.mkdir(exist_ok=True)
    CSV.write_text(jobs.merged(), encoding="utf-8")
    COST.write_text(measure_cost(simulator, counter), encoding="utf-8")
    if jobs.busy:
        print(jobs.times(), file=sys.stderr)
    draw()


def seeds_of(text):
    first, _, last = text.partition("-")
    seeds = range(int(first), int(last or first) + 1)
    if not seeds:
        raise argparse.ArgumentTypeError("the last seed is lower than the first")
    return seeds


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    runner = commands.add_parser("run")
    runner.add_argument("simulator")
    runner.add_argument("counter", help="the library that counts allocations")
    runner.add_argument("--seeds", type=seeds_of, default=seeds_of("201-230"), help="those of the goals are 201-230: nobody tuned on them")
    runner.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    commands.add_parser("draw")
    commands.add_parser("check")
    options = parser.parse_args()
    if options.command == "run":
        return run(options.simulator, options.counter, options.seeds, options.processes)
    return draw() if options.command == "draw" else check()


if __name__ == "__main__":
    sys.exit(main())
