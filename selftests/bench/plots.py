# SPDX-License-Identifier: GPL-2.0
"""plots.py RESULTS DIRECTORY PACKAGES: pictures of some results, as SVG. What is not in
the results is not drawn."""
import json
import pathlib
import re
import subprocess
import sys

PARTS = (("p50", 0.5), ("p90", 0.9), ("p99", 0.99), ("p99.9", 0.999), ("p99.99", 0.9999),
         ("p99.999", 0.99999), ("worst", 0.999999))
WIDE = (7, 4)


def curve(axes, beside, prefix, label):
    """Latencies against the part of operations that took longer."""
    points = [(1 - part, beside[f"{prefix}_{name}_us"]) for name, part in PARTS
              if f"{prefix}_{name}_us" in beside]
    if points:
        axes.plot(*zip(*points), marker="o", label=label)
    return bool(points)


def latency(axes, title):
    axes.set(xscale="log", yscale="log", xlabel="part of all operations that took longer",
             ylabel="microseconds", title=title)
    axes.invert_xaxis()


def pauses(axes, results):
    beside = results["T13"]["beside"]
    drawn = [curve(axes, beside, prefix, label) for prefix, label in (
        ("busy", "a store, collections running"), ("idle", "a store, none running"),
        ("machine", "nothing done: the machine itself"))]
    for name, value in beside.items():
        if name.startswith("CPython"):
            axes.axhline(value, color="tab:red", linestyle="--", label="CPython: one collection")
    latency(axes, "One operation on a heap of 5 million objects")
    return any(drawn)


def pushes(axes, results):
    beside = results["T14"]["beside"]
    drawn = [curve(axes, beside, prefix, label) for prefix, label in (
        ("push", "freed by count"), ("cycle", "cyclic, freed by collections"),
        ("malloc push", "malloc"))]
    latency(axes, "One push of 1 KiB into a window of 200,000")
    return any(drawn)


def sizes(axes, results):
    drawn = False
    for id, words in (("S1", "live"), ("S1/dead", "dead")):
        for name, points in results.get(id, {}).get("series", {}).items():
            if points:
                axes.plot(*zip(*points), marker="o", label=f"{name}, {words}",
                          linestyle="-" if name == "ours" else "--")
                drawn = True
    axes.set(xscale="log", yscale="log", xlabel="objects", ylabel="ns for each object",
             title="A full collection, shuffled")
    return drawn


def workers(axes, results):
    """Millions of objects a second; two workers need T10."""
    bars = {}
    if "T8/5M" in results:
        bars["one worker\n(5M)"] = 1e3 / results["T8/5M"]["ours"]
        for peer in results["T8/5M"]["peers"]:
            bars[f"{peer['name']}\n(5M)"] = 1e3 / peer["value"]
    if "T10" in results:
        bars["one worker\n(T10)"] = 1e3 / results["T10"]["peer"]
        bars["two workers\n(T10)"] = 1e3 / results["T10"]["ours"]
    axes.bar(list(bars), list(bars.values()))
    axes.set(ylabel="million objects a second", title="Marking 5 million objects, shuffled")
    return bool(bars)


DRAWN = {"pauses": (pauses, ("T13",)), "pushes": (pushes, ("T14",)), "sizes": (sizes, ()),
         "workers": (workers, ())}


def main():
    results = {item["id"]: item for item in json.loads(pathlib.Path(sys.argv[1]).read_text())}
    where = pathlib.Path(sys.argv[2])
    wanted = {name: draw for name, (draw, needs) in DRAWN.items() if set(needs) <= set(results)}
    if not any(re.match("T8|T10|T13|T14|S1", id) for id in results):
        return
    if subprocess.run([sys.argv[3], "python3-matplotlib"], check=False).returncode:
        sys.exit("bench: no plots, for there is no python3-matplotlib")
    import matplotlib
    matplotlib.use("svg")
    matplotlib.rcParams.update({"svg.hashsalt": "bench", "svg.fonttype": "none",
                                "axes.grid": True})
    from matplotlib import pyplot
    where.mkdir(parents=True, exist_ok=True)
    for name, draw in wanted.items():
        picture, axes = pyplot.subplots(figsize=WIDE, constrained_layout=True)
        if draw(axes, results):
            if axes.get_legend_handles_labels()[0]:
                axes.legend()
            picture.savefig(where / f"{name}.svg", metadata={"Date": None})
            print(f"drew {where / name}.svg", file=sys.stderr)
        pyplot.close(picture)


main()
