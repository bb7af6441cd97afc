# SPDX-License-Identifier: GPL-2.0
"""All benchmarks, in one table. To add one: a program in ours/ (and in peers/, if it
has a peer) that prints "name value" or "span name begin end units [cpu]", and an entry
here.

A gate or goal is "ratio >= X" (ratio is what the peer takes, divided by what ours
takes), "ours <= X" or "ours / peer <= X", or several of them joined by "and"; or "none".
"""
import os

CPYTHON = "CPython"
OURSELVES = "ourselves"

# What can be made larger or smaller: BENCH_DEPTH=21 selftests/bench/run --only T23
DEPTH = int(os.environ.get("BENCH_DEPTH", "16"))            # of binary-trees
PUSHES = int(os.environ.get("BENCH_PUSHES", "2000000"))    # of T14
LARGEST = int(os.environ.get("BENCH_LARGEST", "20000000"))  # objects of S1
SOCKETS = os.environ.get("BENCH_SOCKETS", "20000")          # of T20


def ours(*argv):
    return ["{bin}/" + argv[0], *argv[1:]]


def compiled(*argv):
    """A peer that selftests/bench/Makefile compiles; NAME-go, NAME-nim or NAME-boehm."""
    return ["{bin}/peers/" + argv[0], *argv[1:]]


def python(*argv):
    return ["{python}", "{peers}/" + argv[0] + ".py", *argv[1:]]


def php(*argv):
    return ["php", "{peers}/" + argv[0] + ".php", *argv[1:]]


def quickjs(*argv):
    return ["qjs", "--std", "{peers}/" + argv[0] + ".js", *argv[1:]]


def rival(name, argv, value, **more):
    """A peer: where it is run ("inside" the machine, "outside" of it, or "both"), its own
    gate and goal, if they are not the entry's, and how many rounds at most."""
    where = "inside" if name.startswith(OURSELVES) else "both"
    return {"name": name, "argv": argv, "value": value, "where": where, "also": (),
            "gate": None, "goal": None, "rounds": None, **more}


def entry(id, what, unit, mine, gate, goal, *rivals, also=(), beside=(), rounds=None, **more):
    """@mine is (command, name of the value); @also are names of values of it that are told
    beside it, and @beside rivals that are told and not compared with. A figure is the
    least of its samples, or else @by_median: where samples are of two kinds, luck must
    not choose."""
    return {"id": id, "what": what, "unit": unit, "ours": mine, "rivals": rivals, "gate": gate,
            "goal": goal, "also": also, "beside": beside, "rounds": rounds, **more}


NODE = ours("node")
DURING = ours("during", "1000000")
LATENCY = ours("latency", "5000000")
PARTS = ("p50", "p99", "p99.9", "p99.99", "p99.999", "worst")
PAUSE = rival("CPython's pause on the same graph, us", python("graph", "shuffled", "5000000", "1"),
              "pause_us", where="outside", rounds=1)
PUSH = ours("pushes", str(PUSHES))
MALLOC_PUSH = compiled("pushes", str(PUSHES))
HUB = ours("hub", "1000000", "4")
PHP_HUB = php("hub", "1000000", "300000")
STALL = ours("stall", "1000000")
UNIX = compiled("unix", SOCKETS)
RING = ours("graph", "ring")
TIMES = ("each_duration",)


def latencies(name):
    return tuple(f"{name}_{part}_us" for part in PARTS)


def cpython(shape, *argv, **more):
    return rival(CPYTHON, python("graph", shape, *argv), "each", **more)


