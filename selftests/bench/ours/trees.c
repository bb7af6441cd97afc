// SPDX-License-Identifier: GPL-2.0
/*
 * trees gcbench|binary-trees [DEPTH]: the two benchmarks through the C library, whose
 * queue sends operations out together. Default settings.
 */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <mheap.h>

#include "bench.h"

#define QUEUE	8192
#define INFO	8		/* bytes of a node besides its references */

#define NODE	mh_t

static struct mh_session *session;
static struct mh_queue *queue;
static uint32_t info_bytes;
static mh_t ahead[QUEUE];	/* what was loaded stays in place until the queue goes out */
static u32 loads;

static void checked(int err)
{
	if (!err)
		return;
	fprintf(stderr, "trees: %s\n", mh_explain(err));
	exit(1);
}

static NODE node_leaf(void)
{
	mh_t node;

	checked(mh_queue_alloc(queue, 2, info_bytes, 0, &node));
	return node;
}

static void node_drop(NODE node)
{
	checked(mh_queue_close(queue, node));
}

static NODE node_make(NODE left, NODE right)
{
	mh_t node = node_leaf();

	checked(mh_queue_store_move(queue, node, 0, left));
	checked(mh_queue_store_move(queue, node, 1, right));
	return node;
}

static NODE node_add(NODE parent, int side)
{
	mh_t node = node_leaf();

	checked(mh_queue_store(queue, parent, side, node));
	return node;
}

static NODE node_child(NODE node, int side)
{
	mh_t *child = &ahead[loads++ % QUEUE];

	checked(mh_queue_load_ahead(queue, node, side, child));
	return *child;
}

/*
 * Whether a slot is null is known when the queue has gone out. A walk that has to know
 * goes down to the depth that it expects, and fails if it finds less.
 */
static int node_is_leaf(NODE node, u32 depth)
{
	(void)node;
	return !depth;
}

static void *array_make(size_t bytes)
{
	struct mh_window window;
	uint64_t offset;
	mh_t array;

	checked(mh_alloc_offset(session, 0, bytes, 0, &array, &offset));
	checked(mh_map(session, MH_RIGHT_READ | MH_RIGHT_WRITE, &window));
	return mh_payload(&window, offset);
}

static void settle(void)
{
	struct mh_heap_info info;

	checked(mh_queue_flush(queue));
	for (;;) {
		checked(mh_heap_stat(session, &info));
		if (!info.pending)
			break;
		usleep(1000);
	}
	say("memory_mib", info.memory / 1048576.0);
	say("freed_collect", info.freed_collect);
}

#include "../trees.h"

int main(int argc, char **argv)
{
	info_bytes = argc > 1 && !strcmp(argv[1], "gcbench") ? INFO : 0;
	checked(mh_session_create(NULL, &session));
	checked(mh_queue_create(session, QUEUE, &queue));
	return trees_main(argc, argv);
}
