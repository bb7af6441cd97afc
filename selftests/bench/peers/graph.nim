# SPDX-License-Identifier: GPL-2.0
## graph ring|shuffled|dead-pairs [OBJECTS]: GC_fullCollect() of the graphs of
## ours/graph.c by ORC. It looks only at what may have become garbage, so before each
## collection of what is alive a reference to the root is made and dropped.
import std/[monotimes, os, random, strutils, times]

const TIMES = 5

type Node = ref object
  next, other: Node

proc monotonic(): int64 = getMonoTime().ticks

proc say(begin: int64, cpu: float, units: int) =
  let used = int64((cpuTime() - cpu) * 1e9)
  echo "span each ", begin, " ", monotonic(), " ", units, " ", used

template span(units: int, body: untyped) =
  let begin = monotonic()
  let cpu = cpuTime()
  body
  say(begin, cpu, units)

proc ring(count: int, shuffled: bool): Node =
  var nodes = newSeq[Node](count)
  for i in 0 ..< count:
    nodes[i] = Node()
  if shuffled:
    shuffle(nodes)
  for i in 0 ..< count:
    nodes[i].next = nodes[(i + 1) mod count]
    nodes[i].other = nodes[rand(count - 1)]
  nodes[0]

proc pairs(count: int) =
  for i in 0 ..< count:
    let one = Node()
    let other = Node()
    one.next = other
    other.next = one

var again: Node     # not a local, whose reference would be optimised away

proc touch(node: Node) =
  again = node
  again = nil

proc live(root: Node, count: int) =
  GC_fullCollect()
  span(count * TIMES):
    for i in 0 ..< TIMES:
      touch(root)
      GC_fullCollect()
  if root.next == nil:
    quit("the root is gone")

proc main() =
  let shape = if paramCount() > 0: paramStr(1) else: "ring"
  let count = if paramCount() > 1: parseInt(paramStr(2)) else: 1000000
  randomize(4711)
  GC_disableOrc()
  case shape
  of "ring", "shuffled":
    live(ring(count, shape == "shuffled"), count)
  of "dead-pairs":
    let before = getOccupiedMem()
    pairs(count div 2)
    let held = getOccupiedMem()
    span(count):
      GC_fullCollect()
    if getOccupiedMem() - before > (held - before) div 10:
      quit("not all was found dead")
  else:
    quit("no shape " & shape)
  quit(0)

main()
