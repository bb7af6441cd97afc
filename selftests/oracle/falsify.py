# SPDX-License-Identifier: GPL-2.0-only
"""Reports that were right, made wrong in one place each: a judge that does not notice
is worth nothing. Each way names the rule that has to be broken by it."""

import collections
import copy
import dataclasses
import random

import judge

MOST_OBJECTS = 4000     # a report that is judged again and again should be small


class NotHere(Exception):
    """There is no place in this report for it."""


def _some(rng, candidates):
    candidates = list(candidates)
    if not candidates:
        raise NotHere
    return rng.choice(candidates)


def _change_slots(report, tag, change):
    """Replace an object's record by one with other slots."""
    record = report.records[tag]
    slots = change(dict(record.slots))
    report.records = {**report.records, tag: dataclasses.replace(record, slots=slots)}


def _held_by_one(verdict, by_slot):
    """Living objects with a single reference, by a slot of another or by a handle."""
    slots = collections.Counter()
    for source, tag, weight in verdict.graph.edges(verdict.alive, "weight"):
        if source != tag:
            slots[tag] += weight
    for tag in verdict.alive:
        held = verdict.graph.get_edge_data(judge.ROOTS, tag, {"weight": 0})["weight"]
        if (held, slots[tag]) == ((0, 1) if by_slot else (1, 0)):
            yield tag


def _dead(verdict):
    return (tag for tag in verdict.report.records if tag not in verdict.alive)


def forgotten_reference(rng, verdict, report):
    """alive: the only reference to a living object is not written down"""
    tag = _some(rng, _held_by_one(verdict, True))
    source = next(node for node in verdict.graph.predecessors(tag)
                  if node != tag and node in verdict.alive)
    _change_slots(report, source, lambda slots: {
        index: slot for index, slot in slots.items() if slot != (tag, False)})


def invented_reference(rng, verdict, report):
    """alive: a reference from a living object to a dead one is written down"""
    tag, dead = _some(rng, verdict.alive), _some(rng, _dead(verdict))
    _change_slots(report, tag, lambda slots: {**slots, -1: (dead, False)})


def forgotten_root(rng, verdict, report):
    """alive: the only handle to a living object is not written down"""
    tag = _some(rng, _held_by_one(verdict, False))
    for name in ("handles", "descriptors"):
        setattr(report, name, [held for held in getattr(report, name) if held[0] != tag])
    report.names = {name: to for name, to in report.names.items() if to != tag}


def invented_root(rng, verdict, report):
    """alive: a handle to a dead object is written down"""
    dead = _some(rng, _dead(verdict))
    report.handles = report.handles + [(dead, 0, dead)]


def strong_for_weak(rng, verdict, report):
    """alive: a weak reference to a dead object is taken for one that holds it"""
    tag, at = _some(rng, ((tag, index) for tag in verdict.alive
                          for index, (to, weak) in report.records[tag].slots.items()
                          if weak and to not in verdict.alive))
    _change_slots(report, tag, lambda slots: {**slots, at: (slots[at][0], False)})


def freed_early(rng, verdict, report):
    """alive: a living object is not there"""
    lost = _some(rng, report.walked)
    report.walked = [entry for entry in report.walked if entry is not lost]


def never_freed(rng, verdict, report):
    """alive: a dead object is there"""
    tag = _some(rng, _dead(verdict))
    entry = dataclasses.replace(report.walked[0], tag=tag, number=0)
    report.walked = report.walked + [entry]


def listed_twice(rng, verdict, report):
    """alive: a living object is there twice"""
    report.walked = report.walked + [_some(rng, report.walked)]


def _recount(rng, report, name, by):
    at = _some(rng, range(len(report.walked)))
    entry = report.walked[at]
    entry = dataclasses.replace(entry, **{name: getattr(entry, name) + by})
    report.walked = report.walked[:at] + [entry] + report.walked[at + 1:]


def miscounted_slots(rng, verdict, report):
    """references: an object has one reference by a slot too many"""
    _recount(rng, report, "slot_refs", 1)


def miscounted_handles(rng, verdict, report):
    """references: an object has one reference by a handle too few"""
    _recount(rng, report, "handle_refs", -1)


def moved_slot(rng, verdict, report):
    """slots: two slots of an object have changed places"""
    number = _some(rng, (number for number, slots in report.slots.items()
                         if len(set(slots.values())) > 1))
    slots = dict(report.slots[number])
    first, second = next((a, b) for a in slots for b in slots if slots[a] != slots[b])
    slots[first], slots[second] = slots[second], slots[first]
    report.slots = {**report.slots, number: slots}


def unreached(rng, verdict, report):
    """slots: a living object is not found by following references"""
    lost = _some(rng, report.slots)
    report.slots = {number: slots for number, slots in report.slots.items() if number != lost}


def revived(rng, verdict, report):
    """weak: a weak handle to a dead object is upgraded"""
    at = _some(rng, (at for at, (_, number) in enumerate(report.weak) if number is None))
    report.weak = report.weak[:at] + [(report.weak[at][0], 1)] + report.weak[at + 1:]


def wrong_handle(rng, verdict, report):
    """held: a handle names another object"""
    tag, number, type_ = report.handles[0]
    report.handles = [(tag, number + 1, type_)] + report.handles[1:]


def wrong_root(rng, verdict, report):
    """held: a named root refers to another object"""
    name = _some(rng, report.roots)
    report.roots = {**report.roots, name: (0, 0)}


def disagreement(rng, verdict, report):
    """figures: the collector has disagreed with itself"""
    report.figures = {**report.figures, "verify_failures": 1}


def lost_count(rng, verdict, report):
    """figures: the heap counts an object less"""
    report.figures = {**report.figures, "objects": report.figures["objects"] - 1}


def counted_cycle(rng, verdict, report):
    """freed: counting is said to have freed a dead cycle"""
    members = sum(map(len, verdict.dead_cycles))
    if not members:
        raise NotHere
    report.figures = {**report.figures, "freed_collect": members - 1}


def cut_short(rng, verdict, report):
    """whole: the report has no end"""
    report.whole = False


WAYS = (forgotten_reference, invented_reference, forgotten_root, invented_root, strong_for_weak,
        freed_early, never_freed, listed_twice, miscounted_slots, miscounted_handles, moved_slot,
        unreached, revived, wrong_handle, wrong_root, disagreement, lost_count, counted_cycle,
        cut_short)


class Falsifier:
    """Tries each way once, on the first report that has a place for it."""

    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.left, self.overlooked = list(WAYS), []

    def take(self, verdicts):
        """Offer reports that were found to be right."""
        for verdict in verdicts:
            if len(verdict.report.records) <= MOST_OBJECTS:
                self.left = [way for way in self.left if not self._try(way, verdict)]

    def _try(self, way, verdict):
        report = copy.copy(verdict.report)
        try:
            way(self.rng, verdict, report)
        except NotHere:
            return False
        rule, what = way.__doc__.split(": ", 1)
        if rule not in {broken for broken, _ in judge.Judge(report).wrong}:
            self.overlooked.append(what)
        return True

    def tried(self):
        return len(WAYS) - len(self.left)
