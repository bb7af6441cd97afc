# SPDX-License-Identifier: GPL-2.0
"""Puts results into the documentation: a table that no hand has typed, and pictures."""
import shutil

import report

FIGURES = "benchmarks.inc"
LARGEST = 60 << 10      # of a picture, in bytes
HEAD = """.. SPDX-License-Identifier: GPL-2.0-only
..
   Written by selftests/bench/run --rst, from the results of a run. Not for editing.

"""
COLUMNS = ("", "what", "unit", "ours", "beside it", "", "ratio", "gate", "goal")


def verdict(rule, met):
    return "\\-" if rule == "none" else f"{rule}: {report.VERDICT[met]}"


def rows(item):
    name, what = item["id"], item["what"]
    for peer in item["peers"] or [{}]:
        rules = {rule: verdict(peer.get(rule) or item[rule],
                               (peer or item)[rule + "_holds"]) for rule in ("gate", "goal")}
        value = report.number(peer["value"]) if peer else "\\-"
        yield (name, what, item["unit"], report.number(item["ours"]), peer.get("name", "\\-"),
               value, report.number(peer["ratio"]) if peer.get("ratio") else "\\-",
               rules["gate"], rules["goal"])
        # An empty first cell would make it a part of the line above
        name, what = "\\ ", ""


def simple_table(lines):
    widths = [max(1, *map(len, column)) for column in zip(*lines)]
    border = " ".join("=" * width for width in widths)
    text = [" ".join(cell.ljust(width) for cell, width in zip(cells, widths)).rstrip()
            for cells in lines]
    return "\n".join([border, text[0], border, *text[1:], border]) + "\n"


def beside(item):
    told = [f"``{name}`` {report.number(value)}" for name, value in item["beside"].items()]
    told += [f"without ``{name}``: {why}" for name, why in item["missing"].items()]
    told += [item["note"]] if item.get("note") else []
    return f"{item['id']}\n  " + ",\n  ".join(told) + "\n" if told else ""


def environment(env):
    return (f"Taken {env['date']}, module {env['commit']}, in UML {env['kernel']} "
            f"({env['memory']}) on {env['machine']}, host kernel {env['host']}, {env['python']}; "
            f"load before and after: {env['load'][0]}, {env['load'][1]}.\n")


def write(items, absent, plots, where):
    if not items:
        (where / FIGURES).write_text(HEAD + "None were taken yet.\n")
        return
    parts = [HEAD, environment(items[0]["env"]) + "\n",
             simple_table([COLUMNS, *(row for item in items for row in rows(item))]),
             "\nBeside them, in the same units unless the name has one:\n\n",
             *map(beside, items)]
    for gone in absent:
        parts.append(f"{gone['id']}\n  absent: {gone['reason']}\n")
    pictures = []
    for picture in sorted(plots.glob("*.svg")):
        if picture.stat().st_size <= LARGEST:
            shutil.copyfile(picture, where / f"benchmarks-{picture.name}")
            pictures.append(picture)
    for picture in pictures:
        parts.append(f"\n.. figure:: benchmarks-{picture.name}\n   :alt: {picture.stem}\n")
    (where / FIGURES).write_text("".join(parts))
    print(where / FIGURES)
