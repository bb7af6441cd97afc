# SPDX-License-Identifier: GPL-2.0-only
"""A plan: a graph to build in a heap, when each object's first handle goes, and how
the heap is set and played with. The same seed makes the same plan; how the threads
that play it are interleaved is not in it."""

import random

import networkx as nx

import shapes

RESERVED = 1            # MHEAP_CREATE_RESERVED
NEVER = 0xffffffff      # suspects: the collector does not begin by itself
HOUR_MS = 3600000
BALLAST = 1 << 20       # slots: as many as there may be
PIECE = 1000            # slots of an object without a spine, about; reserved heaps: at most

# What the player is told, unless a variant says otherwise
DEFAULTS = {
    # The heap; 0 is what the module takes for it
    "flags": 0, "max_bytes": 0, "max_objects": 0, "max_handles": 0,
    "suspect_percent": 0, "suspect_min": 0, "suspect_age_ms": 0,
    # Who plays: threads with a session each, what each does in a round, and how many
    # objects each may add in all
    "threads": 4, "rounds": 3, "steps": 600, "new": 500,
    # Slots of the widest objects that are added
    "widest": 12,
    # A thread collects all the time, with pauses up to this; 0: none does
    "collect_ms": 0,
    # 1: a round ends with a collection. 0: it must come by itself
    "ask": 1,
    # 1: handles go all at once, in one batch, and not a few with each step
    "sudden": 0,
    # One in so many stores is not written down; 0: all are
    "forget": 0,
}

# Settings that begin with "_" are for making the graph
VARIANTS = {
    # As heaps are, with somebody who asks for collections
    "requested": {"collect_ms": 3},
    # Nobody asks, and they begin all the time
    "eager": {"suspect_min": 1, "suspect_percent": 1, "suspect_age_ms": 10, "ask": 0},
    # Everything is left to one collection
    "late": {"suspect_min": NEVER, "suspect_percent": 1000, "suspect_age_ms": HOUR_MS,
             "sudden": 1},
    # All memory at once; few suspects are enough
    "reserved": {"flags": RESERVED, "max_bytes": 48 << 20, "suspect_min": 8,
                 "suspect_age_ms": 20, "ask": 0, "widest": PIECE, "_hub": PIECE - 10},
    # Objects with several thousand slots
    "wide": {"suspect_min": 16, "suspect_age_ms": 50, "widest": 5000, "_hub": 2100,
             "_plants": 12},
    # A collection takes long, as it meets objects with very many slots: so more of what
    # is done is done while one runs
    "slow": {"collect_ms": 1, "steps": 3000, "_ballast": 3, "_crowd": 1500,
             "_plants": 15},
    # At the limit of objects, where allocations begin collections; many threads
    "limited": {"suspect_min": NEVER, "suspect_percent": 1000, "suspect_age_ms": HOUR_MS,
                "threads": 7, "steps": 300, "new": 400, "_room": 60},
}


class Plan:
    """What is to be built and done; graph: a MultiDiGraph with attributes of nodes
    (owner, slots, payload, until) and edges (slot, weak)."""

    def __init__(self, variant, seed, plants=45, **changes):
        settings = {**DEFAULTS, "_hub": 0, "_plants": plants, "_room": 0, "_ballast": 0,
                    "_crowd": 0,
                    **VARIANTS[variant], **changes}
        self.variant, self.seed = variant, seed
        self.rng = random.Random(f"{variant} {seed}")
        self.settings = {key: value for key, value in settings.items() if key[0] != "_"}
        self.settings["seed"] = self.rng.randrange(1, 1 << 60)
        self._hub, self._count = settings["_hub"], settings["_plants"]
        self._ballast, self._crowd = settings["_ballast"], settings["_crowd"]
        self.graph = nx.MultiDiGraph()
        self.plants = []        # (shape's name, its nodes)

        self._plant()
        self._own()
        self._cross()
        self._place()
        if settings["_room"]:
            self.settings["max_objects"] = len(self.graph) + settings["_room"]

    def _plant(self):
        """All shapes, again and again. Ballast comes first: its owners take to that. The
        crowd are single objects that are held as well, for what is held is looked
        through before anything else is."""
        self.graph.add_nodes_from(range(self._ballast + self._crowd))
        for i in range(self._count):
            make = shapes.SHAPES[(i * 7 + self.seed) % len(shapes.SHAPES)]
            self._add(make.__name__, make(self.rng, shapes.size(self.rng, 60)))
        if self._hub:
            for make in (shapes.hub, shapes.magnet):
                self._add(make.__name__, make(self.rng, self._hub // 8))

    def _add(self, name, graph):
        first = len(self.graph)
        nodes = range(first, first + len(graph))
        self.graph.add_nodes_from(nodes)
        self.graph.add_edges_from(((first + u, first + v) for u, v in graph.edges()), weak=False)
        self.plants.append((name, nodes))

    def _own(self):
        """Who owns an object, and in which round its owner lets go of it: most of a
        component goes at once, and a few of its objects may hold it for longer."""
        rng, nodes, rounds = self.rng, self.graph.nodes, self.settings["rounds"]
        for _, plant in self.plants:
            owner = rng.randrange(self.settings["threads"]) if rng.random() < .5 else None
            first = min(rng.choice((0, 0, 0, 1, 2)), rounds)
            for node in plant:
                nodes[node]["owner"] = (rng.randrange(self.settings["threads"])
                                        if owner is None else owner)
                nodes[node]["until"] = first
                nodes[node]["payload"] = rng.choice((0, 0, 4, 8, 8, 24, 200))
            if rng.random() < .35:
                for node in rng.sample(plant, min(len(plant), rng.randint(1, 2))):
                    nodes[node]["until"] = rng.randint(first, rounds)
        for node in range(self._ballast + self._crowd):
            nodes[node].update(owner=node % self.settings["threads"], until=rounds, payload=0)

    def _cross(self):
        """References between components: fewer than one for each, or all would hang
        together; and a few weak ones, between any objects."""
        anyone = range(len(self.graph))
        for _ in range(len(self.plants) // 4):
            self.graph.add_edge(self.rng.choice(anyone), self.rng.choice(anyone), weak=False)
        for _ in range(len(anyone) // 20):
            self.graph.add_edge(self.rng.choice(anyone), self.rng.choice(anyone), weak=True)

    def _place(self):
        """Which slot each reference is in, and how many slots there are besides. Now
        and then there are very many of these, and references are far apart."""
        rng, widest = self.rng, self.settings["widest"]
        for node, data in self.graph.nodes(data=True):
            edges = list(self.graph.out_edges(node, keys=True, data=True))
            data["slots"] = len(edges) + rng.choice((0, 0, 1, 2, 3))
            if node < self._ballast:
                data["slots"] = BALLAST
            elif rng.random() < .03:
                data["slots"] = max(data["slots"], rng.randint(1, widest))
            for slot, edge in zip(rng.sample(range(data["slots"]), len(edges)), edges):
                edge[3]["slot"] = slot

    def text(self):
        """For the player: settings, then a line for each object and each reference."""
        lines = [f"set {key} {value}" for key, value in self.settings.items()]
        lines.append(f"objects {len(self.graph)} {self.graph.number_of_edges()}")
        lines += ["o {owner} {slots} {payload} {until}".format(**data)
                  for _, data in sorted(self.graph.nodes(data=True))]
        lines += [f"e {u} {data['slot']} {v} {int(data['weak'])}"
                  for u, v, data in self.graph.edges(data=True)]
        return "\n".join(lines) + "\nend\n"
