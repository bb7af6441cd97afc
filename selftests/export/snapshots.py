# SPDX-License-Identifier: GPL-2.0-only
"""What readers of heap snapshots have to find."""

import collections
import json

import networkx as nx

from truth import OLD, size

ROOT, GC_ROOTS, ROOTS, FDS, GONE, UNSEEN, BEYOND, GARBAGE = range(3, 32, 4)
FIRST_SESSION = 8


def lists(rows):
    """As readers.mjs writes them."""
    return sorted(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)


class Snapshot:
    """The snapshot that a graph has to be in a file of some variant."""

    def __init__(self, truth, variant):
        self.truth = truth
        self.live_only = variant in ("live", "vscode")
        self.weak = variant != "live"
        self.shown = {number: it for number, it in truth.objects.items()
                      if not self.live_only or number in truth.live}
        self.timeline = variant == "timeline"
        self.ids = {number: 4 * number + 1 for number in truth.objects}
        order = sorted(truth.objects.values(), key=lambda it: (-it.age, it.number))
        if self.timeline:
            self.ids = {it.number: 4 * i + 1 for i, it in enumerate(order)}
        elif truth.objects and max(truth.objects) >= (1 << 30) - 1:
            self.ids = {it: 4 * i + 1 for i, it in enumerate(sorted(truth.objects))}
        self.edges = []
        self.make_edges()

    def place(self, holder):
        if holder.kind == "r":
            return ROOTS
        if holder.kind == "f":
            return FDS
        if holder.session not in self.truth.sessions:
            return GONE
        return 4 * (FIRST_SESSION + holder.session) + 3

    def make_edges(self):
        """From objects and from holders; not those from the two roots."""
        truth, counts = self.truth, collections.Counter()
        for it in truth.edges:
            if it.start not in self.shown or it.end not in self.shown or \
               it.weak and not self.weak:
                continue
            name = truth.slot_name(it)
            weak = it.weak or it.start not in truth.live and it.end in truth.live
            kind = "weak" if weak else "element" if name is None else "property"
            self.edges.append([self.ids[it.start], kind,
                               str(it.slot) if name is None else name, self.ids[it.end]])
        for it in truth.holders:
            if it.object not in self.shown or it.kind == "w" and not self.weak:
                continue
            place = self.place(it)
            name = it.name if it.kind == "r" else str(it.handle)
            if it.kind == "f":
                name = str(counts[place])
            counts[place] += 1
            # An element's number has 31 bits.
            handle = "element" if it.handle < 1 << 31 else "property"
            kind = {"h": handle, "w": "weak", "r": "property", "f": "element"}[it.kind]
            self.edges.append([place, kind, name, self.ids[it.object]])
        for i, number in enumerate(sorted(truth.unseen & set(self.shown))):
            self.edges.append([UNSEEN, "element", str(i), self.ids[number]])
        if not self.live_only:
            for number in set(self.shown) - truth.live:
                self.edges.append([GARBAGE, "weak", "", self.ids[number]])

    def names(self):
        """Ids, names, sizes of all but the two roots."""
        truth = self.truth
        rows = [[4 * (FIRST_SESSION + it.id) + 3, f"process {it.pid} ({it.comm})", 0]
                for it in truth.sessions.values()]
        used = {edge[0] for edge in self.edges}
        for place, name in ((ROOTS, "named roots"), (FDS, "exported descriptors"),
                            (GONE, "sessions that are gone"),
                            (UNSEEN, "holders that were not seen"),
                            (GARBAGE, "(unreachable, awaiting collection)")):
            if place in used:
                rows.append([place, name, 0])
        for number, it in self.shown.items():
            name = truth.type_name(it.type)
            if name == "Object" or name.startswith(("Object(", "Object ")):
                name = "type " + name
            rows.append([self.ids[number], name, size(it.bytes)])
        return rows

    def reached(self):
        """What is strong, from one root over the holders."""
        graph = nx.DiGraph()
        graph.add_node(ROOT)
        rows = self.names()
        graph.add_edges_from((ROOT, it[0]) for it in rows
                             if it[0] % 4 == 3 and it[0] != GARBAGE)
        graph.add_edges_from((it[0], it[3]) for it in self.edges if it[1] != "weak")
        sizes = {it[0]: it[2] for it in rows}
        return graph, sizes

    def retained(self):
        """Bytes that each node keeps alive: those of the nodes that it dominates."""
        graph, sizes = self.reached()
        dominators = nx.immediate_dominators(graph, ROOT)
        tree = nx.DiGraph((dominator, node) for node, dominator in dominators.items()
                          if node != dominator)
        sums = {}
        for node in nx.dfs_postorder_nodes(tree, ROOT) if ROOT in tree else ():
            sums[node] = sizes.get(node, 0) + sum(sums[it] for it in tree.successors(node))
        return {node: sum_ for node, sum_ in sums.items() if node != ROOT}

    def distances(self):
        graph, _ = self.reached()
        lengths = nx.single_source_shortest_path_length(graph, ROOT)
        return {node: length for node, length in lengths.items() if node != ROOT}

    def sites(self):
        live = self.truth.by_site(lambda it: it.number in self.shown)
        rows = []
        for it in self.truth.sites.values():
            if not it.total_objects:    # DevTools does not list it
                continue
            objects = [size(other.bytes) for other in self.shown.values()
                       if other.site == it.id] if live[it.id][0] else []
            rows.append([it.function or "(unknown)", it.file, max(it.line - 1, 0),
                         it.total_objects, it.total_bytes, len(objects), sum(objects)])
        return lists(rows)

    def wrong(self, figures):
        """What a reader has not found as it is."""
        expected = {"nodes": lists(self.names()), "edges": lists(self.edges)}
        for what, rows in expected.items():
            found = [it for it in figures[what]
                     if json.loads(it)[0] not in (ROOT, GC_ROOTS)]
            if sorted(found) != sorted(rows):
                missing, extra = set(rows) - set(found), set(found) - set(rows)
                yield f"{what}: {len(rows)} are {len(found)}: {list(missing)[:3]} {list(extra)[:3]}"
        if "more" in figures:
            yield from self.wrong_more({int(key): it for key, it in figures["more"].items()})
        if "sites" in figures and sorted(figures["sites"]) != sorted(self.sites()):
            yield f"sites: {(set(figures['sites']) ^ set(self.sites()))}"
        if self.timeline and "samples" in figures:
            yield from self.wrong_samples(*figures["samples"])

    def wrong_more(self, more):
        for node, retained in self.retained().items():
            if more[node][0] != retained:
                yield f"node {node} retains {more[node][0]} and not {retained}"
                return
        if len(more[ROOT]) == 1:
            return
        for node, distance in self.distances().items():
            if more[node][1] != distance:
                yield f"node {node} is at {more[node][1]} and not {distance}"
                return
        names = {it[0]: it[1] for it in self.names() if it[0] % 4 == 1}
        for node, name in names.items():
            if more[node][2] != name:
                yield f"node {node} is of class {more[node][2]} and not {name}"
                return

    def wrong_samples(self, times, last, sizes):
        """Times to one column of the timeline; old ones are of no time."""
        if sum(sizes) != sum(size(it.bytes) for it in self.shown.values()):
            yield f"samples: {sum(sizes)} bytes"
        if times != sorted(times) or last != sorted(last):
            yield "samples: not in order"
        ages = [it.age for it in self.shown.values() if it.age != OLD]
        oldest, width = max(ages), max(125, max(ages) // 512)
        ends = dict(zip(last, times))
        bounds = sorted(ends)
        for number, it in self.shown.items():
            end = next((bound for bound in bounds if bound >= self.ids[number]), None)
            born = 0 if it.age == OLD else oldest - it.age + width
            if end is None or abs(ends[end] - born) > width:
                yield f"samples: object {number} is not of its time"
                return
