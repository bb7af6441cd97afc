// SPDX-License-Identifier: GPL-2.0
// graph.js ring|shuffled [OBJECTS]: std.gc() of the graphs of ours/graph.c, by QuickJS,
// which looks at all objects each time. Run by qjs --std.

const TIMES = 5;

function ring(count, shuffle) {
    const nodes = [];
    for (let i = 0; i < count; i++)
        nodes.push({ next: null, other: null });
    for (let i = count - 1; shuffle && i > 0; i--) {
        const other = Math.floor(Math.random() * (i + 1));
        [nodes[i], nodes[other]] = [nodes[other], nodes[i]];
    }
    for (let i = 0; i < count; i++) {
        nodes[i].next = nodes[(i + 1) % count];
        nodes[i].other = nodes[Math.floor(Math.random() * count)];
    }
    return nodes[0];
}

const count = Number(scriptArgs[2] ?? 1000000);
const root = ring(count, scriptArgs[1] === "shuffled");
std.gc();
// It has no clock of processor time; it has one thread, and nothing that waits
const begin = Math.round(os.now() * 1e6);
for (let i = 0; i < TIMES; i++)
    std.gc();
const end = Math.round(os.now() * 1e6);
print(`span each ${begin} ${end} ${count * TIMES} ${end - begin}`);
if (root.next === null)
    std.exit(1);
