# SPDX-License-Identifier: GPL-2.0
"""size.py [OBJECTS]: what a list of two takes; they hang on each other."""
import gc
import sys
import tracemalloc

from bench import argument, say


def resident():
    with open("/proc/self/statm", encoding="ascii") as file:
        return int(file.read().split()[1]) * 4096


def chain(count):
    head = None
    for _ in range(count):
        head = [head, None]
    return head


gc.disable()
objects = argument(1, 4000000)
say("sizeof", sys.getsizeof([None, None]))     # with the collector's header
before = resident()
keep = chain(objects)
say("resident", (resident() - before) / objects)
del keep
tracemalloc.start()
before = tracemalloc.get_traced_memory()[0]
keep = chain(100000)
say("traced", (tracemalloc.get_traced_memory()[0] - before) / 100000)
tracemalloc.stop()
