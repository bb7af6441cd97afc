# SPDX-License-Identifier: GPL-2.0-only
"""Components to plant: each function returns a directed graph of about @size nodes
that are numbered from 0, with parallel edges where it is meant to have some."""

import networkx as nx


def _digraph(edges, nodes=0):
    graph = nx.MultiDiGraph()
    graph.add_nodes_from(range(nodes))
    graph.add_edges_from(edges)
    return graph


def _ring(nodes):
    """Edges along these nodes, and back to the first."""
    nodes = list(nodes)
    return list(zip(nodes, nodes[1:] + nodes[:1]))


def _both_ways(graph):
    graph = nx.convert_node_labels_to_integers(graph)
    return _digraph(nx.DiGraph(graph.to_directed()).edges, len(graph))


def single(_rng, _size):
    """One object that refers to nothing."""
    return _digraph([], 1)


def loop(rng, _size):
    """One object that refers to itself, maybe several times."""
    return _digraph([(0, 0)] * rng.randint(1, 3))


def twins(rng, _size):
    """Two objects that refer to each other, with parallel references."""
    return _digraph([(0, 1)] * rng.randint(1, 3) + [(1, 0)] * rng.randint(1, 3))


def ring(_rng, size):
    """A simple cycle."""
    return _digraph(_ring(range(size)))


def nested(_rng, size):
    """A path with edges back from its end, each of which closes a cycle around the next."""
    return _digraph(list(nx.utils.pairwise(range(size))) +
                    [(size - 1 - i, i) for i in range(size // 2)])


def overlapping(rng, size):
    """Cycles of which each shares half of its nodes with the next."""
    half = max(1, size // (2 * rng.randint(1, 4)))
    edges = set()
    for start in range(0, max(1, size - 2 * half + 1), half):
        edges.update(_ring(range(start, start + 2 * half)))
    return _digraph(sorted(edges))


def eight(rng, size):
    """Cycles through one node: a figure of eight, or more than two."""
    loops = rng.choice((2, 2, 2, 3, 5))
    each = max(1, (size - 1) // loops)
    edges = []
    for i in range(loops):
        edges += _ring([0] + list(range(1 + i * each, 1 + (i + 1) * each)))
    return _digraph(edges)


def tail_in(_rng, size):
    """A long tail that leads into a cycle; node 0 is the tail's end."""
    tail = size * 3 // 4
    return _digraph(list(nx.utils.pairwise(range(tail + 1))) + _ring(range(tail, size + 1)))


def tail_out(_rng, size):
    """A cycle with a long tail that leads out of it."""
    tail = size * 3 // 4
    return _digraph(list(nx.utils.pairwise(range(tail + 1))) +
                    [(tail + 1, 0)] + _ring(range(tail + 1, size + 2)))


def chained(rng, size):
    """Cycles, each of which leads into the next, and none back."""
    cycles = rng.randint(2, 5)
    each = max(1, size // cycles)
    edges = []
    for i in range(cycles):
        edges += _ring(range(i * each, (i + 1) * each))
    edges += [(i * each + rng.randrange(each), (i + 1) * each + rng.randrange(each))
              for i in range(cycles - 1)]
    return _digraph(edges)


def complete(_rng, size):
    """Everyone refers to everyone else."""
    return _digraph(nx.complete_graph(min(max(size, 3), 14), nx.DiGraph).edges)


def hub(rng, size):
    """One object with a slot for each of many, of which some refer back."""
    size = max(size * 8, 40)
    back = rng.choice((0, 1, size // 2, size))
    return _digraph([(0, i) for i in range(1, size + 1)] + [(i, 0) for i in range(1, back + 1)])


def magnet(rng, size):
    """One object that many refer to, and that refers to one of them, or to none."""
    size = max(size * 8, 40)
    return _digraph([(i, 0) for i in range(1, size + 1)] + [(0, size)] * rng.randint(0, 1))


def ladder(rng, size):
    """Two rails with rungs, in both directions; a circle of it or a piece."""
    rungs = max(3, size // 2)
    return _both_ways(rng.choice((nx.ladder_graph, nx.circular_ladder_graph))(rungs))


def wheel(_rng, size):
    """A ring in both directions, and a hub that all of it refers to, and the reverse."""
    return _both_ways(nx.wheel_graph(max(4, size)))


def linked(_rng, size):
    """A doubly linked list."""
    return _both_ways(nx.path_graph(max(2, size)))


def tree(rng, size):
    """A tree whose nodes know their parents."""
    return _both_ways(nx.full_rary_tree(rng.randint(2, 4), max(2, size)))


def barbell(_rng, size):
    """Two complete graphs with a path between them."""
    return _both_ways(nx.barbell_graph(min(max(3, size // 4), 8), size // 2))


def _random_edges(rng, size, probability):
    """Not the generator of networkx, which wants numpy, and that wants randomness of the
    system, for which a machine that was just started may wait for minutes."""
    return [(u, v) for u in range(size) for v in range(size) if rng.random() < probability]


def erdos(rng, size):
    """A random digraph, sparse or dense."""
    size = max(size, 4)
    return _digraph(_random_edges(rng, size, min(1, rng.choice((.7, 1.2, 2, 4)) / size)), size)


def dag(rng, size):
    """A random graph without cycles: counting alone must free it."""
    size = max(size, 4)
    return _digraph([(u, v) for u, v in _random_edges(rng, size, 3 / size) if u < v], size)


SHAPES = (single, loop, twins, ring, nested, overlapping, eight, tail_in, tail_out, chained,
          complete, hub, magnet, ladder, wheel, linked, tree, barbell, erdos, dag)


def size(rng, most):
    """Sizes from 2 on are geometric: most are small, and every scale has some."""
    value = 2
    while value < most and rng.random() < .72:
        value = value * 3 // 2
    return min(most, value + rng.randint(0, value // 2))
