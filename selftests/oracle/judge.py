# SPDX-License-Identifier: GPL-2.0-only
"""Says what is wrong with a report. What is alive, and what must have been collected,
is worked out with networkx, from nothing but what was written down."""

import collections

import networkx as nx

ROOTS = "roots"         # a node that refers to all that is held


def graph_of(report):
    """What was written down, as a graph; weak references are no edges. The weight of an
    edge is how many references there are of it."""
    count = collections.Counter((tag, to) for tag, record in report.records.items()
                                for to, weak in record.slots.values() if not weak)
    count.update((ROOTS, tag) for tag, _, _ in report.handles + report.descriptors)
    count.update((ROOTS, tag) for tag in report.names.values())
    graph = nx.DiGraph()
    graph.add_node(ROOTS)
    graph.add_nodes_from(report.records)
    graph.add_weighted_edges_from((u, v, weight) for (u, v), weight in count.items())
    return graph


def without(graph, nodes):
    """What remains of a graph. (A view of it, as subgraph() makes, is slow to follow.)"""
    rest = nx.DiGraph()
    rest.add_nodes_from(node for node in graph if node not in nodes)
    rest.add_edges_from((u, v) for u, v in graph.edges() if u not in nodes and v not in nodes)
    return rest


def cycles(graph):
    """The strongly connected components that have a cycle."""
    return [component for component in nx.strongly_connected_components(graph)
            if len(component) > 1 or all(graph.has_edge(node, node) for node in component)]


class Judge:
    """What is wrong with a report: pairs of the rule that is broken and how."""

    def __init__(self, report):
        self.report = report
        self.graph = graph_of(report)
        self.alive = nx.descendants(self.graph, ROOTS)
        self.number = {walked.tag: walked.number for walked in report.walked}
        # Whatever is not alive cannot be named, so its references are what they were
        self.dead = without(self.graph, self.alive | {ROOTS})
        self.dead_cycles = cycles(self.dead)
        self.wrong = []
        for rule in (self._whole, self._alive, self._objects, self._references, self._held,
                     self._slots, self._weak, self._figures, self._freed):
            rule()

    def _say(self, rule, text):
        self.wrong.append((rule, text))

    def _same(self, rule, what, is_, should):
        if is_ != should:
            self._say(rule, f"{what}: {is_}, should be {should}")

    def _whole(self):
        if not self.report.whole:
            self._say("whole", f"the report of {self.report.when} has no end")
        for line in self.report.failures:
            self._say("whole", line)

    def _alive(self):
        walked = collections.Counter(entry.tag for entry in self.report.walked)
        for tag in self.alive - set(walked):
            self._say("alive", f"object {tag} is reachable, and not there")
        for tag in set(walked) - self.alive:
            self._say("alive", f"object {tag} is not reachable, and still there")
        for tag, times in walked.items():
            if times > 1:
                self._say("alive", f"object {tag} is there {times} times")

    def _objects(self):
        for entry in self.report.walked:
            record = self.report.records.get(entry.tag)
            if record:
                self._same("objects", f"slots and payload of {entry.tag}",
                           (entry.slots_count, entry.payload),
                           (record.slots_count, record.payload))

    def _references(self):
        """The counts: references by what is dead no longer count."""
        slots, handles = collections.Counter(), {}
        for source, tag, weight in self.graph.edges(self.alive | {ROOTS}, "weight"):
            if source == ROOTS:
                handles[tag] = weight
            else:
                slots[tag] += weight
        for entry in self.report.walked:
            self._same("references", f"slots that refer to {entry.tag}",
                       entry.slot_refs, slots[entry.tag])
            self._same("references", f"handles to {entry.tag}",
                       entry.handle_refs, handles.get(entry.tag, 0))

    def _held(self):
        for tag, number, type_ in self.report.handles + self.report.descriptors:
            self._same("held", f"a handle to {tag}", (number, type_), (self.number.get(tag), tag))
        self._same("held", "named roots", self.report.roots,
                   {name: (self.number.get(tag), tag)
                    for name, tag in self.report.names.items()})

    def _slots(self):
        """What was found by following references, slot by slot."""
        self._same("slots", "objects that were found by following references",
                   set(self.report.slots), {self.number.get(tag) for tag in self.alive})
        for tag in self.alive:
            should = {index: (self.number.get(to) if to in self.alive else 0, weak)
                      for index, (to, weak) in self.report.records[tag].slots.items()}
            slots = self.report.slots.get(self.number.get(tag), {})
            if slots != should:
                differ = {index: (slots.get(index), should.get(index))
                          for index in set(slots) | set(should)
                          if slots.get(index) != should.get(index)}
                self._say("slots", f"slots of {tag}: (is, should be) {differ}")

    def _weak(self):
        for tag, number in self.report.weak:
            self._same("weak", f"a weak handle to {tag} is upgraded to", number,
                       self.number.get(tag) if tag in self.alive else None)

    def _figures(self):
        figures, alive = self.report.figures, len(self.alive)
        self._same("figures", "objects", figures.get("objects"), alive)
        for name in ("pending", "verify_failures"):
            self._same("figures", name, figures.get(name), 0)
        self._same("figures", "named roots", figures.get("roots"), len(self.report.names))
        self._same("figures", "objects that were freed",
                   figures.get("freed_count", 0) + figures.get("freed_collect", 0),
                   figures.get("allocated", 0) - alive)
        if not alive:
            for name in ("bytes", "weak"):
                self._same("figures", f"{name} of an empty heap", figures.get(name), 0)

    def _freed(self):
        """By whom: a dead cycle by collections, what none leads to by counting."""
        held = {tag for component in self.dead_cycles for tag in component}
        collected, counted = (self.report.figures.get(name, 0)
                              for name in ("freed_collect", "freed_count"))
        if collected < len(held):
            self._say("freed", f"collections freed {collected}, and {len(held)} were in dead cycles")
        self.dead.add_edges_from((ROOTS, tag) for tag in held)
        free = len(self.report.records) - len(self.alive)
        if held:
            free -= len(nx.descendants(self.dead, ROOTS))
        if counted < free:
            self._say("freed", f"counting freed {counted}, and no cycle led to {free} of the dead")
