"""One measurement: one stack in one scenario, one server, one client."""
import os
import time

from .fronts import Front
from .processes import Broken, Process, free_port, machine_time, private_memory, processor_time
from .proxies import Proxy


def measure(scenario, stack, round_number, seconds, programs):
    """Runs it and returns its row for `latest.json`.

    Raises:
        Broken: when a program failed; a slow figure is a figure.
    """
    folder = programs.scratch
    seconds *= scenario.longer
    cores = os.sched_getaffinity(0)
    if scenario.one_core:
        cores = {min(cores)}
    program = programs.client(scenario, stack)
    counts = programs.counter if scenario.name.startswith("allocations") else None
    switches = {"hector-offloop": {"OFF_LOOP": "1"}, "hector-metrics": {"METRICS": "1"}}
    environment = {**programs.environment, **switches.get(stack, {})}
    address = f"unix:{folder}/server.sock" if scenario.address == "unix" else f"tls:{free_port()}"

    running = []
    try:
        # The processes whose time is read, by the part that they play.
        parts = {}
        if scenario.front:
            front = Front(stack, scenario, folder, cores, programs, running)
            address = f"tcp:{front.port}"
            parts |= {"server": front.gateway_pids, "backend": front.backend_pids}
        elif scenario.through_proxy:
            proxy = Proxy.start(stack, address, folder, cores, programs, running)
            parts |= {"server": [proxy.backend_pid], "proxy": [proxy.process.pid, *proxy.workers()]}
            environment |= {"PLUGIN": "benchmark"}
        else:
            server = Process("server", [program, "server", address], folder, cores, environment, reads=True, counts=counts)
            running.append(server)
            server.expect("READY", 20)
            parts["server"] = [server.pid]
        client = Process(
            "client", [program, "client", address, scenario.workload, seconds], folder, cores, environment,
            reads=True, counts=counts)
        running.append(client)
        parts["client"] = [client.pid]

        client.expect("BEGIN", 60)
        idle = _idle_load(parts, seconds) if scenario.subtracts_idle else {}
        before = _readings(client, parts, running)
        client.go_on()
        client.expect("END", seconds + 120)
        after = _readings(client, parts, running)
        client.go_on()
        count, elapsed, p50, p99 = (float(value) for value in client.line(60).split())
        if count == 0:
            raise Broken("the client counts nothing")
    finally:
        for process in reversed(running):
            process.stop()

    used = {key: after[key] - before[key] for key in before}
    row = {
        "scenario": scenario.name, "stack": stack, "round": round_number,
        "rate": round(count / elapsed, 1) if elapsed else 0, "p50_us": round(p50, 2), "p99_us": round(p99, 2),
    }
    for part in ("client", "server", "proxy", "backend"):
        if parts.get(part):
            row[f"{part}_cpu_us"] = round((used[part] - idle.get(part, 0) * used["time"]) / count, 3)
    row["other_cores"] = round(max(0, used["machine"] - sum(used[part] for part in parts)) / used["time"], 2)
    if "server" in idle:
        row["server_idle_cores"] = round(idle["server"], 4)
    if counts:
        row["client_allocations"] = round(used["client_allocations"] / count, 2)
        row["server_allocations"] = round(used["server_allocations"] / count, 2)
    if scenario.workload.startswith("idle"):
        row["server_bytes_per_connection"] = round(used["server_memory"] / count)
    if scenario.workload.startswith("held"):
        row |= {"refused": int(scenario.workload.partition("-")[2]) - int(count), "server_bytes_per_stream": round(used["server_memory"] / count)}
    if scenario.workload.startswith("values"):
        size = int(scenario.workload.partition("x")[2])
        row["server_cpu_ns_per_byte"] = round(row["server_cpu_us"] * 1e3 / size, 3)
    return row


def _idle_load(parts, seconds):
    """The cores that each part takes while nobody calls."""
    def read():
        return {"time": time.monotonic_ns() / 1e3} | {part: sum(map(processor_time, pids)) for part, pids in parts.items()}

    before = read()
    time.sleep(seconds)
    after = read()
    return {part: (after[part] - before[part]) / (after["time"] - before["time"]) for part in parts}


def _readings(client, parts, running):
    """The state of all processes while nothing is asked of them."""
    readings = {"time": time.monotonic_ns() / 1e3, "machine": machine_time()}
    for part, pids in parts.items():
        readings[part] = sum(processor_time(pid) for pid in pids)
    readings["server_memory"] = sum(private_memory(pid) for pid in parts["server"])
    if client.counter:
        readings["client_allocations"] = client.allocations()
        readings["server_allocations"] = running[0].allocations()
    return readings
