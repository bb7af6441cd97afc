#!/usr/bin/python3
# SPDX-License-Identifier: GPL-2.0-only
"""check.py DIRECTORY [FIGURES [TEST]]: compare what readers say of the files in DIRECTORY
with the graph that they were made of. FIGURES is what readers.mjs said, as JSON; TEST is
the only test to run. Says TAP, and returns whether anything is wrong."""

import collections
import json
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from snapshots import FIRST_SESSION, Snapshot, lists
from truth import OLD, SIZE_LIMIT, Truth

VALUES = ("alloc_objects", "alloc_space", "inuse_objects", "inuse_space")
ODD = ("names",)
MHEAP = pathlib.Path(__file__).resolve().parents[2] / "build/userlib/tests/mheap"


def run(*command, **more):
    return subprocess.run(command, capture_output=True, text=True, errors="replace",
                          timeout=120, check=False, **more)


def differ(what, found, expected):
    """Nothing when they are the same."""
    if found == expected:
        return []
    if isinstance(found, (list, set, frozenset)) and isinstance(expected, (list, set, frozenset)):
        found, expected = (list(map(str, it)) for it in (found, expected))
        found, expected = (sorted(set(a) - set(b))[:3] for a, b in
                           ((found, expected), (expected, found)))
    return [f"{what}: {str(found)[:500]}, and not {str(expected)[:500]}"]


