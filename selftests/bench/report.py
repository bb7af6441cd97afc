# SPDX-License-Identifier: GPL-2.0
"""From what the commands said to figures, and from figures to a table."""
import re
import statistics


class Absent(Exception):
    """A figure that this run could not take, and why."""


class Said:
    """What all runs of all commands said, as samples by command and name."""

    def __init__(self):
        self.samples = {}
        self.errors = {}

    def add(self, argv, name, value):
        self.samples.setdefault((tuple(argv), name), []).append(value)

    def take(self, run, cpu_of=None):
        """@cpu_of tells the processor time between two points in time."""
        argv = run["argv"]
        if "error" in run:
            self.errors[tuple(argv)] = run["error"]
            return
        for line in run["lines"]:
            words = line.split()
            if words[0] != "span":
                self.add(argv, words[0], float(words[1]))
                continue
            name, begin, end, units = words[1], int(words[2]), int(words[3]), float(words[4])
            self.add(argv, name + "_wall", (end - begin) / units)
            if cpu_of:
                self.add(argv, name, cpu_of(begin, end) / units)
            elif len(words) > 5:
                self.add(argv, name, int(words[5]) / units)

    def get(self, argv, name):
        values = self.samples.get((tuple(argv), name))
        if values:
            return values
        raise Absent(self.errors.get(tuple(argv), f"{argv[0]} did not tell {name}"))


def holds(rule, ours, peer):
    """Whether a gate or goal is met; None when it cannot be told."""
    met = True
    for part in rule.split(" and "):
        match = re.fullmatch(r"(ratio|ours|ours / peer) (<=|>=) ([\d.]+)", part)
        if not match or (match[1] != "ours" and not peer):
            return None
        value = {"ours": lambda: ours, "ratio": lambda: peer / ours,
                 "ours / peer": lambda: ours / peer}[match[1]]()
        met &= value <= float(match[3]) if match[2] == "<=" else value >= float(match[3])
    return met


def figure(bench, env, mine, peer=None, native=None, **more):
    """An item of the results; @native is the peer outside of the machine."""
    choose = statistics.median if bench.get("by_median") else min
    low = choose(mine)
    peer_low = choose(peer) if peer else None
    item = {
        "id": bench["id"], "what": bench["what"], "ours": low, "peer": peer_low,
        "peer_name": bench["peer_name"] if peer else None, "unit": bench["unit"],
        "ratio": peer_low / low if peer and low else None,
        "gate": bench["gate"], "goal": bench["goal"], "env": env,
        "ours_min": min(mine), "ours_median": statistics.median(mine), "ours_samples": len(mine),
        **more,
    }
    rivals = [peer_low]
    if peer:
        item |= {"peer_min": min(peer), "peer_median": statistics.median(peer),
                 "peer_samples": len(peer),
                 "ratio_median": statistics.median(peer) / (statistics.median(mine) or 1)}
    if native:
        item |= {"peer_native_min": min(native), "peer_native_median": statistics.median(native)}
        rivals.append(choose(native))
    for rule in ("gate", "goal"):
        met = [holds(bench[rule], low, rival) for rival in rivals]
        item[rule + "_holds"] = None if None in met else all(met)
    return item


def number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


COLUMNS = ("id", "what", "unit", "ours", "(median)", "peer", "(median)", "native", "ratio",
           "gate", "", "goal", "")


def row(item):
    verdict = {True: "holds", False: "FAILS", None: "-"}
    return (item["id"], item["what"], item["unit"], number(item["ours_min"]),
            number(item["ours_median"]), number(item.get("peer_min")),
            number(item.get("peer_median")), number(item.get("peer_native_min")),
            number(item["ratio"]), item["gate"], verdict[item["gate_holds"]],
            item["goal"], verdict[item["goal_holds"]])


def show(items, absent):
    rows = [COLUMNS, *map(row, items)]
    widths = [max(map(len, column)) for column in zip(*rows)]
    for cells in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
    for item in items:
        beside = [f"{name} {number(value)}" for name, value in item.get("beside", {}).items()]
        if beside:
            print(f"{item['id']}: beside it: " + ", ".join(beside))
        if item.get("note"):
            print(f"{item['id']}: {item['note']}")
    for missing in absent:
        print(f"{missing['id']}: absent: {missing['reason']}")
