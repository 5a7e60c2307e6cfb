"""How many allocations a call costs, the same each time, beside what it may cost."""
import argparse
import fcntl
import json
import os
import re
import statistics
import subprocess
from dataclasses import dataclass

from .fronts import Front
from .processes import Broken, Process, free_port
from .programs import ROOT, Programs, note
from .scenarios import Scenario

FOLDER = ROOT / "Benchmarks/allocations"
PRODUCTS = ("hector", "front-echo", "rpc-benchmark")
ROUNDS = 5

# Both ends are on one core: as many event loops, and as many changes between them, wherever this runs.
ONE_CORE = {min(os.sched_getaffinity(0))}


@dataclass(frozen=True)
class Length:
    """Of a run: what the client does, how long, and what that comes to."""
    workload: str
    extent: str
    count: int


@dataclass(frozen=True)
class Subject:
    """What is counted: the difference between a shorter and a longer run, whose beginnings and ends cost the same."""
    name: str
    what: str
    short: Length
    long: Length
    off_loop: bool = False
    # The client's side counts, or the server's.
    client: bool = False
    front: bool = False
    # On a busy machine, what should come by itself comes together, and costs less.
    paced: bool = False
    # How much more is allowed for what the scheduler decides. How many tokens come together, and share what a read and a
    # write cost, is such a thing; what a token allocates of its own counts in full where each comes by itself.
    chance: float = 0.01


def _calls(count):
    return Length("unary-1", f"{count}x", count)


def _tokens(each, streams=50):
    return Length(f"stream-1x{each}", f"{streams}x", each * streams)


def _paced(count, rate=100):
    return Length(f"paced-1x{rate}", str(count / rate), count)


CALLS = (_calls(300), _calls(1300))
SUBJECTS = (
    Subject("rpc-client", "RPC client, a unary call on the event loop", *CALLS, client=True),
    Subject("rpc-server", "RPC server, a unary call on the event loop", *CALLS),
    Subject("rpc-client-offloop", "RPC client, a unary call from Swift's own threads", *CALLS, client=True, off_loop=True),
    Subject("rpc-server-offloop", "RPC server, a unary call on Swift's own threads", *CALLS, off_loop=True),
    Subject("front-call", "hector serve, a call from HTTP to a plugin", *CALLS, front=True),
    Subject("front-token", "hector serve, a token of streams that are ready at once", _tokens(100), _tokens(500), front=True,
            chance=0.4),
    Subject("front-token-paced", "hector serve, a token by itself", _paced(50), _paced(250), front=True, paced=True),
)


def main():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/allocations/run",
        description="Counts the allocations of a call, and fails where they exceed their budget.")
    parser.add_argument("--release", action="store_true", help="the programs as deploy/release builds them, rather than debug builds")
    parser.add_argument("--accept", action="store_true", help="what is measured becomes the budget")
    parser.add_argument("--only", metavar="NAME", choices=[subject.name for subject in SUBJECTS])
    parser.add_argument("--no-build", action="store_true", help="the Swift programs are there")
    options = parser.parse_args()
    build = "release" if options.release else "debug"
    programs = Programs(build=build)
    programs.work.mkdir(exist_ok=True)
    lock = open(programs.work / "lock", "w")
    # Another run uses the same files.
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        programs.prepare_allocations([] if options.no_build else PRODUCTS)
        budgets = Budgets(build)
        failures = []
        for subject in SUBJECTS:
            if options.only in (None, subject.name):
                failures += examine(subject, programs, budgets, options.accept)
        if options.accept:
            budgets.write()
        for failure in failures:
            note(failure)
        if failures:
            note(f"Where more is meant: Benchmarks/allocations/run {'--release ' if options.release else ''}--accept")
        return 1 if failures else 0
    except Broken as error:
        note(f"allocations: {error}")
        return 1
    except KeyboardInterrupt:
        return 130


