# SPDX-License-Identifier: GPL-2.0
"""All benchmarks, in one table. To add one: a program in ours/ (and in peers/, if it
has a peer) that prints "name value" or "span name begin end units", and an entry here.

A gate or goal is "ratio >= X" (ratio is what the peer takes, divided by what ours
takes), "ours <= X" or "ours / peer <= X", or several of them joined by "and".
"""

CPYTHON = "CPython"
OURSELVES = "ourselves"


def ours(*argv):
    return ["{bin}/" + argv[0], *argv[1:]]


def python(*argv):
    return ["{python}", "{peers}/" + argv[0] + ".py", *argv[1:]]


def entry(id, what, unit, mine, gate, goal, peer=None, also=(), peer_also=(), **more):
    """@mine and @peer are (command, name of the value); @also are names of values
    that are told beside it. A peer that is @outside is not run in the machine: see
    README. A figure is the least of its samples, or else @by_median: where samples
    are of two kinds, luck must not choose."""
    return {"id": id, "what": what, "unit": unit, "ours": mine, "peer": peer, "gate": gate,
            "goal": goal, "also": also, "peer_also": peer_also, "peer_name": CPYTHON, **more}


NODE = ours("node")
DURING = ours("during", "1000000")

TABLE = [
    entry("T1", "full collection, 1M live, ring in allocation order", "ns/object",
          (ours("graph", "ring"), "each"), "ratio >= 5", "ratio >= 10",
          (python("graph", "ring"), "each"), also=("each_duration",)),
    entry("T2", "full collection, 1M live, ring shuffled", "ns/object",
          (ours("graph", "shuffled"), "each"), "ratio >= 25", "ratio >= 80",
          (python("graph", "shuffled"), "each"), also=("each_duration",)),
    entry("T3", "reclaim a dead ring of 1M", "ns/object",
          (ours("graph", "dead-ring"), "each"), "ratio >= 6", "ratio >= 20",
          (python("graph", "dead-ring"), "each"), also=("each_duration",)),
    entry("T4", "reclaim 100,000 dead rings of 41", "ns/object",
          (ours("graph", "dead-rings", "4100000"), "each"), "ratio >= 4", "ratio >= 10",
          (python("graph", "dead-rings", "4100000"), "each"), also=("each_duration",),
          outside=True),
    entry("T5", "full collection, 1000 arrays of 1000 references", "ns/reference",
          (ours("graph", "arrays"), "each"), "ratio >= 1.5", "ratio >= 4",
          (python("graph", "arrays"), "each"), also=("each_duration",)),
    entry("T7", "reclaim a million dead pairs", "ns/object",
          (ours("graph", "dead-pairs", "2000000"), "each"), "ratio >= 0.8", "ratio >= 1.5",
          absent_peer="Nim is not on this machine", peer_name="Nim ORC"),
    entry("T9", "mark cost at 20M objects against 1M", "ns/object",
          (ours("graph", "windows", "20000000"), "each"), "ours / peer <= 1.8",
          "ours / peer <= 1.3", (ours("graph", "windows", "1000000"), "each"),
          peer_name=OURSELVES + " at 1M"),
    entry("T11", "dropping the root of a tree of 2^18", "ns/object",
          (ours("tree"), "gone_ns"), "ratio >= 2", "ratio >= 4",
          (python("tree"), "gone_ns"), also=("close_us",)),
    entry("T12", "slot store while a collection runs", "ns",
          (DURING, "busy"), "ours / peer <= 2", "ours / peer <= 1.2",
          (DURING, "idle"), peer_name=OURSELVES + ", none running",
          also=("busy_spread", "idle_spread", "collections"), by_median=True),
    entry("T16", "collections begun on an acyclic load of 3 s", "collections",
          (ours("acyclic", "3"), "collections"), "ours <= 0", "ours <= 0",
          also=("per_million", "share_of_time", "freed_by_them"), by_median=True),
    entry("T18", "memory of a two-slot object, all included", "bytes",
          (ours("size"), "held"), "ours / peer <= 0.75", "ours / peer <= 0.45",
          (python("size", "1000000"), "sizeof"), also=("system", "cells"),
          peer_also=("resident", "traced")),
    entry("T19", "a node built with two links and dropped, batched", "ns/node",
          (NODE, "node"), "ratio >= 1", "ratio >= 2", (python("node"), "node"),
          also=("node_kernel",), peer_also=("literal", "slots", "class")),
    entry("T21", "dropping the head of a list of 10M, the call", "us",
          (ours("list", "10000000"), "close_us"), "ours <= 100", "ours <= 20",
          (python("list", "10000000"), "drop_us"), also=("null_us", "gone_ns"),
          peer_also=("gone_ns",), outside=True, by_median=True),
    entry("T22", "64 bytes of a payload, by pointer against by a record", "ns",
          (ours("window"), "mapped"), "ratio >= 1", "ratio >= 10",
          (ours("window"), "batched"), peer_name=OURSELVES + ", by a record of a batch"),
    entry("T24", "a node by two sessions on two processors, against by one", "ns/node",
          (ours("parallel"), "two"), "ratio >= 1.6", "ratio >= 1.9",
          (ours("parallel"), "one"), peer_name=OURSELVES + ", one session", by_median=True),
    entry("C1", "one operation by one ioctl, against one that does nothing", "ns",
          None, "ours / peer <= 2", "ours / peer <= 1.5", special="ioctl",
          peer_name="a null ioctl here, natively"),
    entry("C2", "one more record of a batch, the dearest kind", "ns",
          None, "ours <= 100", "ours <= 50", special="record"),
    entry("C3", "instructions of one operation by one ioctl (emulated 6.1)", "instructions",
          None, "none", "none", special="instructions",
          peer_name="a null ioctl, same kernel"),
]

# What `special` entries are made of.
IOCTL_KINDS = ("store", "dup", "close", "load", "alloc")
IOCTL = ours("loop")
RECORD_KINDS = {"node": 4, "alloc_close": 2, "store_store": 2, "load_close": 2, "dup_close": 2}
RECORD = NODE
