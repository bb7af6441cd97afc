// SPDX-License-Identifier: GPL-2.0-only
/*
 * The files edges and holders: what a dump tells of what is there now, as text.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "debugfs.h"
#include "heap.h"
#include "holder.h"

/* What follows the heading; nothing of a dump is there. */
#define MHEAP_GRAPH_FIRST	1

/**
 * struct mheap_graph_file - one of the files
 * @heading: its first lines
 * @first: what is told first,
 * @end: and what is told no more
 */
struct mheap_graph_file {
	const char *heading;
	enum mheap_told first;
	enum mheap_told end;
};

/**
 * struct mheap_graph - a reader of one of the files
 * @file: which one
 * @heap: the heap; only to be used while debugfs keeps it, which is in read()
 * @mutator: works on the heap, from start() to stop()
 * @next: position of what comes behind @room
 * @room: what has been told, and is shown in one go
 * @data: its memory
 *
 * The position in the file is that of the dump, and 0 is the heading.
 */
struct mheap_graph {
	const struct mheap_graph_file *file;
	struct mheap_heap *heap;
	struct mheap_mutator mutator;
	loff_t next;
	struct mheap_room room;
	u8 data[MHEAP_DUMP_BYTES_MIN] __aligned(8);
};

/* Tells what there is from @pos on. Returns whether there is any. */
static bool mheap_graph_fill(struct mheap_graph *graph, loff_t pos)
{
	struct mheap_telling telling;

	graph->room = (struct mheap_room) { .base = graph->data, .bytes = sizeof(graph->data) };
	mheap_telling_seek(&telling, pos);
	if (pos == MHEAP_GRAPH_FIRST)
		telling = (struct mheap_telling) { .what = graph->file->first };
	while (!graph->room.used && telling.what < graph->file->end) {
		mheap_holder_tell(graph->heap, &graph->mutator, &telling, &graph->room);
		cond_resched();
	}
	/* Where that was all, there is more to come, but of another file. */
	graph->next = mheap_telling_tell(&telling) & S64_MAX;
	return graph->room.used;
}

static void *mheap_graph_at(struct mheap_graph *graph, loff_t pos)
{
	if (!pos)
		return SEQ_START_TOKEN;
	return mheap_graph_fill(graph, pos) ? graph : NULL;
}

static void *graph_start(struct seq_file *seq, loff_t *pos)
{
	struct mheap_graph *graph = seq->private;

	memset(&graph->mutator, 0, sizeof(graph->mutator));
	mheap_mutator_init(&graph->mutator, &graph->heap->core);
	return mheap_graph_at(graph, *pos);
}

static void *graph_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct mheap_graph *graph = seq->private;

	*pos = v == SEQ_START_TOKEN ? MHEAP_GRAPH_FIRST : graph->next;
	return mheap_graph_at(graph, *pos);
}

static void graph_stop(struct seq_file *seq, void *v)
{
	struct mheap_graph *graph = seq->private;

	mheap_mutator_exit(&graph->mutator);
}

static void mheap_graph_show_slots(struct seq_file *seq, u32 object, u32 first, u32 count,
				   const u32 *slots)
{
	u32 i;

	for (i = 0; i < count; i++)
		if (slots[i])
			seq_printf(seq, "slot %u %u %u\n", object, first + i, slots[i]);
}

static void mheap_graph_show_handle(struct seq_file *seq, const struct mheap_dump_handle *handle)
{
	seq_printf(seq, "%s %u %llu 0x%llx 0x%x\n",
		   handle->flags & MHEAP_DUMP_IS_WEAK ? "weak" : "handle",
		   handle->object, handle->session, handle->handle, handle->rights);
}

static void mheap_graph_show_record(struct seq_file *seq, const struct mheap_dump_record *record)
{
	const struct mheap_dump_object *object = (const void *)record;
	const struct mheap_dump_slots *slots = (const void *)record;
	const struct mheap_dump_weak *weak = (const void *)record;
	const struct mheap_dump_root *root = (const void *)record;
	const struct mheap_dump_fd *fd = (const void *)record;

	switch (record->kind) {
	case MHEAP_DUMP_OBJECT:
		mheap_graph_show_slots(seq, object->object, 0, object->count,
				       (const void *)object + object->offset);
		break;
	case MHEAP_DUMP_SLOTS:
		mheap_graph_show_slots(seq, slots->object, slots->first, slots->count,
				       (const void *)slots + slots->offset);
		break;
	case MHEAP_DUMP_WEAK:
		seq_printf(seq, "weak %u %u\n", weak->weak, weak->object);
		break;
	case MHEAP_DUMP_ROOT:
		/* A name may be anything, line breaks included. */
		seq_printf(seq, "root %u %*pE\n", root->object,
			   (int)strnlen(root->name, sizeof(root->name)), root->name);
		break;
	case MHEAP_DUMP_HANDLE:
		mheap_graph_show_handle(seq, (const void *)record);
		break;
	case MHEAP_DUMP_FD:
		seq_printf(seq, "fd %u 0x%x\n", fd->object, fd->rights);
		break;
	}
}

static int graph_show(struct seq_file *seq, void *v)
{
	const struct mheap_graph *graph = seq->private;
	const struct mheap_dump_record *record;
	u32 at;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, graph->file->heading);
		return 0;
	}
	for (at = 0; at < graph->room.used; at += record->bytes) {
		record = (const void *)(graph->data + at);
		mheap_graph_show_record(seq, record);
	}
	return 0;
}

static const struct seq_operations graph_sops = {
	.start = graph_start,
	.next = graph_next,
	.stop = graph_stop,
	.show = graph_show,
};

static int mheap_graph_open(struct inode *inode, struct file *file,
			    const struct mheap_graph_file *which)
{
	struct mheap_graph *graph;

	graph = __seq_open_private(file, &graph_sops, sizeof(*graph));
	if (!graph)
		return -ENOMEM;
	graph->file = which;
	graph->heap = inode->i_private;
	return 0;
}

static int edges_open(struct inode *inode, struct file *file)
{
	static const struct mheap_graph_file edges = {
		.heading = "mheap-edges 1\n# slot object index refers_to\n# weak cell stands_for\n",
		.first = MHEAP_TOLD_OBJECTS,
		.end = MHEAP_TOLD_OBJECT_LOG,
	};

	return mheap_graph_open(inode, file, &edges);
}

static int holders_open(struct inode *inode, struct file *file)
{
	static const struct mheap_graph_file holders = {
		.heading = "mheap-holders 1\n# root object name\n"
			   "# handle object session handle rights\n"
			   "# weak cell session handle rights\n# fd object rights\n",
		.first = MHEAP_TOLD_ROOTS,
		.end = MHEAP_TOLD_ALL,
	};

	return mheap_graph_open(inode, file, &holders);
}

static const struct file_operations edges_fops = {
	.owner = THIS_MODULE,
	.open = edges_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static const struct file_operations holders_fops = {
	.owner = THIS_MODULE,
	.open = holders_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

/**
 * mheap_debugfs_add_graph - make the files edges and holders
 * @heap: the heap
 * @dir: its directory
 *
 * Context: may sleep.
 */
void mheap_debugfs_add_graph(struct mheap_heap *heap, struct dentry *dir)
{
	debugfs_create_file("edges", 0400, dir, heap, &edges_fops);
	debugfs_create_file("holders", 0400, dir, heap, &holders_fops);
}
