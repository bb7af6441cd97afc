# SPDX-License-Identifier: GPL-2.0
"""node.py: a list of two is made, linked to two objects and dropped. Written out
many times, so that no loop is part of it; told is the difference of two lengths."""
import gc

from bench import now, say

UNROLLED = 100
REPEATS = 60

HEAD = """
class Bare:
    __slots__ = ("a", "b")

class Node:
    __slots__ = ("a", "b")

    def __init__(self, a, b):
        self.a = a
        self.b = b

def timed(count, first, second, now):
    begin = now()
    for _ in range(count):
"""
BODIES = {
    # the same four steps
    "node": "node = [None, None]; node[0] = first; node[1] = second; del node",
    # what a Python program would rather write
    "literal": "node = [first, second]; del node",
    "slots": "node = Bare(); node.a = first; node.b = second; del node",
    "class": "node = Node(first, second); del node",
}


def marginal(body):
    space = {}
    exec(HEAD + f"        {body}\n" * UNROLLED + "    return now() - begin\n", space)
    timed = space["timed"]
    first, second = [None, None], [None, None]
    times = {count: sorted(timed(count, first, second, now) for _ in range(REPEATS))
             for count in (20, 100)}
    low = REPEATS // 10
    return (times[100][low] - times[20][low]) / 80 / UNROLLED


gc.disable()
for name, text in BODIES.items():
    marginal(text)      # warm up
    say(name, marginal(text))
