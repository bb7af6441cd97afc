# SPDX-License-Identifier: GPL-2.0
"""The processor time of a machine that runs as processes of this one.

A User Mode Linux cannot tell how much of the time the host gave it: its own
clocks go on while others run. The host can. So its processes are watched from
here, and a span of time inside is looked up afterwards.
"""
import bisect
import os
import threading
import time

EVERY = 0.002       # seconds between two looks
LOOK_AROUND = 0.05  # and between two looks for new processes


def children(pid):
    """Each thread has its own."""
    found = []
    try:
        for thread in os.listdir(f"/proc/{pid}/task"):
            with open(f"/proc/{pid}/task/{thread}/children", encoding="ascii") as file:
                found += [int(word) for word in file.read().split()]
    except OSError:
        pass
    return found


def family(pid):
    """All that descend from a process."""
    members, left = [], [pid]
    while left:
        pid = left.pop()
        members.append(pid)
        left.extend(children(pid))
    return members


def cpu_clock(pid):
    """The clock of another process's processor time, as clock_getcpuclockid() has it."""
    return (~pid << 3) | 2


class Watch(threading.Thread):
    """Records the processor time of a process and its descendants, over time."""

    def __init__(self, pid):
        super().__init__(daemon=True)
        self.pid = pid
        self.times, self.totals = [], []
        self.used = {}
        self.ending = threading.Event()

    def look(self, members):
        for pid in members:
            try:
                self.used[pid] = time.clock_gettime_ns(cpu_clock(pid))
            except OSError:
                pass        # it ended; what it used was used
        self.times.append(time.monotonic_ns())
        self.totals.append(sum(self.used.values()))

    def run(self):
        members, looked = [], 0
        while not self.ending.wait(EVERY):
            if time.monotonic() - looked > LOOK_AROUND:
                members, looked = family(self.pid), time.monotonic()
            self.look(members)

    def stop(self):
        self.ending.set()
        self.join()

    def total_at(self, when):
        i = bisect.bisect_left(self.times, when)
        if i in (0, len(self.times)):
            raise LookupError("nobody watched then")
        t0, t1 = self.times[i - 1], self.times[i]
        c0, c1 = self.totals[i - 1], self.totals[i]
        return c0 + (c1 - c0) * (when - t0) / (t1 - t0)

    def span(self, begin, end):
        return self.total_at(end) - self.total_at(begin)
