# SPDX-License-Identifier: GPL-2.0
"""tree.py [DEPTH]: dropping the root of a tree of objects with two slots. Several of
them, one after the other."""
import gc

from bench import Span, argument

TREES = 8


class Node:
    __slots__ = ("left", "right")

    def __init__(self, depth):
        self.left = Node(depth - 1) if depth else None
        self.right = Node(depth - 1) if depth else None


gc.disable()
deep = argument(1, 17)
roots = [Node(deep) for _ in range(TREES)]
span = Span()
while roots:
    roots.pop()
span.say("gone_ns", TREES * ((2 << deep) - 1))
