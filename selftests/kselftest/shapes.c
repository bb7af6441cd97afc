// SPDX-License-Identifier: GPL-2.0
/* Large graphs, built by batches; see shapes.h. */
#include "shapes.h"

#define ROOM 4096

/* Records on their way to the kernel. */
struct builder {
	int fd, ret;
	__u32 count, first;		/* three entries, from this one on */
	__u64 generation[3];
	struct mheap_record records[ROOM];
};

/* Entries that were never used, in whatever session: generations begin at 1. */
static struct builder *builder_make(int fd)
{
	static struct builder builder;
	static __u32 used = 1000;

	memset(&builder, 0, sizeof(builder));
	builder.fd = fd;
	builder.first = used;
	used += 3;
	return &builder;
}

static void flush(struct builder *builder)
{
	if (builder->count && !builder->ret)
		builder->ret = raw_batch_all(builder->fd, builder->records, builder->count);
	builder->count = 0;
}

static void add(struct builder *builder, struct mheap_record record)
{
	builder->records[builder->count++] = record;
	if (builder->count == ROOM)
		flush(builder);
}

static __u64 choose(struct builder *builder, __u32 index)
{
	return chosen_handle(builder->first + index, ++builder->generation[index]);
}

/* From the last to the first; the first and, for a ring, the last are kept. */
static int build_chain(int fd, __u64 length, __u64 *head, __u64 *tail)
{
	struct builder *builder = builder_make(fd);
	__u64 node, previous = 0, i;

	*tail = 0;
	for (i = 0; i < length; i++) {
		/* The last one has an entry of its own; the others take turns. */
		node = choose(builder, i ? i & 1 : 2);
		if (!i)
			*tail = node;
		add(builder, record_alloc(1, 0, 0xc4a1, node));
		if (previous) {
			add(builder, record_store(node, 0, previous));
			if (previous != *tail)
				add(builder, record_close(previous));
		}
		previous = node;
	}
	flush(builder);
	*head = previous;
	return builder->ret;
}

/* Chosen handles end with the building: the result is one of the kernel's. */
static int hand_over(int fd, __u64 mine, __u64 *handle)
{
	return raw_dup(fd, mine, handle) ?: raw_close(fd, mine);
}

int shape_chain(int fd, __u64 length, __u64 *head)
{
	__u64 first, last;
	int ret = build_chain(fd, length, &first, &last);

	if (!ret && length > 1)
		ret = raw_close(fd, last);
	return ret ?: hand_over(fd, first, head);
}

int shape_ring(int fd, __u64 length, __u64 *head)
{
	__u64 first, last;
	int ret = build_chain(fd, length, &first, &last) ?: raw_store(fd, last, 0, first);

	if (!ret && length > 1)
		ret = raw_close(fd, last);
	return ret ?: hand_over(fd, first, head);
}

int shape_wide(int fd, __u32 width, bool back, __u64 *hub)
{
	struct builder *builder = builder_make(fd);
	__u64 middle = choose(builder, 2), spoke;
	__u32 i;

	add(builder, record_alloc(width, 0, 0x40b, middle));
	for (i = 0; i < width; i++) {
		spoke = choose(builder, 0);
		add(builder, record_alloc(back, 0, 0x590, spoke));
		add(builder, record_store(middle, i, spoke));
		if (back)
			add(builder, record_store(spoke, 0, middle));
		add(builder, record_close(spoke));
	}
	flush(builder);
	return builder->ret ?: hand_over(fd, middle, hub);
}

int shape_tree(int fd, __u32 width, __u64 *top)
{
	struct builder *builder = builder_make(fd);
	__u64 root = choose(builder, 2), branch, leaf;
	__u32 i, j;

	add(builder, record_alloc(width, 0, 0x7ee, root));
	for (i = 0; i < width; i++) {
		branch = choose(builder, 0);
		add(builder, record_alloc(width, 0, 0xb7a, branch));
		add(builder, record_store(root, i, branch));
		for (j = 0; j < width; j++) {
			leaf = choose(builder, 1);
			add(builder, record_alloc(0, 0, 0x1eaf, leaf));
			add(builder, record_store(branch, j, leaf));
			add(builder, record_close(leaf));
		}
		add(builder, record_close(branch));
	}
	flush(builder);
	return builder->ret ?: hand_over(fd, root, top);
}

int shape_handles(int fd, __u64 count)
{
	struct builder *builder = builder_make(fd);
	__u64 i;

	for (i = 0; i < count; i++)
		add(builder, record_alloc(0, 0, 0x4a4d, 0));
	flush(builder);
	return builder->ret;
}

__u64 shape_deep(void)
{
	return env_number("MHEAP_DEEP", running_on_uml() ? 10000000 : 500000);
}
