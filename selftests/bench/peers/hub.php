<?php
// SPDX-License-Identifier: GPL-2.0
// hub.php [OBJECTS [VISITS]]: the load of ours/hub.c. The share of the collector is told by
// the time that the same takes with it and without; what it cannot free meanwhile stays.

final class Node
{
    public $hub = null;
    public $other = null;
}

final class Hub
{
    public array $all = [];
}

function build(int $count): Hub
{
    $hub = new Hub();
    for ($i = 0; $i < $count; $i++) {
        $node = new Node();
        $node->hub = $hub;
        $hub->all[] = $node;
    }
    return $hub;
}

function visits(Node $kept, int $count, bool $garbage): int
{
    $begin = hrtime(true);
    for ($i = 0; $i < $count; $i++) {
        $copy = $kept->hub;
        if ($garbage) {
            $one = new Node();
            $other = new Node();
            $one->other = $other;
            $other->other = $one;
            $one->hub = $copy;
            $other->hub = $copy;
            $one = $other = null;
        }
        $copy = null;
    }
    return hrtime(true) - $begin;
}

function share(Node $kept, int $count, bool $garbage, string $name): void
{
    gc_collect_cycles();
    gc_disable();
    visits($kept, $count, $garbage);
    $without = visits($kept, $count, $garbage);
    gc_collect_cycles();
    gc_enable();
    $runs = gc_status()['runs'];
    $with = visits($kept, $count, $garbage);
    printf("%sshare %.9g\n", $name, max(0, 100 * ($with - $without) / $with));
    printf("%scollections %d\n", $name, gc_status()['runs'] - $runs);
    printf("%svisit_ns %.9g\n", $name, $with / $count);
}

ini_set('memory_limit', '-1');
$kept = build((int)($argv[1] ?? 1000000))->all[0];
$visits = (int)($argv[2] ?? 300000);
share($kept, $visits, false, '');
share($kept, $visits, true, 'garbage_');
