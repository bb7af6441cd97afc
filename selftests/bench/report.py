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
        if not match or (match[1] != "ours" and (not peer or not ours)):
            return None
        value = {"ours": lambda: ours, "ratio": lambda: peer / ours,
                 "ours / peer": lambda: ours / peer}[match[1]]()
        met &= value <= float(match[3]) if match[2] == "<=" else value >= float(match[3])
    return met


def all_hold(verdicts):
    """None when there is none, or when only nothing is known."""
    known = [met for met in verdicts if met is not None]
    return all(known) if known else None


def chooser(bench):
    return statistics.median if bench.get("by_median") else min


def rival(bench, peer, mine, found):
    """A peer of a figure; @found are its samples by place. It is as fast as where it is
    faster."""
    choose = chooser(bench)
    place = min(found, key=lambda name: choose(found[name]))
    low, values = choose(mine), found[place]
    rules = {rule: peer[rule] or bench[rule] for rule in ("gate", "goal")}
    return {
        "name": peer["name"], "value": choose(values), "where": place,
        "ratio": choose(values) / low if low else None,
        "ratio_median": statistics.median(values) / (statistics.median(mine) or 1),
        "min": min(values), "median": statistics.median(values), "samples": len(values),
        "places": {name: {"min": min(one), "median": statistics.median(one)}
                   for name, one in found.items()},
        **rules,
        **{rule + "_holds": holds(text, low, choose(values)) for rule, text in rules.items()},
    }


def figure(bench, env, mine, rivals, beside, missing, note=None):
    """An item of the results. The peer at its top is that which is the hardest to beat."""
    low = chooser(bench)(mine)
    gated = [peer for peer in rivals if peer["gate"] != "none"] or rivals
    first = min(gated, key=lambda peer: peer["value"], default={})
    item = {
        "id": bench["id"], "what": bench["what"], "ours": low, "peer": first.get("value"),
        "peer_name": first.get("name"), "unit": bench["unit"], "ratio": first.get("ratio"),
        "gate": bench["gate"], "goal": bench["goal"], "env": env,
        "ours_min": min(mine), "ours_median": statistics.median(mine), "ours_samples": len(mine),
        "ratio_median": first.get("ratio_median"), "peers": rivals, "beside": beside,
        "missing": missing,
    }
    for rule in ("gate", "goal"):
        item[rule + "_holds"] = all_hold([peer[rule + "_holds"] for peer in rivals] or
                                         [holds(bench[rule], low, None)])
    return item | ({"note": note} if note else {})


def number(value):
    if value is None:
        return "-"
    return f"{value:.0f}" if abs(value) >= 1000 else f"{value:.3g}"


COLUMNS = ("id", "what", "unit", "ours", "(median)", "peer", "", "(median)", "ratio",
           "gate", "", "goal", "")
VERDICT = {True: "holds", False: "FAILS", None: "-"}


def rows(item):
    """One line a peer."""
    for peer in item["peers"] or [{}]:
        rule = {name: peer.get(name) or item[name] for name in ("gate", "goal")}
        met = {name: VERDICT[peer.get(name + "_holds") if peer else item[name + "_holds"]]
               for name in rule}
        yield (item["id"], item["what"], item["unit"], number(item["ours_min"]),
               number(item["ours_median"]), peer.get("name", "-"), number(peer.get("min")),
               number(peer.get("median")), number(peer.get("ratio")),
               rule["gate"], met["gate"], rule["goal"], met["goal"])


def show(items, absent):
    lines = [COLUMNS, *(row for item in items for row in rows(item))]
    widths = [max(map(len, column)) for column in zip(*lines)]
    for cells in lines:
        print("  ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip())
    for item in items:
        beside = [f"{name} {number(value)}" for name, value in item["beside"].items()]
        if beside:
            print(f"{item['id']}: beside it: " + ", ".join(beside))
        for peer in item["peers"]:
            if len(peer["places"]) > 1:
                print(f"{item['id']}: {peer['name']}: " + ", ".join(
                    f"{place} {number(one['min'])}" for place, one in peer["places"].items()))
        for name, why in item["missing"].items():
            print(f"{item['id']}: without {name}: {why}")
        if item.get("note"):
            print(f"{item['id']}: {item['note']}")
    for gone in absent:
        print(f"{gone['id']}: absent: {gone['reason']}")
