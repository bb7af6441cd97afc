// SPDX-License-Identifier: GPL-2.0

// graph ring|shuffled [OBJECTS]: full collections of the graphs of ours/graph.c by Go's
// collector, on one processor, with none that it begins by itself. Told is the processor
// time of all but the first.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"syscall"
	"time"
	"unsafe"
)

const times = 5

type node struct{ next, other *node }

var root *node

func next(state *uint64) uint64 {
	*state ^= *state << 13
	*state ^= *state >> 7
	*state ^= *state << 17
	return *state * 0x2545f4914f6cdd1d >> 32
}

func build(count uint64, shuffle bool) {
	nodes := make([]*node, count)
	state := uint64(88172645463325252)
	for i := range nodes {
		nodes[i] = new(node)
	}
	for i := count - 1; shuffle && i > 0; i-- {
		other := next(&state) * (i + 1) >> 32
		nodes[i], nodes[other] = nodes[other], nodes[i]
	}
	for i := range nodes {
		nodes[i].next = nodes[(uint64(i)+1)%count]
		nodes[i].other = nodes[next(&state)*count>>32]
	}
	root = nodes[0]
}

// The clock of the other programs: CLOCK_MONOTONIC.
func monotonic() int64 {
	var now syscall.Timespec
	syscall.Syscall(syscall.SYS_CLOCK_GETTIME, 1, uintptr(unsafe.Pointer(&now)), 0)
	return now.Nano()
}

func used() int64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return usage.Utime.Nano() + usage.Stime.Nano()
}

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetGCPercent(-1)
	count := uint64(1000000)
	if len(os.Args) > 2 {
		count, _ = strconv.ParseUint(os.Args[2], 0, 32)
	}
	build(count, len(os.Args) > 1 && os.Args[1] == "shuffled")
	runtime.GC()
	started := time.Now()
	begin, cpu := monotonic(), used()
	for i := 0; i < times; i++ {
		runtime.GC()
	}
	cpu = used() - cpu
	fmt.Printf("span each %d %d %d %d\n", begin, begin+int64(time.Since(started)),
		count*times, cpu)
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	if stats.HeapObjects < count || root == nil {
		panic("not all was found alive")
	}
}