TABLE = [
    entry("T1", "full collection, 1M live, ring in allocation order", "ns/object",
          (RING, "each"), "ratio >= 5", "ratio >= 10", cpython("ring"), also=TIMES),
    entry("T2", "full collection, 1M live, ring shuffled", "ns/object",
          (ours("graph", "shuffled", "1000000"), "each"), "ratio >= 25", "ratio >= 80",
          cpython("shuffled", "1000000", "3"), also=TIMES, rounds=3),
    entry("T3", "reclaim a dead ring of 1M", "ns/object",
          (ours("graph", "dead-ring"), "each"), "ratio >= 6", "ratio >= 20",
          cpython("dead-ring"), also=TIMES),
    entry("T4", "reclaim 100,000 dead rings of 41", "ns/object",
          (ours("graph", "dead-rings", "4100000"), "each"), "ratio >= 4", "ratio >= 10",
          cpython("dead-rings", "4100000", where="outside"), also=TIMES, rounds=3),
    entry("T5", "full collection, 1000 arrays of 1000 references", "ns/reference",
          (ours("graph", "arrays"), "each"), "ratio >= 1.5", "ratio >= 4",
          cpython("arrays"), also=TIMES),
    entry("T6", "the graph of T1 in others", "ns/object",
          (RING, "each"), "ratio >= 8", "ratio >= 15",
          rival("PHP", php("graph", "ring"), "each", rounds=3),
          rival("Nim ORC", compiled("graph-nim", "ring"), "each", rounds=3),
          rival("QuickJS", quickjs("graph", "ring"), "each", gate="ratio >= 4",
                goal="ratio >= 7.5")),
    entry("T7", "reclaim a million dead pairs", "ns/object",
          (ours("graph", "dead-pairs", "2000000"), "each"), "ratio >= 0.8", "ratio >= 1.5",
          rival("Nim ORC", compiled("graph-nim", "dead-pairs", "2000000"), "each", rounds=3),
          also=TIMES,
          beside=(rival("PHP", php("graph", "dead-pairs", "2000000"), "each", rounds=3),)),
    *(entry(id, f"mark, one worker, {words} shuffled", "ns/object",
            (ours("graph", "shuffled", count), "each"), "ratio >= 5", "ratio >= 12",
            rival("Boehm", compiled("graph-boehm", "shuffled", count), "each", rounds=3),
            rival("Go", compiled("graph-go", "shuffled", count), "each", where="outside"),
            rounds=rounds)
      for id, words, count, rounds in (("T8", "1M", "1000000", None),
                                       ("T8/5M", "5M", "5000000", 2))),
    entry("T9", "mark cost at 20M objects against 1M", "ns/object",
          (ours("graph", "windows", "20000000"), "each"), "ours / peer <= 1.8",
          "ours / peer <= 1.3", rival(OURSELVES + " at 1M", ours("graph", "windows", "1000000"),
                                      "each"), rounds=2),
    entry("T10", "mark 5M shuffled by two workers against one, elapsed", "ns/object",
          (ours("graph", "helped", "5000000"), "two"), "ratio >= 1.5", "ratio >= 1.8",
          rival(OURSELVES + ", one worker", ours("graph", "helped", "5000000"), "one"),
          rounds=2, by_median=True),
    entry("T11", "dropping the root of a tree of 2^18", "ns/object",
          (ours("tree"), "gone_ns"), "ratio >= 2", "ratio >= 4",
          rival(CPYTHON, python("tree"), "gone_ns"), also=("close_us",)),
    entry("T12", "slot store while a collection runs", "ns",
          (DURING, "busy"), "ours / peer <= 2", "ours / peer <= 1.2",
          rival(OURSELVES + ", none running", DURING, "idle"),
          also=("busy_spread", "idle_spread", "collections"), by_median=True),
    entry("T13", "store during collections of 5M, 99.99th percentile", "us",
          (LATENCY, "busy_p99.99_us"), "ours / peer <= 2", "ours / peer <= 1.3",
          rival(OURSELVES + ", none running", LATENCY, "idle_p99.99_us"), rounds=2,
          also=(*latencies("busy"), *latencies("idle"), *latencies("machine"), "collections"),
          beside=(PAUSE,)),
    entry("T13/worst", "store during collections of 5M, the worst", "us",
          (LATENCY, "busy_worst_us"), "ours <= 100", "ours <= 50",
          rival(OURSELVES + ", none running", LATENCY, "idle_worst_us"), rounds=2,
          also=("machine_worst_us",), beside=(PAUSE,)),
    entry("T14", f"{PUSHES} pushes of 1 KiB into a window of 200k, the worst", "us",
          (PUSH, "push_worst_us"), "ours / peer <= 3", "ours / peer <= 1.5",
          rival("malloc", MALLOC_PUSH, "push_worst_us", also=latencies("push")),
          also=("push_each", *latencies("push"), *latencies("cycle"), "cycle_collections"),
          rounds=3),
    entry("T15", "peak of cyclic garbage, as a part of live, 400k objects", "parts of live",
          (ours("churn"), "peak"), "ours <= 0.5", "ours <= 0.25",
          rival(CPYTHON, python("churn"), "peak", where="outside", rounds=1,
                also=("churn_ns",)),
          also=("mean", "collections", "collector_share", "churn_ns"), rounds=3),
    entry("T16", "collections begun on five acyclic loads of 2 s", "collections",
          (ours("acyclic", "2"), "collections"), "ours <= 0", "ours <= 0",
          also=("bottom_up_trees", "top_down_trees", "lists", "queues", "table", "per_million",
                "share_of_time", "freed_by_them"), by_median=True, rounds=2),
    entry("T17", "processor time of the collector, a hub over 1M live", "percent",
          (HUB, "share"), "ours <= 5", "ours <= 1",
          rival("PHP", PHP_HUB, "share", where="outside"),
          also=("collections", "elapsed", "visit_ns"), rounds=3),
    entry("T17/garbage", "the same, with a dead pair for each visit", "percent",
          (HUB, "garbage_share"), "none", "none",
          rival("PHP", PHP_HUB, "garbage_share", where="outside"),
          also=("garbage_collections", "garbage_elapsed", "garbage_visit_ns"), rounds=3),
    entry("T18", "memory of a two-slot object, all included", "bytes",
          (ours("size"), "held"), "ours / peer <= 0.75", "ours / peer <= 0.45",
          rival(CPYTHON, python("size", "1000000"), "sizeof", also=("resident", "traced"),
                rounds=2),
          also=("system", "cells")),
    entry("T19", "a node built with two links and dropped, batched", "ns/node",
          (NODE, "node"), "ratio >= 1", "ratio >= 2",
          rival(CPYTHON, python("node"), "node", also=("literal", "slots", "class")),
          also=("node_kernel",)),
    entry("T20", f"reclaim a dead ring of {SOCKETS} sockets, and of as many objects", "ns each",
          (ours("graph", "dead-shuffled", SOCKETS), "each_duration"), "ratio >= 5", "ratio >= 10",
          rival("unix_gc", UNIX, "each", where="inside"), rounds=3),
    entry("T20/stall", "one call of another user meanwhile, the worst", "us",
          (STALL, "busy_worst_us"), "ours / peer <= 2", "ours / peer <= 1.2",
          rival(OURSELVES + ", calls that do nothing, meanwhile", STALL, "nothing_worst_us"),
          also=("idle_worst_us", "busy_p99.9_us", "nothing_p99.9_us", "collection_us"), rounds=3,
          beside=(rival("unix_gc", UNIX, "busy_worst_us", where="inside",
                        also=("nothing_worst_us", "idle_worst_us", "collection_us")),)),
    entry("T21", "dropping the head of a list of 10M, the call", "us",
          (ours("list", "10000000"), "close_us"), "ours <= 100", "ours <= 20",
          rival(CPYTHON, python("list", "10000000"), "drop_us", where="outside",
                also=("gone_ns",), rounds=2),
          also=("null_us", "gone_ns"), by_median=True, rounds=3),
    entry("T22", "64 bytes of a payload, by pointer against by a record", "ns",
          (ours("window"), "mapped"), "ratio >= 1", "ratio >= 10",
          rival(OURSELVES + ", by a record of a batch", ours("window"), "batched")),
    *(entry(id, f"{words} through the C library, all of it", "ns/node",
            (ours("trees", *argv), "each"), "ratio >= 1", "ratio >= 1",
            rival(CPYTHON, python("trees", *argv), "each", where="outside", rounds=1,
                  goal="none"),
            rival("Boehm", compiled("trees-boehm", *argv), "each", gate="none"),
            also=("memory_mib", "freed_collect"), rounds=2)
      for id, words, argv in (
          ("T23", "GCBench", ("gcbench", "18")),
          ("T23/trees", f"binary-trees, depth {DEPTH}", ("binary-trees", str(DEPTH))))),
    entry("T24", "a node by two sessions on two processors, against by one", "ns/node",
          (ours("parallel"), "two"), "ratio >= 1.6", "ratio >= 1.9",
          rival(OURSELVES + ", one session", ours("parallel"), "one"),
          also=("nothing_one", "nothing_two", "nothing_ratio"), by_median=True),
    entry("C1", "one operation by one ioctl, against one that does nothing", "ns",
          None, "ours / peer <= 2", "ours / peer <= 1.5", special="ioctl",
          peer_name="a null ioctl here, natively"),
    entry("C2", "one more record of a batch, the dearest kind", "ns",
          None, "ours <= 100", "ours <= 50", special="record"),
    entry("C3", "instructions of one operation by one ioctl (emulated 6.1)", "instructions",
          None, "none", "none", special="instructions",
          peer_name="a null ioctl, same kernel"),
    entry("S1", "full collection of large heaps, shuffled, live", "ns/object",
          None, "none", "none", special="scaling", dead=False, rounds=2),
    entry("S1/dead", "full collection of large heaps, shuffled, dead", "ns/object",
          None, "none", "none", special="scaling", dead=True, rounds=1),
]

# What `special` entries are made of.
IOCTL_KINDS = ("store", "dup", "close", "load", "alloc")
IOCTL = ours("loop")
RECORD_KINDS = {"node": 4, "alloc_close": 2, "store_store": 2, "load_close": 2, "dup_close": 2}
RECORD = NODE
SIZES = (10000, 100000, 1000000, 5000000, 20000000)
HANDLES = 8000000       # of a session; more objects have to be made another way
BYTES = 100             # of an object, at most: what the machine must have for it
CPYTHON_SIZES = (10000, 100000, 1000000)


def scaling(dead):
    """Commands by number of objects."""
    word = "dead-" if dead else ""
    return {size: ours("graph", word + ("shuffled" if size < HANDLES else "windows"), str(size))
            for size in SIZES}


def scaling_rival(dead):
    return {size: python("graph", "dead-shuffled", str(size)) if dead else
            python("graph", "shuffled", str(size), "3") for size in CPYTHON_SIZES}
NATIVE = ours("native")
CALL = ours("call", "ticks")
COUNT_KERNEL = "6.1"
