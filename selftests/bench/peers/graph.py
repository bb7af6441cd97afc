# SPDX-License-Identifier: GPL-2.0
"""graph.py SHAPE [OBJECTS [TIMES]]: gc.collect() of the graphs of ours/graph.c; objects are
lists of two. What is alive is collected several times; the first is not told."""
import gc
import random
import sys

from bench import Span, argument, say

RING = 41
ARRAYS = 1000


def ring(count, shuffle):
    nodes = [[None, None] for _ in range(count)]
    order = list(range(count))
    if shuffle:
        random.shuffle(order)
    draw = random.random
    for i in range(count):
        node = nodes[order[i]]
        node[0] = nodes[order[i + 1 if i + 1 < count else 0]]
        node[1] = nodes[order[int(draw() * count)]]
    return nodes[order[0]]


def rings(count, size):
    for _ in range(count // size):
        nodes = [[None, None] for _ in range(size)]
        for i, node in enumerate(nodes):
            node[0] = nodes[i + 1 - size]
            node[1] = nodes[i - 1]
    return count // size * size


def arrays():
    last = [None] * ARRAYS
    for _ in range(ARRAYS - 1):
        last = [last] * ARRAYS
    return last


def live(graph, units):
    times = argument(3, min(3 + 5000000 // units, 64))
    gc.collect()
    span = Span()
    for _ in range(times):
        gc.collect()
    span.say("each", units * times)
    say("pause_us", span.wall_ns() / times / 1000)
    del graph


def dead(count):
    span = Span()
    found = gc.collect()
    span.say("each", count)
    if found < count:
        sys.exit(f"{found} dead objects instead of {count}")


gc.collect()
gc.disable()
random.seed(4711)
shape = sys.argv[1]
objects = argument(2, 1000000)
if shape in ("ring", "shuffled"):
    live(ring(objects, shape == "shuffled"), objects)
elif shape in ("dead-ring", "dead-shuffled"):
    ring(objects, shape == "dead-shuffled")
    dead(objects)
elif shape == "dead-rings":
    dead(rings(objects, RING))
elif shape == "dead-pairs":
    dead(rings(objects, 2))
elif shape == "arrays":
    live(arrays(), (ARRAYS - 1) * ARRAYS)
else:
    sys.exit(f"no shape {shape}")
