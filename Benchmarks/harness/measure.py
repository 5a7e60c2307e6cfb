"""One measurement: one stack in one scenario, one server, one client."""
import os
import socket
import time

from .processes import Broken, Process, machine_time, private_memory, processor_time
from .proxies import Proxy


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


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
    program = programs.ours if scenario.through_proxy else programs.of(stack)
    counts = programs.counter if scenario.name.startswith("allocations") else None
    switches = {"hector-offloop": {"OFF_LOOP": "1"}, "hector-metrics": {"METRICS": "1"}}
    environment = {**programs.environment, **switches.get(stack, {})}
    address = f"unix:{folder}/server.sock" if scenario.address == "unix" else f"tls:{free_port()}"

    running = []
    try:
        proxy = None
        if scenario.through_proxy:
            proxy = Proxy.start(stack, address, folder, cores, programs, running)
            server_pid = proxy.backend_pid
            environment |= {"PLUGIN": "benchmark"}
        else:
            server = Process("server", [program, "server", address], folder, cores, environment, reads=True, counts=counts)
            running.append(server)
            server.expect("READY", 20)
            server_pid = server.pid
        client = Process(
            "client", [program, "client", address, scenario.workload, seconds], folder, cores, environment,
            reads=True, counts=counts)
        running.append(client)

        client.expect("BEGIN", 60)
        before = _readings(client, server_pid, proxy, running)
        client.go_on()
        client.expect("END", seconds + 120)
        after = _readings(client, server_pid, proxy, running)
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
        "client_cpu_us": round(used["client"] / count, 3), "server_cpu_us": round(used["server"] / count, 3),
    }
    if proxy:
        row["proxy_cpu_us"] = round(used["proxy"] / count, 3)
    ours = used["client"] + used["server"] + used.get("proxy", 0)
    row["other_cores"] = round(max(0, used["machine"] - ours) / used["time"], 2)
    if counts:
        row["client_allocations"] = round(used["client_allocations"] / count, 2)
        row["server_allocations"] = round(used["server_allocations"] / count, 2)
    if scenario.workload.startswith("idle"):
        row["server_bytes_per_connection"] = round(used["server_memory"] / count)
    return row


def _readings(client, server_pid, proxy, running):
    """The state of all processes while nothing is asked of them."""
    readings = {
        "time": time.monotonic_ns() / 1e3, "machine": machine_time(),
        "client": processor_time(client.pid), "server": processor_time(server_pid), "server_memory": private_memory(server_pid)}
    if proxy:
        readings["proxy"] = sum(processor_time(pid) for pid in [proxy.process.pid, *proxy.workers()])
    if client.counter:
        readings["client_allocations"] = client.allocations()
        readings["server_allocations"] = running[0].allocations()
    return readings
