"""Reads RES and FLOOR lines, prints the medians as a table and the ratios to grpc-go."""
import re
import statistics
import sys
from collections import defaultdict

figures = defaultdict(lambda: defaultdict(list))
floor = []
for line in sys.stdin:
    values = dict(re.findall(r"(\w+)=([\d.]+)", line))
    if line.startswith("FLOOR"):
        floor.append(float(values["p50"]))
    elif line.startswith("RES"):
        _, stack, scenario, *_ = line.split()
        for key in ("rate", "p50us", "p99us", "cli_us", "srv_us"):
            figures[stack, scenario][key].append(float(values[key]))
        figures[stack, scenario]["cpu"].append(float(values["cli_us"]) + float(values["srv_us"]))


def median(stack, scenario, key):
    values = figures.get((stack, scenario), {}).get(key)
    return statistics.median(values) if values else None


def show(value, digits=0):
    return "–" if value is None else f"{value:,.{digits}f}"


print("\n| data plane | sequential p50, pinned | CPU per call, client + server, 64 in flight | calls/s at 64 | streamed messages/s (1 / 32 streams) |")
print("| --- | --- | --- | --- | --- |")
if floor:
    print(f"| raw TLS ping-pong in C (the floor) | {statistics.median(floor):.0f} µs | – | – | – |")
for stack in ("hector", "hector-offloop", "grpc-go", "grpc-cpp"):
    print(
        f"| {stack} | {show(median(stack, 'seq', 'p50us'))} µs "
        f"| {show(median(stack, 'c64', 'cli_us'), 1)} + {show(median(stack, 'c64', 'srv_us'), 1)} µs "
        f"| {show(median(stack, 'c64', 'rate'))} "
        f"| {show(median(stack, 's1', 'rate'))} / {show(median(stack, 's32', 'rate'))} |"
    )
print("\nCPU per unary call at 64 in flight, ratio of medians:")
for stack in ("hector", "hector-offloop"):
    for peer in ("grpc-go", "grpc-cpp"):
        mine, theirs = median(stack, "c64", "cpu"), median(peer, "c64", "cpu")
        if mine and theirs:
            print(f"  {stack} / {peer}: {mine / theirs:.2f}")