def examine(subject, programs, budgets, accepts):
    """Counts until the budget is kept; returns what there is to complain about."""
    budget = budgets.of(subject)
    figures = []
    for figure in measured(subject, programs):
        figures.append(figure)
        if not accepts and budget is not None and figure <= most(budget, subject):
            break
    # What a process does by the clock, beside the calls, only adds to them.
    least, usual = min(figures), statistics.median(figures)
    print(f"{subject.name:20}{usual if accepts else least:10.2f}   " + ("" if budget is None else f"budget {budget:10.2f}   ") + subject.what, flush=True)
    if accepts:
        budgets.accept(subject, usual)
    elif budget is None:
        return [f"allocations: {subject.name} has no budget for Swift {budgets.version} ({budgets.build} build)"]
    elif least > most(budget, subject):
        return [
            f"allocations: {subject.name} makes {least:.2f}, {least - budget:.2f} more than its budget of {budget:.2f} ({budgets.build} "
            f"build; {len(figures)} runs: " + ", ".join(f"{figure:.2f}" for figure in figures) + ")"]
    elif least < budget * (1 - max(subject.chance, 0.1)) - 0.5 and not subject.paced:
        note(f"allocations: {subject.name} makes {budget - least:.2f} less than its budget: --accept would keep that")
    return []


def most(budget, subject):
    """With what chance and the clock add: where chance has little say, one allocation more in a call of a hundred is still noticed."""
    return budget * (1 + subject.chance) + 0.3


class Budgets:
    """What calls may cost with one toolchain, in one kind of build."""

    def __init__(self, build):
        self.build, self.version = build, swift_version()
        self._path = FOLDER / f"budgets-{self.version}.json"
        self._all = {"debug": {}, "release": {}}
        if self._path.exists():
            self._all |= json.loads(self._path.read_text())
        else:
            alike = self._of_the_same_minor_version()
            if alike:
                note(f"allocations: no budgets for Swift {self.version}: those of {alike.name} count")
                self._all |= json.loads(alike.read_text())

    def _of_the_same_minor_version(self):
        minor = ".".join(self.version.split(".")[:2])
        return max(FOLDER.glob(f"budgets-{minor}.*json"), default=None)

    def of(self, subject):
        return self._all[self.build].get(subject.name)

    def accept(self, subject, figure):
        self._all[self.build][subject.name] = round(figure, 2)

    def write(self):
        ordered = {
            build: {subject.name: figures[subject.name] for subject in SUBJECTS if subject.name in figures}
            for build, figures in self._all.items()}
        self._path.write_text(json.dumps(ordered, indent=2) + "\n")


def swift_version():
    text = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    found = re.search(r"Swift version (\d+\.\d+(?:\.\d+)?)", text)
    if not found:
        raise Broken("swift --version does not tell a version")
    return found.group(1)


def measured(subject, programs):
    """The allocations of one call or token, round by round."""
    running = []
    try:
        if subject.front:
            front = Front(
                "hector", Scenario("allocations", "", (), front=True), programs.scratch, ONE_CORE, programs, running,
                counts=programs.counter)
            server, address, environment = front.process, f"tcp:{front.port}", {}
            client = programs.front
        else:
            address = f"tls:{free_port()}"
            environment = {**programs.environment, **({"OFF_LOOP": "1"} if subject.off_loop else {})}
            client = programs.ours
            server = Process(
                "server", [client, "server", address], programs.scratch, ONE_CORE, environment, reads=True, counts=programs.counter)
            running.append(server)
            server.expect("READY", 60)

        def run(length):
            """What was counted of its calls alone, after others of the same client."""
            process = Process(
                "client", [client, "client", address, length.workload, length.extent], programs.scratch, ONE_CORE,
                environment, reads=True, counts=programs.counter)
            running.append(process)
            counted = process if subject.client else server
            process.expect("BEGIN", 120)
            before = counted.allocations()
            process.go_on()
            process.expect("END", 300)
            after = counted.allocations()
            process.go_on()
            count = float(process.line(60).split()[0])
            if count != length.count:
                raise Broken(f"the client counts {count:.0f} instead of {length.count}")
            process.stop()
            return after - before

        for _ in range(ROUNDS):
            short, long = run(subject.short), run(subject.long)
            yield (long - short) / (subject.long.count - subject.short.count)
    finally:
        for process in reversed(running):
            process.stop()
