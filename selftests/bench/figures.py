# SPDX-License-Identifier: GPL-2.0
"""From what all commands said to the figures of the table."""
import dataclasses
import typing

import machine
import report
import table


@dataclasses.dataclass
class Taken:
    """What a run has to make figures of."""
    command: typing.Callable        # of the table, as it is run
    inside: report.Said
    outside: report.Said
    counted: typing.Callable        # see machine.counted()
    can_hold: typing.Callable       # whether the machine has room for so many objects


def places(rival):
    return ("inside", "outside") if rival["where"] == "both" else (rival["where"],)


def samples_of(rival, taken, name=None):
    """By place; raises Absent when there are none at all."""
    argv, found, why = taken.command(rival["argv"]), {}, None
    for place in places(rival):
        try:
            found[place] = getattr(taken, place).get(argv, name or rival["value"])
        except report.Absent as absent:
            why = why or absent
    if not found:
        raise why
    return found


def plain(bench, env, taken):
    argv, value = bench["ours"]
    argv = taken.command(argv)
    values = taken.inside.get(argv, value)
    beside, rivals, missing = {}, [], {}
    choose = report.chooser(bench)
    for name in bench["also"]:
        beside[name] = choose(taken.inside.get(argv, name))
    for rival in bench["rivals"]:
        try:
            found = samples_of(rival, taken)
        except report.Absent as why:
            missing[rival["name"]] = str(why)
            continue
        rivals.append(report.rival(bench, rival, values, found))
    for rival in (*bench["rivals"], *bench["beside"]):
        names = list(rival["also"])
        if rival in bench["beside"]:
            names.insert(0, rival["value"])
        for name in names:
            try:
                found = samples_of(rival, taken, name)
            except report.Absent as why:
                missing.setdefault(rival["name"], str(why))
                break
            told = rival["name"] if name == rival["value"] else f"{rival['name']} {name}"
            beside[told] = min(map(choose, found.values()))
    return report.figure(bench, env, values, rivals, beside, missing)


def simple(bench, env, mine, peer, beside, note):
    """A figure whose peer is the same thing without what is measured."""
    rivals = []
    if peer:
        rival = table.rival(bench["peer_name"], (), "")
        rivals.append(report.rival(bench, rival, mine, {"outside": peer}))
    return report.figure(bench, env, mine, rivals, beside, {}, note)


def ioctl(bench, env, taken):
    """An operation carried out in a loop in the kernel, on top of a native null ioctl."""
    base = min(taken.outside.get(taken.command(table.NATIVE), "null"))
    argv = taken.command(table.IOCTL)
    kinds = {kind: taken.inside.get(argv, kind) for kind in table.IOCTL_KINDS}
    nothing = min(taken.inside.get(argv, "null"))
    dearest = max(kinds, key=lambda kind: min(kinds[kind]))
    return simple(bench, env, [base + value - nothing for value in kinds[dearest]], [base],
                  {f"{kind} adds": min(values) - nothing for kind, values in kinds.items()},
                  f"the dearest is {dearest}; all that it does beside the system call, on top "
                  "of a null ioctl outside")


def record(bench, env, taken):
    argv = taken.command(table.RECORD)
    kinds = {name: [value / count for value in taken.inside.get(argv, name)]
             for name, count in table.RECORD_KINDS.items()}
    dearest = max(kinds, key=lambda name: min(kinds[name]))
    beside = {name: min(values) for name, values in kinds.items()}
    beside["store to objects out of cache"] = min(taken.inside.get(argv, "store_spread"))
    return simple(bench, env, kinds[dearest], None, beside,
                  f"the dearest is {dearest}; hot objects")


def instructions(bench, env, taken):
    counts = taken.counted(taken.command(table.CALL))
    kinds = {kind: counts[kind] for kind in table.IOCTL_KINDS}
    dearest = max(kinds, key=kinds.get)
    return simple(bench, env | {"kernel": f"{table.COUNT_KERNEL}, emulated"}, [kinds[dearest]],
                  [counts["null"]], kinds, f"the dearest is {dearest}")


def scaling(bench, env, taken):
    """Told is the largest; all sizes are in "series", for the plot."""
    series, skipped, largest = {"ours": [], table.CPYTHON: []}, {}, None
    for size, argv in table.scaling(bench["dead"]).items():
        if not taken.can_hold(size):
            skipped[f"{size} objects"] = "too large for the machine, or left out (BENCH_LARGEST)"
            continue
        values = taken.inside.get(taken.command(argv), "each_duration")
        series["ours"].append([size, min(values)])
        largest = values
    for size, argv in table.scaling_rival(bench["dead"]).items():
        values = taken.outside.get(taken.command(argv), "each")
        series[table.CPYTHON].append([size, min(values)])
    if not largest:
        raise report.Absent("not even the smallest fits into the machine")
    beside = {f"{name} {size}": value for name, points in series.items()
              for size, value in points}
    return report.figure(bench, env, largest, [], beside, skipped,
                         f"told is the time for {series['ours'][-1][0]} objects") | \
        {"series": series}


OF = {None: plain, "ioctl": ioctl, "record": record, "instructions": instructions,
      "scaling": scaling}


def commands(bench, rounds, can_hold):
    """(argv of the table, rounds, place) that a figure is made of."""
    most = min(rounds, bench["rounds"] or rounds)
    special = bench.get("special")
    if special == "scaling":
        return [(argv, most, "inside") for size, argv in table.scaling(bench["dead"]).items()
                if can_hold(size)] + \
            [(argv, most, "outside") for argv in table.scaling_rival(bench["dead"]).values()]
    if special:
        return {"ioctl": [(table.IOCTL, most, "inside"), (table.NATIVE, most, "outside")],
                "record": [(table.RECORD, most, "inside")]}.get(special, [])
    found = [(bench["ours"][0], most, "inside")]
    for rival in (*bench["rivals"], *bench["beside"]):
        for place in places(rival):
            at_most = min(most, machine.NATIVE_ROUNDS) if place == "outside" else most
            found.append((rival["argv"], min(at_most, rival["rounds"] or at_most), place))
    return found
