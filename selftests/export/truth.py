# SPDX-License-Identifier: GPL-2.0-only
"""A graph as export_make wrote it down, and what follows from it: worked out with
networkx, and shared with nothing of the exporters."""

import codecs
import collections

import networkx as nx

OLD = 0xffffffff
SIZE_LIMIT = 0xffffffff

# Each byte that is not of UTF-8 becomes U+FFFD.
codecs.register_error("each", lambda error: ("\ufffd" * (error.end - error.start), error.end))

Object = collections.namedtuple(
    "Object", "number type site age slots payload handle_refs slot_refs bytes")
Edge = collections.namedtuple("Edge", "start slot end weak")
Holder = collections.namedtuple("Holder", "kind object session handle name")
Session = collections.namedtuple("Session", "id pid uid handles comm")
Site = collections.namedtuple(
    "Site", "id parent line live_objects live_bytes peak_objects peak_bytes total_objects"
    " total_bytes young file function")


def name(text):
    """A name: hexadecimal, and a dot."""
    return bytes.fromhex(text.removesuffix(".")).decode("utf-8", "each")


class Truth:
    """What is so."""

    def __init__(self, path):
        self.objects, self.sites, self.sessions, self.types = {}, {}, {}, {}
        self.edges, self.holders = [], []
        with open(path, encoding="ascii") as lines:
            for line in lines:
                word, *rest = line.split()
                getattr(self, "read_" + word)(rest)
        self.work_out()

    def read_heap(self, rest):
        self.heap, self.taken_ns, self.consistent = map(int, rest)

    def read_object(self, rest):
        it = Object(*map(int, rest))
        self.objects[it.number] = it

    def read_edge(self, rest):
        self.edges.append(Edge(*map(int, rest)))

    def read_holder(self, rest):
        self.holders.append(Holder(rest[0], *map(int, rest[1:4]), name(rest[4])))

    def read_session(self, rest):
        it = Session(*map(int, rest[:4]), name(rest[4]))
        self.sessions[it.id] = it

    def read_site(self, rest):
        it = Site(*map(int, rest[:10]), name(rest[10]), name(rest[11]))
        self.sites[it.id] = it

    def read_type(self, rest):
        self.types[int(rest[0])] = [name(it) for it in rest[1:]]

    def work_out(self):
        """What is alive, and what is on a cycle."""
        self.strong = nx.DiGraph()
        self.strong.add_nodes_from(self.objects)
        self.strong.add_edges_from((it.start, it.end) for it in self.edges if not it.weak)
        held = {it.object for it in self.holders if it.kind != "w"}
        self.unseen = {it.number for it in self.objects.values()
                       if it.handle_refs and it.number not in held}
        self.live = set(held | self.unseen)
        for number in held | self.unseen:
            if number in self.live:
                self.live |= nx.descendants(self.strong, number)
        self.cycles = {frozenset(it) for it in nx.strongly_connected_components(self.strong)
                       if len(it) > 1 or self.strong.has_edge(*it, *it)}

    def type_name(self, number):
        return self.types.get(number, [""])[0] or f"type {number}"

    def slot_name(self, edge):
        """None when it has none."""
        slots = self.types.get(self.objects[edge.start].type, [])[1:]
        return (slots[edge.slot] if edge.slot < len(slots) else "") or None

    def stack(self, number):
        """A site and those that called it."""
        sites = []
        while number in self.sites:
            sites.append(self.sites[number])
            number = self.sites[number].parent
        return sites

    def by_site(self, wanted=lambda it: True):
        """Objects and bytes by site, 0 for what is unknown."""
        sums = collections.defaultdict(lambda: [0, 0])
        for it in filter(wanted, self.objects.values()):
            at = sums[it.site if it.site in self.sites else 0]
            at[0] += 1
            at[1] += it.bytes
        return sums


def size(number):
    """As viewers of 32 bits see it."""
    return min(number, SIZE_LIMIT)