class Check:
    """All checks of a directory. Each yields what is wrong."""

    def __init__(self, directory, figures):
        self.directory = pathlib.Path(directory)
        self.odd = self.directory.name.startswith(ODD)
        self.truth = Truth(self.directory / "truth")
        self.figures = figures

    def path(self, file):
        return str(self.directory / file)

    # Heap snapshots

    def snapshot(self, variant, reader):
        yield from Snapshot(self.truth, variant).wrong(
            self.figures[variant + ".heapsnapshot"][reader])

    def snapshot_vscode(self):
        classes = self.figures["vscode.heapsnapshot"]["vscode"]["classes"]
        expected = collections.defaultdict(lambda: [0, 0])
        for number, name, bytes_ in Snapshot(self.truth, "vscode").names():
            if number % 4 == 1:
                expected[name][0] += 1
                expected[name][1] += bytes_
        for name, figures in expected.items():
            yield from differ(name, classes.get(name), figures)

    def snapshot_max(self):
        """A hundred objects, and one that stands for the other living ones."""
        truth, snapshot = self.truth, Snapshot(self.truth, "full")
        for reader in ("devtools", "memlab"):
            nodes = [json.loads(it) for it in self.figures["max.heapsnapshot"][reader]["nodes"]]
            shown = {it[0] for it in nodes if it[0] % 4 == 1}
            yield from differ("objects", len(shown), min(100, len(truth.objects)))
            numbers = {number for number, it in snapshot.ids.items() if it in shown}
            left = truth.live - numbers
            beyond = {it.end for it in truth.edges
                      if not it.weak and it.start in left} & numbers
            edges = [json.loads(it) for it in self.figures["max.heapsnapshot"][reader]["edges"]]
            yield from differ("beyond", {it[3] for it in edges if it[0] == 27},
                              {snapshot.ids[it] for it in beyond})
            name = [it[1] for it in nodes if it[0] == 27]
            bytes_ = sum(truth.objects[it].bytes for it in left)
            yield from differ("name", name, [f"{len(left)} objects left out ({bytes_} bytes)"]
                              if left else [])

    def snapshot_type(self):
        expected = {4 * it.number + 1 for it in self.truth.objects.values() if it.type == 3}
        for reader in ("devtools", "heapsnapshot"):
            nodes = self.figures["type.heapsnapshot"][reader]["nodes"]
            yield from differ("objects", {json.loads(it)[0] for it in nodes
                                          if json.loads(it)[0] % 4 == 1}, expected)

    def retained(self):
        """What `mheap retained' says of the same graph, by the ids of the file."""
        ids = Snapshot(self.truth, "full").ids
        rows = []
        for group in "object", "holder":
            done = run(MHEAP, "retained", self.path("full.mheap"), "-n", "0", "--json", "-g", group)
            rows += json.loads(done.stdout)
        found = {ids[it["object"]]: it["retained"] for it in rows if it["kind"] == "object"}
        return found | {4 * (FIRST_SESSION + it["session"]) + 3: it["retained"]
                        for it in rows if it["kind"] == "session"}

    def retained_npm(self, reader):
        """Sessions that hold nothing retain nothing, and are not told of."""
        found, snapshot = self.retained(), Snapshot(self.truth, "full")
        more = self.figures["full.heapsnapshot"][reader]["more"]
        wanted = {snapshot.ids[it] for it in self.truth.live} | {
            4 * (FIRST_SESSION + it) + 3 for it in self.truth.sessions}
        yield from differ("retained", {(it, found.get(it, 0)) for it in wanted | set(found)},
                          {(it, more[str(it)][0]) for it in wanted})

    def retained_networkx(self):
        found, snapshot = self.retained(), Snapshot(self.truth, "full")
        wanted = {snapshot.ids[it] for it in self.truth.live}
        retained = snapshot.retained()
        yield from differ("retained", {(it, found.get(it)) for it in found if it % 4 == 1},
                          {(it, retained[it]) for it in wanted})

    # pprof

    def samples(self):
        """Stacks, values and labels as they have to be."""
        truth = self.truth
        unknown = [["(unknown)", "", 0]]
        stack = lambda number: [[it.function or "(unknown)", it.file, it.line]
                                for it in truth.stack(number)] or unknown
        rows = [(stack(it.id), [it.total_objects, it.total_bytes, 0, 0], [["heap", truth.heap]])
                for it in truth.sites.values() if it.total_objects]
        for number in sorted({it.type for it in truth.objects.values()}):
            for site, (objects, bytes_) in truth.by_site(lambda it: it.type == number).items():
                alloc = [0, 0] if site else [objects, bytes_]
                rows.append((stack(site), alloc + [objects, bytes_],
                             [["heap", truth.heap], ["type", truth.type_name(number)]]))
        return rows

    def pprof_format(self):
        figures = self.figures["full.pb.gz"]["pprofFormat"]
        units = ["count", "bytes", "count", "bytes"]
        yield from differ("types", figures["types"], list(map(list, zip(VALUES, units))))
        yield from differ("usual", figures["usual"], "inuse_space")
        yield from differ("time", figures["time"], str(self.truth.taken_ns))
        yield from differ("samples", sorted(figures["samples"]), sorted(lists(self.samples())))

    def flat(self, index, key):
        """The sums of one value by what a frame is called."""
        sums = collections.Counter()
        for stack, values, _ in self.samples():
            sums[key(stack[0])] += values[index]
        return {name: it for name, it in sums.items() if it}

    def pprof_go(self):
        for index, value in enumerate(VALUES):
            unit = "-unit=bytes" if value.endswith("space") else "-unit=count"
            got = run("go", "tool", "pprof", "-sample_index=" + value, "-top", unit,
                      "-nodecount=1000000", "-nodefraction=0", "-edgefraction=0",
                      self.path("full.pb.gz"))
            total = sum(it[1][index] for it in self.samples())
            if total or self.truth.objects:     # it shows nothing of nothing
                match = re.search(r"of (\d+)B? total", got.stdout)
                yield from differ(value, match and int(match[1]), total)
            if self.odd:
                continue
            rows = re.findall(r"^ *(\d+)B? +\S+% +\S+% +\d+B? +\S+% +(.*)$", got.stdout, re.M)
            yield from differ(value, {name: int(it) for it, name in rows if int(it)},
                              self.flat(index, lambda frame: frame[0]))

    def pprof_speedscope(self):
        figures = self.figures["full.pb.gz"]["speedscope"]
        expected = self.flat(3, tuple)
        yield from differ("total", figures["total"], sum(expected.values()))
        found = collections.Counter()
        for name, file, line, self_, _ in map(json.loads, figures["frames"]):
            found[name, file] += self_
        merged = collections.Counter()
        for (name, file, _), value in expected.items():
            merged[name, file] += value
        yield from differ("frames", {it for it in found.items() if it[1]}, set(merged.items()))

    def pprof_type(self):
        figures = self.figures["type.pb.gz"]["pprofFormat"]
        bytes_ = sum(it.bytes for it in self.truth.objects.values() if it.type == 3)
        yield from differ("bytes", sum(json.loads(it)[1][3] for it in figures["samples"]), bytes_)

    # pprof's text

    def legacy(self):
        """The four figures of each row, by site."""
        sums = self.truth.by_site()
        rows = {it.id: [*sums[it.id], it.total_objects, it.total_bytes]
                for it in self.truth.sites.values()}
        if sums[0][0]:
            rows[0] = sums[0] * 2
        return {site: row for site, row in rows.items() if row[0] or row[2]}

    def legacy_google(self):
        for index, value in enumerate(("inuse_objects", "inuse_space", "alloc_objects",
                                       "alloc_space")):
            got = run("google-pprof", "--text", "--show_bytes", "--" + value, "--nodefraction=0",
                      "--edgefraction=0", "--nodecount=1000000", self.path("full.heap"))
            rows = self.legacy()
            total = re.search(r"^Total: (\d+)", got.stdout, re.M)
            yield from differ(value, total and int(total[1]),
                              sum(row[index] for row in rows.values()))
            if self.odd or not self.truth.sites:
                continue
            expected = collections.Counter()
            for site, row in rows.items():
                name = self.truth.sites[site].function if site else ""
                expected[name or "unknown"] += row[index]
            found = re.findall(r"^ *(\d+) +\S+% +\S+% +\d+ +\S+% (.*)$", got.stdout, re.M)
            found = {name: int(it) for it, name in found if int(it)}
            yield from differ(value, set(found.items()),
                              {it for it in expected.items() if it[1]})

    def legacy_go(self):
        got = run("go", "tool", "pprof", "-raw", self.path("plain.heap"))
        part = re.search(r"^Samples:\n.*\n((?:.*\n)*?)Locations", got.stdout, re.M)
        found = [list(map(int, it.split(":")[0].split()))
                 for it in (part[1] if part else "").splitlines() if re.match(r" *\d", it)]
        if not self.truth.sites:
            # It takes two columns where what was allocated is what is in use.
            found = [it * 2 if len(it) == 2 else it for it in found]
        rows = [[row[2], row[3], row[0], row[1]] for row in self.legacy().values()]
        yield from differ("rows", sorted(found), sorted(rows))

    # Collapsed stacks

    def frame(self, site):
        clean = lambda text: "".join("?" if ord(it) < 32 or ord(it) == 127 else
                                     ":" if it == ";" else it for it in text)
        where = f" ({clean(site.file)}:{site.line})" if site.file else ""
        return clean(site.function or "(unknown)") + where

    def stacks(self, column):
        sums = collections.Counter()
        for site, row in self.truth.by_site().items():
            frames = [self.frame(it) for it in reversed(self.truth.stack(site))]
            sums[";".join(frames) or "(unknown)"] += row[column]
        return sums

    def collapsed_stackvis(self):
        for file, column in (("count", 0), ("bytes", 1)):
            found = collections.Counter()
            for stack, value in map(json.loads, self.figures[file + ".collapsed"]["stackvis"]["stacks"]):
                found[stack] += value
            # It trims its lines.
            expected = collections.Counter()
            for stack, value in self.stacks(column).items():
                expected[stack.strip()] += value
            yield from differ(file, {(a.strip(), b) for a, b in found.items()},
                              set(expected.items()))

    def collapsed_speedscope(self):
        for file, column in (("count", 0), ("bytes", 1)):
            figures = self.figures[file + ".collapsed"]["speedscope"]
            expected = collections.Counter()
            for stack, value in self.stacks(column).items():
                expected[stack.split(";")[-1]] += value
            found = {(it[0], it[3]) for it in map(json.loads, figures["frames"]) if it[3]}
            yield from differ(file, found, set(expected.items()))

    # Drawings

    def dot_sccmap(self):
        for file in ("strong", "cycles"):
            got = run("sccmap", self.path(file + ".dot"))
            found = set()
            for part in re.findall(r'digraph "?cluster[^{]*\{((?:[^{}"]|"[^"]*")*)\}', got.stdout):
                found.add(frozenset(map(int, re.findall(r"\bo(\d+)", part))))
            # It leaves out what is on a cycle only with itself.
            yield from differ(file, found, {it for it in self.truth.cycles if len(it) > 1})

    def dot_acyclic(self):
        for file in ("strong", "cycles"):
            got = run("acyclic", "-n", self.path(file + ".dot"))
            # To it, what refers to itself is no cycle.
            yield from differ(file, got.returncode,
                              int(any(len(it) > 1 for it in self.truth.cycles)))

    def dot_pydot(self):
        import pydot
        graph, = pydot.graph_from_dot_file(self.path("full.dot"))
        plain = lambda text: (text or "").strip('"')
        nodes = {it.get_name() for it in graph.get_nodes()}
        yield from differ("nodes", {it for it in nodes if it.startswith("o")},
                          {f"o{it}" for it in self.truth.objects})
        colours = collections.defaultdict(set)
        for it in graph.get_nodes():
            if it.get("fillcolor") and it.get_name().startswith("o"):
                colours[plain(it.get("fillcolor"))].add(int(it.get_name()[1:]))
        # Of many cycles some have the same colour.
        yield from differ("coloured", set().union(*colours.values()),
                          set().union(*self.truth.cycles))
        for cycle in self.truth.cycles:
            yield from differ("colours", sum(cycle <= it for it in colours.values()), 1)
        found = collections.Counter(
            (it.get_source(), it.get_destination(), plain(it.get("style"))) for it in
            graph.get_edges() if it.get_source().startswith("o"))
        yield from differ("edges", found, collections.Counter(
            (f"o{it.start}", f"o{it.end}", "dashed" if it.weak else "")
            for it in self.truth.edges))
        yield from differ("holders", sum(not it.get_source().startswith("o")
                                         for it in graph.get_edges()), len(self.truth.holders))

    def dot_svg(self):
        import xml.etree.ElementTree as xml
        file = "full" if len(self.truth.objects) < 20 else "near"
        got = run("dot", "-Tsvg", self.path(file + ".dot"))
        texts = [it.text for it in xml.fromstring(got.stdout).iter() if it.tag.endswith("}text")]
        found = {int(it[1:].split(",")[0]) for it in texts if re.match(r"#\d+, \d+ bytes$", it)}
        expected = set(self.truth.objects)
        if file == "near":
            import networkx as nx
            expected = set(nx.single_source_shortest_path_length(self.truth.strong, 1, cutoff=2))
        yield from differ(file, found, expected)

    def dot_max(self):
        got = run("gvpr", "N { print(name); }", self.path("max.dot"))
        names = {it for it in got.stdout.split() if re.match(r"o\d", it)}
        yield from differ("objects", len(names), min(50, len(self.truth.objects)))

    # Figures

    def metrics(self):
        truth, heap = self.truth, str(self.truth.heap)
        rows = {}

        def put(metric, value, **labels):
            rows[metric, tuple(sorted({"heap": heap, **labels}.items()))] = value
        garbage = [it for it in truth.objects.values() if it.number not in truth.live]
        put("mheap_objects", len(truth.objects))
        put("mheap_bytes", sum(it.bytes for it in truth.objects.values()))
        put("mheap_garbage_objects", len(garbage))
        put("mheap_garbage_bytes", sum(it.bytes for it in garbage))
        put("mheap_sessions", len(truth.sessions))
        put("mheap_read_timestamp_seconds", truth.taken_ns // 1000000 / 1000)
        for it in truth.sessions.values():
            put("mheap_session_handles", it.handles, session=str(it.id), pid=str(it.pid),
                uid=str(it.uid), comm=it.comm)
        for number in {it.type for it in truth.objects.values()}:
            of = [it.bytes for it in truth.objects.values() if it.type == number]
            labels = {"type": str(number), "name": truth.type_name(number)}
            put("mheap_type_objects", len(of), **labels)
            put("mheap_type_bytes", sum(of), **labels)
        for it in truth.sites.values():
            labels = {"site": str(it.id), "function": it.function, "file": it.file,
                      "line": str(it.line)}
            for name, value in (
                    ("objects", it.live_objects), ("bytes", it.live_bytes),
                    ("peak_objects", it.peak_objects), ("peak_bytes", it.peak_bytes),
                    ("allocated_objects_total", it.total_objects),
                    ("allocated_bytes_total", it.total_bytes),
                    ("young_deaths_total", it.young)):
                put("mheap_site_" + name, value, **labels)
        return rows

    def openmetrics_python(self):
        from prometheus_client.openmetrics.parser import text_string_to_metric_families
        text = pathlib.Path(self.path("full.prom")).read_text(encoding="utf-8")
        found = {}
        for family in text_string_to_metric_families(text):
            for it in family.samples:
                found[it.name, tuple(sorted(it.labels.items()))] = it.value
        yield from differ("figures", set(found.items()), set(self.metrics().items()))

    def openmetrics_promtool(self):
        """It reads the older format, which has the suffix of a counter in its name."""
        with open(self.path("full.prom"), encoding="utf-8") as file:
            got = run("promtool", "check", "metrics", stdin=file)
        said = [it for it in got.stderr.splitlines() + got.stdout.splitlines()
                if not re.fullmatch(r"\S+_total no help text", it)]
        yield from differ("said", said, [])
        if got.returncode not in (0, 3):
            yield f"returned {got.returncode}"

    # JSON

    def json_jq(self):
        truth = self.truth
        got = run("jq", "-c", "[(.objects | length), ([.objects[].bytes] | add // 0), "
                  "([.objects[].slots[] | select(. != null)] | length), "
                  "([.objects[].weak // [] | length] | add // 0), "
                  "([.objects[] | select(.live)] | length), (.holders | length), "
                  "([.sites[].total_bytes] | add // 0)]", self.path("full.json"))
        edges = truth.edges
        yield from differ("figures", json.loads(got.stdout or "null"), [
            len(truth.objects), sum(it.bytes for it in truth.objects.values()), len(edges),
            sum(it["weak"] for it in self.json_slots()), len(truth.live), len(truth.holders),
            sum(it.total_bytes for it in truth.sites.values())])

    def json_slots(self):
        """Weak slots that are null are written as well."""
        with open(self.path("full.json"), encoding="utf-8") as file:
            objects = json.load(file)["objects"]
        weak = {(it.start, it.slot) for it in self.truth.edges if it.weak}
        for it in objects:
            known = [slot for slot in it.get("weak", ())
                     if it["slots"][slot] is None or (it["object"], slot) in weak]
            yield {"weak": len(known)}

    def json_schema(self):
        import jsonschema
        schema = json.loads((pathlib.Path(__file__).resolve().parents[2] /
                             "userlib/schema/graph.json").read_text(encoding="utf-8"))
        jsonschema.Draft7Validator.check_schema(schema)
        for file in ("full.json", "type.json"):
            with open(self.path(file), encoding="utf-8") as text:
                for error in jsonschema.Draft7Validator(schema).iter_errors(json.load(text)):
                    yield f"{file}: {error.message}"

    def json_python(self):
        truth = self.truth
        with open(self.path("full.json"), encoding="utf-8") as file:
            graph = json.load(file)
        yield from differ("heap", (graph["heap"], graph["taken_ns"], graph["consistent"]),
                          (truth.heap, truth.taken_ns, bool(truth.consistent)))
        yield from differ("objects", {(
            it["object"], it["type"], it["site"], OLD if it["age_ms"] is None else it["age_ms"],
            len(it["slots"]), it["payload_bytes"], it["handle_refs"], it["slot_refs"],
            it["bytes"]) for it in graph["objects"]}, {tuple(it) for it in truth.objects.values()})
        yield from differ("live", {it["object"] for it in graph["objects"] if it["live"]},
                          truth.live)
        yield from differ("edges", {
            (it["object"], slot, target, int(slot in it.get("weak", ())))
            for it in graph["objects"] for slot, target in enumerate(it["slots"])
            if target is not None}, {tuple(it) for it in truth.edges})
        yield from differ("sites", {tuple(it[key] for key in (
            "id", "parent", "line", "live_objects", "live_bytes", "peak_objects", "peak_bytes",
            "total_objects", "total_bytes", "young", "file", "function"))
            for it in graph["sites"]}, {tuple(it) for it in truth.sites.values()})
        yield from differ("types", {it["type"]: [it["name"], *it["slots"]]
                                    for it in graph["types"]}, truth.types)
        yield from differ("sessions", {(it["id"], it["pid"], it["uid"], it["handles"], it["comm"])
                                       for it in graph["sessions"]},
                          {tuple(it) for it in truth.sessions.values()})
        yield from differ("holders", sorted(
            (it["kind"][0], it["object"], it.get("session", 0), it.get("handle", 0),
             it.get("name", "")) for it in graph["holders"]), sorted(map(tuple, truth.holders)))

    def checks(self):
        """Names, whether npm's readers are needed, and what to call."""
        for variant in ("full", "plain", "live", "vscode", "timeline"):
            if variant == "timeline" and not self.truth.objects:
                continue
            for reader in ("devtools", "memlab", "heapsnapshot", "v8heapsnapshot"):
                yield (f"heapsnapshot {variant} {reader}", True,
                       lambda a=variant, b=reader: self.snapshot(a, b))
        yield "heapsnapshot vscode vscode", True, self.snapshot_vscode
        yield "heapsnapshot max", True, self.snapshot_max
        if not max(self.truth.objects, default=0) >> 30:
            yield "heapsnapshot type", True, self.snapshot_type
        # Those who read heap snapshots see no size of 4 GiB or more as it is.
        if max((it.bytes for it in self.truth.objects.values()), default=0) < SIZE_LIMIT:
            yield "retained networkx", False, self.retained_networkx
            for reader in ("devtools", "memlab"):
                yield f"retained {reader}", True, lambda a=reader: self.retained_npm(a)
        yield "pprof pprof-format", True, self.pprof_format
        yield "pprof go", False, self.pprof_go
        yield "pprof speedscope", True, self.pprof_speedscope
        yield "pprof type", True, self.pprof_type
        if self.truth.objects:      # it refuses a profile without any rows
            yield "pprof-text google-pprof", False, self.legacy_google
        yield "pprof-text go", False, self.legacy_go
        yield "collapsed stackvis", True, self.collapsed_stackvis
        yield "collapsed speedscope", True, self.collapsed_speedscope
        yield "dot sccmap", False, self.dot_sccmap
        yield "dot acyclic", False, self.dot_acyclic
        yield "dot pydot", False, self.dot_pydot
        if self.truth.objects:
            yield "dot svg", False, self.dot_svg
        yield "dot max gvpr", False, self.dot_max
        yield "openmetrics python", False, self.openmetrics_python
        yield "openmetrics promtool", False, self.openmetrics_promtool
        yield "json jq", False, self.json_jq
        yield "json jsonschema", False, self.json_schema
        yield "json python", False, self.json_python


def main():
    directory, *figures = sys.argv[1:]
    only = figures[1] if len(figures) > 1 else None
    read = None
    if figures:
        with open(figures[0], encoding="utf-8") as file:
            read = json.load(file)
    check = Check(directory, read)
    bad = False
    for name, npm, find in check.checks():
        if only not in (None, name):
            continue
        title = f"{check.directory.name}: {name}"
        if npm and read is None:
            print(f"ok - {title} # SKIP no packages of npm")
            continue
        try:
            wrong = list(find())
        except Exception as error:      # whatever a reader made of it
            wrong = [f"{type(error).__name__}: {error}"]
            for file, readers in (read or {}).items():
                wrong += [f"{file}: {reader}: {it['error']}" for reader, it in readers.items()
                          if "error" in it]
        print(f"{'not ' if wrong else ''}ok - {title}")
        for it in wrong[:5]:
            print("# " + it.replace("\n", "\n# ")[:1500])
        bad = bad or bool(wrong)
    return bad


sys.exit(main())
