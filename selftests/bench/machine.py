# SPDX-License-Identifier: GPL-2.0
"""Where commands are run: in the machine, outside of it, and in one that counts."""
import json
import os
import statistics
import subprocess
import sys

import cputime
import report

QUIET = {**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}
NATIVE_ROUNDS = 3
NATIVE_DEADLINE = 300


def clock_difference(clock, inside):
    """What to add to a time inside to have the time here, by the processor's clock."""
    words = subprocess.run([clock], capture_output=True, text=True, check=True).stdout.split()
    tick, ns, ns_per_tick = int(words[0]), int(words[1]), float(words[2])
    differences = [ns - (tick - there[0]) * ns_per_tick - there[1] for there in inside]
    # The clocks are the same, or else a span cannot be looked up
    if max(differences) - min(differences) > 5e6:
        sys.exit("bench: the clocks of the machine drift apart")
    return statistics.median(differences)


def inside(commands, args, vm, build, work):
    """All @commands, a list of (argv, rounds), in one machine. Returns what they said, and
    the machine."""
    said = report.Said()
    if not commands:
        return said, None
    here = os.path.dirname(__file__)
    plan, result = work / "plan.json", work / "raw.json"
    clock = str(build / "clock")
    plan.write_text(json.dumps({"rounds": max(rounds for _, rounds in commands),
                                "commands": commands, "clock": clock}))
    # The module in a tree of its own, with the processor's own barriers
    env = os.environ | {"MHEAP_BENCH": "y", "MODULE_TREES": str(build / "kernel")}
    if args.plain:
        env["MODULE_TREES"] = str(build / "kernel.plain")
    else:
        env["KCFLAGS"] = f"-include {here}/barrier.h"
    running = subprocess.Popen(
        [vm, "--kernel", args.kernel, "--smp", "2", "--mem", args.memory, "--timeout",
         str(args.rounds * 1200), "--", args.python, "-B", f"{here}/inside.py", plan, result],
        env=env)
    watch = cputime.Watch(running.pid)
    watch.start()
    status = running.wait()
    watch.stop()
    if status or not result.exists():
        sys.exit(f"bench: the machine ended with status {status}")
    raw = json.loads(result.read_text())
    if len(raw["runs"]) != sum(rounds for _, rounds in commands):
        sys.exit("bench: the machine did not run what it was asked to")
    (build / "raw.json").write_text(json.dumps(raw))
    difference = clock_difference(clock, raw["clocks"])
    for ran in raw["runs"]:
        said.take(ran, lambda begin, end: watch.span(begin + difference, end + difference))
    return said, raw


def outside(said, commands, first, last):
    """Some rounds of @commands, a list of (argv, rounds)."""
    for number in range(first, last):
        for argv, rounds in commands:
            if number >= rounds:
                continue
            try:
                done = subprocess.run(argv, capture_output=True, text=True, check=False,
                                      env=QUIET, timeout=NATIVE_DEADLINE)
            except subprocess.TimeoutExpired as error:
                said.take({"argv": argv, "error": str(error)})
                continue
            said.take({"argv": argv, "error": done.stderr.strip()[-200:]} if done.returncode else
                      {"argv": argv, "lines": done.stdout.splitlines()})


def counted(vm, kernel, argv):
    """What a command says on an emulated machine whose clock counts instructions."""
    counting = os.path.join(os.path.dirname(__file__), "counting")
    env = {**os.environ, "PATH": f"{counting}:{os.environ['PATH']}"}
    done = subprocess.run([vm, "--kernel", kernel, "--smp", "1", "--", *argv],
                          capture_output=True, text=True, env=env, check=False)
    if done.returncode:
        raise report.Absent("the counting machine failed: " + done.stderr.strip()[-200:])
    return {name: float(value) for name, value in map(str.split, done.stdout.splitlines())}
