"""The processes that take part in a measurement, and what is read of them from outside."""
import os
import queue
import signal
import socket
import struct
import subprocess
import threading
import time
from pathlib import Path


class Broken(Exception):
    """A program did not do its part: what, and where its output is."""


def processor_time(pid):
    """Microseconds of processor time that a process has used, user and system, all threads."""
    # clock_getcpuclockid(3): the complement of the pid in the upper bits, 2 for the scheduler's clock.
    return time.clock_gettime_ns((~pid << 3) | 2) / 1e3


def machine_time():
    """Microseconds that all processors were busy or taken away by the host of a virtual machine."""
    with open("/proc/stat") as lines:
        user, nice, system, _idle, _waiting, interrupts, soft_interrupts, stolen = map(int, lines.readline().split()[1:9])
    return (user + nice + system + interrupts + soft_interrupts + stolen) * 1e6 / os.sysconf("SC_CLK_TCK")


def private_memory(pid):
    """Bytes that belong to this process alone."""
    with open(f"/proc/{pid}/smaps_rollup") as lines:
        return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Private_"))


def children(pid):
    """Of all threads: the kernel keeps them for each."""
    found = []
    for path in Path(f"/proc/{pid}/task").glob("*/children"):
        found += [int(child) for child in path.read_text().split()]
    return found


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """A child of ours with its log in a file; `lines` only where its standard output is read."""

    def __init__(self, name, arguments, folder, cores, environment=None, reads=False, counts=None):
        self.name = name
        self.log = folder / f"{name}.log"
        self.counter = folder / f"{name}.allocations" if counts else None
        # Programs keep nothing on this machine.
        environment = {**os.environ, "HECTOR_STATE_DIR": "none", **(environment or {})}
        # Not for taskset.
        counted = ["env", f"LD_PRELOAD={counts}", f"ALLOCATIONS={self.counter}"] if counts else []
        pinned = ["taskset", "--cpu-list", ",".join(str(core) for core in sorted(cores))]
        with open(self.log, "wb") as log:
            # taskset and env become the program: the process is the same.
            self.popen = subprocess.Popen(
                pinned + counted + [str(argument) for argument in arguments], cwd=folder, env=environment, stdin=subprocess.PIPE,
                stdout=subprocess.PIPE if reads else log, stderr=log, bufsize=0)
        self._lines = queue.SimpleQueue()
        self._reader = threading.Thread(target=self._read, daemon=True) if reads else None
        if self._reader:
            self._reader.start()

    @property
    def pid(self):
        return self.popen.pid

    def _read(self):
        for line in self.popen.stdout:
            self._lines.put(line.decode(errors="replace").strip())
        self._lines.put(None)

    def line(self, timeout):
        """The next line of standard output."""
        try:
            line = self._lines.get(timeout=timeout)
        except queue.Empty:
            raise Broken(f"{self.name} says nothing for {timeout:.0f} s: see {self.log}") from None
        if line is None:
            raise Broken(f"{self.name} ended with status {self.popen.wait()}: {self.last_words()}")
        return line

    def expect(self, word, timeout):
        line = self.line(timeout)
        if line != word:
            raise Broken(f"{self.name} says '{line}' instead of {word}")

    def go_on(self):
        self.popen.stdin.write(b"\n")

    def last_words(self):
        words = self.log.read_text(errors="replace").strip().splitlines()
        return words[-1] if words else f"see {self.log}"

    def allocations(self):
        """How many allocations it made since its start; None where they are not counted."""
        if self.counter is None:
            return None
        return struct.unpack("Q", self.counter.read_bytes()[:8])[0]

    def require_running(self):
        if self.popen.poll() is not None:
            raise Broken(f"{self.name} ended with status {self.popen.returncode}: {self.last_words()}")

    def stop(self):
        if self.popen.poll() is None:
            self.popen.send_signal(signal.SIGTERM)
            try:
                self.popen.wait(5)
            except subprocess.TimeoutExpired:
                self.popen.kill()
        self.popen.wait()
        if self._reader:
            self._reader.join(5)
        for stream in (self.popen.stdin, self.popen.stdout):
            if stream:
                stream.close()
