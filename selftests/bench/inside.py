# SPDX-License-Identifier: GPL-2.0
"""inside.py PLAN RESULT: what runs in the machine: all commands of a plan, in turn,
round after round, each as often as it is asked for. What they say is left in RESULT, for `run`."""
import json
import os
import platform
import subprocess
import sys
import time

DEADLINE = 300      # seconds for one command


def clock(program):
    words = subprocess.run([program], capture_output=True, text=True, check=True).stdout.split()
    return [int(words[0]), int(words[1])]


def one(argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=DEADLINE,
                              env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"}, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return {"error": str(error)}
    if done.returncode:
        why = done.stderr.strip().splitlines()[-1:] or [f"status {done.returncode}"]
        return {"error": why[0]}
    return {"lines": done.stdout.splitlines()}


def main():
    with open(sys.argv[1], encoding="utf-8") as file:
        plan = json.load(file)
    result = {
        "kernel": platform.release(),
        "memory": os.environ.get("MHEAP_VM_MEMORY", "native"),
        "clocks": [clock(plan["clock"])],
        "runs": [],
    }
    for number in range(plan["rounds"]):
        # Who was first is last in the next round
        for argv, rounds in plan["commands"][::-1 if number % 2 else 1]:
            if number < rounds:
                began = time.monotonic()
                ran = {"argv": argv, "round": number, **one(argv)}
                result["runs"].append({**ran, "seconds": round(time.monotonic() - began, 1)})
        result["clocks"].append(clock(plan["clock"]))
        with open(sys.argv[2] + ".new", "w", encoding="utf-8") as file:
            json.dump(result, file)
        os.replace(sys.argv[2] + ".new", sys.argv[2])
        print(f"round {number + 1} of {plan['rounds']}", file=sys.stderr, flush=True)


main()
