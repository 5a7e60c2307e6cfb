"""Arguments, the order of things, and where the results go."""
import argparse
import resource
import signal
import time
from pathlib import Path

from harness.processes import Broken, machine_time
from harness.programs import note
from harness.report import machine

from . import mesh, report
from .scenarios import SCENARIOS


def main():
    parser = argparse.ArgumentParser(
        prog="Benchmarks/live/run", description="Measures the mesh live: programs of this clone as processes on loopback.",
        epilog="It fails when something broke, never for a figure.")
    parser.add_argument("scenario", nargs="*", help=f"all by default: {', '.join(SCENARIOS)}")
    parser.add_argument("--json", type=Path, metavar="FILE", help="also writes the rows there")
    parser.add_argument("--quick", action="store_true", help="a fraction of the calls: to see that it runs, not for figures")
    parser.add_argument("--seed", type=int, default=1, help="of arrivals and work, default 1")
    parser.add_argument("--slots", type=int, default=2, help="of each machine in speeds-2 and speeds-3, default 2")
    parser.add_argument("--no-build", action="store_true", help="measure what was built by an earlier run")
    parser.add_argument("--keep", action="store_true", help="keep the folders with configurations and logs")
    options = parser.parse_args()
    unknown = set(options.scenario) - set(SCENARIOS)
    if unknown:
        parser.error(f"there is no scenario {', '.join(sorted(unknown))}: {', '.join(SCENARIOS)}")
    names = [name for name in SCENARIOS if name in options.scenario or not options.scenario]

    # Stopped by a signal, it stops what it started.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.default_int_handler)
    rows, broken = [], []
    try:
        if not options.no_build:
            products = mesh.PRODUCTS + (("mesh-callers",) if "callers" in names else ())
            mesh.build(products)
        for name in names:
            start, before = time.monotonic(), _processor_seconds()
            note(f"{name}: {SCENARIOS[name].__doc__.splitlines()[0]}")
            try:
                found = SCENARIOS[name](options)
            except Broken as error:
                broken.append(f"{name}: {error}")
                note(f"  broken: {error}")
                continue
            lasted = time.monotonic() - start
            others = max(0, (_processor_seconds() - before) / lasted)
            note(f"  {lasted:.0f} s")
            for row in found:
                row.other_cores = round(others, 2)
            found[-1].notes.append(f"other programs of the machine used {others:.1f} cores meanwhile")
            rows += found
    except Broken as error:
        note(f"run: {error}")
        return 1
    except KeyboardInterrupt:
        return 130
    print(report.table(rows))
    if options.json:
        about = {**machine(), "quick": options.quick, "seed": options.seed}
        options.json.write_text(report.as_json(rows, about))
    for line in broken:
        note(f"run: broken: {line}")
    return 1 if broken else 0


def _processor_seconds():
    """Of the whole machine without us and what we started and saw end."""
    ours = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return machine_time() / 1e6 - sum(usage.ru_utime + usage.ru_stime for usage in ours)
