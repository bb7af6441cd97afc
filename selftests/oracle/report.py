# SPDX-License-Identifier: GPL-2.0-only
"""What the player told of one moment: what was written down, and what the heap says."""

import dataclasses


@dataclasses.dataclass
class Record:
    """An object as its owner has written it down; slots: {index: (tag, weak)}."""
    owner: int
    slots_count: int
    payload: int
    slots: dict


@dataclasses.dataclass
class Walked:
    """An object as the heap lists it."""
    number: int
    tag: int
    slots_count: int
    payload: int
    handle_refs: int
    slot_refs: int


@dataclasses.dataclass
class Report:
    """One moment, when no thread did anything."""
    when: str
    records: dict = dataclasses.field(default_factory=dict)     # tag: Record
    handles: list = dataclasses.field(default_factory=list)     # (tag, number, type)
    descriptors: list = dataclasses.field(default_factory=list)     # likewise
    weak: list = dataclasses.field(default_factory=list)        # (tag, number or None)
    names: dict = dataclasses.field(default_factory=dict)       # name: tag
    roots: dict = dataclasses.field(default_factory=dict)       # name: (number, type)
    walked: list = dataclasses.field(default_factory=list)
    slots: dict = dataclasses.field(default_factory=dict)       # number: {index: (number, weak)}
    figures: dict = dataclasses.field(default_factory=dict)
    failures: list = dataclasses.field(default_factory=list)
    whole: bool = False                                         # it has an end


def _slots(words):
    """Of words such as 3:17 and 4:18w."""
    slots = {}
    for word in words:
        index, value = word.split(":")
        slots[int(index)] = (int(value.rstrip("w")), value[-1] == "w")
    return slots


def _take(report, what, words, line):
    if what == "object":
        report.records[int(words[0])] = Record(*map(int, words[1:4]), _slots(words[4:]))
    elif what == "walked":
        report.walked.append(Walked(*map(int, words)))
    elif what == "slots":
        report.slots[int(words[0])] = _slots(words[1:])
    elif what == "failed" or "error" in words:
        report.failures.append(line)
    elif what in ("handle", "fd"):
        held = report.handles if what == "handle" else report.descriptors
        held.append(tuple(map(int, words)))
    elif what == "weak":
        report.weak.append((int(words[0]), None if words[1] == "gone" else int(words[1])))
    elif what == "name":
        report.names[" ".join(words[1:])] = int(words[0])
    elif what == "root":
        report.roots[" ".join(words[2:])] = (int(words[0]), int(words[1]))
    elif what == "heap":
        report.figures = {key: int(value) for key, value in zip(words[::2], words[1::2])}
    else:
        raise ValueError(line)


def read(lines):
    """The reports in a text."""
    report = None
    for line in lines:
        what, *words = line.split()
        if what == "begin":
            report = Report(words[0])
        elif what == "end":
            report.whole = True
            yield report
            report = None
        else:
            _take(report, what, words, line.strip())
    if report:
        yield report
