<?php
// SPDX-License-Identifier: GPL-2.0
// graph.php ring|shuffled|dead-ring|dead-pairs [OBJECTS]: gc_collect_cycles() of the
// graphs of ours/graph.c. It looks only at what may have become garbage, so before each
// collection of what is alive a reference to the root is made and dropped.

const TIMES = 5;

final class Node
{
    public ?Node $next = null;
    public ?Node $other = null;
}

function used(): int
{
    $usage = getrusage();
    return ($usage['ru_utime.tv_sec'] + $usage['ru_stime.tv_sec']) * 1000000000 +
        ($usage['ru_utime.tv_usec'] + $usage['ru_stime.tv_usec']) * 1000;
}

function span(int $units, callable $body): void
{
    $begin = hrtime(true);
    $cpu = used();
    $body();
    $cpu = used() - $cpu;
    printf("span each %d %d %d %d\n", $begin, hrtime(true), $units, $cpu);
}

function ring(int $count, bool $shuffle): Node
{
    $nodes = [];
    for ($i = 0; $i < $count; $i++) {
        $nodes[] = new Node();
    }
    if ($shuffle) {
        shuffle($nodes);
    }
    for ($i = 0; $i < $count; $i++) {
        $nodes[$i]->next = $nodes[($i + 1) % $count];
        $nodes[$i]->other = $nodes[mt_rand(0, $count - 1)];
    }
    return $nodes[0];
}

function pairs(int $count): void
{
    for ($i = 0; $i < $count; $i++) {
        $one = new Node();
        $other = new Node();
        $one->next = $other;
        $other->next = $one;
    }
}

function live(Node $root, int $count): void
{
    gc_collect_cycles();
    span($count * TIMES, function () use ($root) {
        for ($i = 0; $i < TIMES; $i++) {
            $again = $root;
            unset($again);
            if (gc_collect_cycles()) {
                exit(1);
            }
        }
    });
}

function dead(int $count): void
{
    span($count, function () use ($count) {
        if (gc_collect_cycles() < $count) {
            exit(1);
        }
    });
}

ini_set('memory_limit', '-1');
gc_disable();
mt_srand(4711);
$shape = $argv[1] ?? 'ring';
$count = (int)($argv[2] ?? 1000000);
switch ($shape) {
    case 'ring':
    case 'shuffled':
        live(ring($count, $shape === 'shuffled'), $count);
        break;
    case 'dead-ring':
        ring($count, false);
        dead($count);
        break;
    case 'dead-pairs':
        pairs(intdiv($count, 2));
        dead($count);
        break;
    default:
        exit(1);
}
