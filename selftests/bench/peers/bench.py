# SPDX-License-Identifier: GPL-2.0
"""What the CPython peers share: they print what the programs of ours print."""
import sys
import time

now = time.monotonic_ns


def say(name, value):
    print(f"{name} {value:.9g}", flush=True)


class Span:
    """Its processor time, of the whole machine, is told for each of so many units."""

    def __init__(self):
        self.begin = now()
        self.cpu = time.process_time_ns()

    def say(self, name, units):
        cpu, self.end = time.process_time_ns() - self.cpu, now()
        print(f"span {name} {self.begin} {self.end} {units:.9g} {cpu}", flush=True)

    def wall_ns(self):
        return self.end - self.begin


def argument(index, otherwise):
    return int(sys.argv[index]) if index < len(sys.argv) else otherwise
