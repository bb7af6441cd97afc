# SPDX-License-Identifier: GPL-2.0
"""churn.py [OBJECTS [TURNS]]: the load of ours/churn.c, with the collector as it is by
default. What there is in all is told by the allocator, where a node is one block."""
import gc
import random
import sys
import time

from bench import argument, say

RING = 4


class Node:
    __slots__ = ("next", "last")


def ring():
    nodes = [Node() for _ in range(RING)]
    for i, node in enumerate(nodes):
        node.next = nodes[i + 1 - RING]
        node.last = nodes[i - 1]
    return nodes[0]


rings = argument(1, 400000) // RING
turns = argument(2, 2)
live = rings * RING
random.seed(4711)
gc.collect()
before = sys.getallocatedblocks()
kept = [ring() for _ in range(rings)]
gc.collect()
base = sys.getallocatedblocks()
if not 0.98 * live < base - before < 1.02 * live:
    sys.exit("the allocator's blocks are not the nodes")
draw = random.random
most = collections = 0


def look(phase, info):
    """Before a collection of all, garbage is at its most."""
    global most, collections
    if phase == "start" and info["generation"] == 2:
        most = max(most, sys.getallocatedblocks() - base)
        collections += 1


gc.callbacks.append(look)
begin = time.monotonic_ns()
for _ in range(turns * rings):
    kept[int(draw() * rings)] = ring()
spent = time.monotonic_ns() - begin
look("start", {"generation": 2})
say("peak", most / live)
say("collections", collections - 1)
say("churn_ns", spent / (turns * live))
