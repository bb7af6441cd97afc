# SPDX-License-Identifier: GPL-2.0
"""trees.py gcbench|binary-trees [DEPTH]: the benchmarks of ../trees.h, with the
collector as it is by default."""
import array
import sys

from bench import Span, argument

LONG_LIVED_LESS = 2
ARRAY_DOUBLES = 500000
DEPTH_MIN = 4


class Node:
    __slots__ = ("left", "right")

    def __init__(self, left=None, right=None):
        self.left = left
        self.right = right


def size(depth):
    return (2 << depth) - 1


def bottom_up(depth):
    if not depth:
        return Node()
    return Node(bottom_up(depth - 1), bottom_up(depth - 1))


def populate(node, depth):
    if not depth:
        return
    node.left = Node()
    node.right = Node()
    populate(node.left, depth - 1)
    populate(node.right, depth - 1)


def check(node):
    if node.left is None:
        return 1
    return 1 + check(node.left) + check(node.right)


def gcbench(stretch):
    longest = stretch - LONG_LIVED_LESS
    bottom_up(stretch)
    long_lived = Node()
    populate(long_lived, longest)
    nodes = size(stretch) + size(longest)
    numbers = array.array("d", bytes(8 * ARRAY_DOUBLES))
    for i in range(ARRAY_DOUBLES // 2):
        numbers[i] = 1.0 / (i + 1)
    for depth in range(DEPTH_MIN, longest + 1, 2):
        times = 2 * size(stretch) // size(depth)
        for _ in range(times):
            populate(Node(), depth)
        for _ in range(times):
            bottom_up(depth)
        nodes += 2 * times * size(depth)
    if check(long_lived) != size(longest) or numbers[1000] != 1.0 / 1001:
        sys.exit("what should have stayed is not there")
    return nodes


def binary_trees(deepest):
    if check(bottom_up(deepest + 1)) != size(deepest + 1):
        sys.exit("the stretch tree")
    long_lived = bottom_up(deepest)
    nodes = size(deepest + 1) + size(deepest)
    for depth in range(DEPTH_MIN, deepest + 1, 2):
        times = 1 << deepest - depth + DEPTH_MIN
        found = sum(check(bottom_up(depth)) for _ in range(times))
        if found != times * size(depth):
            sys.exit("a tree")
        nodes += found
    if check(long_lived) != size(deepest):
        sys.exit("the long-lived tree")
    return nodes


span = Span()
if sys.argv[1] == "gcbench":
    made = gcbench(argument(2, 18))
else:
    made = binary_trees(argument(2, 16))
span.say("each", made)
