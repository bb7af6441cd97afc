// SPDX-License-Identifier: GPL-2.0
/*
 * tree [DEPTH]: dropping the root of a tree: how long the call takes, and what
 * it costs until all of it is gone. Several of them, one after the other.
 */
#include "bench.h"

/* A tree of @depth, whose root has the handle of entry @depth. */
static u64 build(struct queue *queue, u32 depth, u64 *generation)
{
	u64 node = 0, left, right;

	if (depth) {
		left = build(queue, depth - 1, generation);
		node = chosen(2 * depth, ++generation[2 * depth]);
		record_alloc(queue_next(queue), 2, node);
		record_store(queue_next(queue), node, 0, left);
		record_close(queue_next(queue), left);
		right = build(queue, depth - 1, generation);
		record_store(queue_next(queue), node, 1, right);
		record_close(queue_next(queue), right);
		return node;
	}
	node = chosen(0, ++generation[0]);
	record_alloc(queue_next(queue), 2, node);
	return node;
}

#define TREES 8

int main(int argc, char **argv)
{
	unsigned long depth = argument(argc, argv, 1, 17), count = (2UL << depth) - 1;
	struct mheap_close arg[TREES];
	static struct queue queue;
	u64 generation[128] = {}, calls[TREES], dropped, begin, root;
	int i;

	queue.fd = heap_open();
	for (i = 0; i < TREES; i++) {
		root = build(&queue, depth, generation);
		arg[i] = (struct mheap_close) {
			.size = sizeof(arg[i]), .handle = chosen(1000 + i, 1),
		};
		record_dup(queue_next(&queue), root, arg[i].handle);
		record_close(queue_next(&queue), root);
	}
	queue_flush(&queue);
	if (heap_stat(queue.fd).out_objects != count * TREES)
		die("objects were lost");
	dropped = clock_ns();
	for (i = 0; i < TREES; i++) {
		begin = ticks();
		heap_call(queue.fd, MHEAP_CLOSE, &arg[i], "close");
		calls[i] = ticks() - begin;
		heap_drained(queue.fd);
	}
	if (heap_stat(queue.fd).out_objects)
		die("objects have remained");
	say_span("gone_ns", dropped, clock_ns(), count * TREES);
	for (i = 0; i < TREES; i++)
		say("close_us", ns_of(calls[i]) / 1000);
	return 0;
}
