// SPDX-License-Identifier: GPL-2.0-only
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/minmax.h>
#include <linux/module.h>
#include <linux/seq_file.h>
#include <linux/slab.h>
#include <linux/uaccess.h>

#include "core/object.h"
#include "core/phase.h"
#include "core/scan.h"
#include "debugfs.h"
#include "heap.h"

/* No object has this position: there is nothing behind it. */
#define MHEAP_OBJECTS_END	(1LL << 32)

static struct dentry *mheap_debugfs_root;

static const char *const mheap_phase_names[] = {
	[MHEAP_PHASE_IDLE] = "idle",
	[MHEAP_PHASE_START] = "start",
	[MHEAP_PHASE_MARK] = "mark",
	[MHEAP_PHASE_SWEEP] = "sweep",
};

#define MHEAP_CAUSE_NAME(name, text)	\
	[MHEAP_CAUSE_##name] = text,
static const char *const mheap_cause_names[] = { MHEAP_CAUSES(MHEAP_CAUSE_NAME) };

static void mheap_debugfs_show_stat(struct seq_file *seq, struct mheap_heap *heap)
{
	struct mheap_core *core = &heap->core;
	struct mheap_core_stat stat;

	mheap_core_stat(core, &stat);
	seq_printf(seq, "heap: %llu\n", heap->id);
	seq_printf(seq, "objects: %llu\n", stat.objects);
	seq_printf(seq, "bytes: %llu\n", stat.bytes);
	seq_printf(seq, "memory: %llu\n", stat.memory);
	seq_printf(seq, "max_bytes: %llu\n", (u64)READ_ONCE(core->memory.max));
	seq_printf(seq, "max_objects: %llu\n", READ_ONCE(core->max_objects) ?: 1ULL << 31);
	seq_printf(seq, "allocated: %llu\n", stat.tally.allocated);
	seq_printf(seq, "freed_count: %llu\n", stat.tally.freed);
	seq_printf(seq, "freed_collect: %llu\n", stat.tally.collected);
	seq_printf(seq, "suspects: %llu\n", stat.suspects);
	seq_printf(seq, "pending: %llu\n", stat.pending);
	seq_printf(seq, "longest_section_steps: %u\n", stat.longest_section);
	seq_printf(seq, "longest_hold_steps: %u\n", stat.longest_hold);
	seq_printf(seq, "sessions: %u\n", READ_ONCE(heap->session_count));
	seq_printf(seq, "roots: %u\n", READ_ONCE(core->roots.count));
	seq_printf(seq, "weak: %llu\n", (u64)READ_ONCE(core->weak.bound));
	seq_printf(seq, "sites: %u\n", mheap_sites_count(&core->sites) - 1);
	seq_printf(seq, "window_bytes: %llu\n", (u64)core->payloads.indices << MHEAP_CHUNK_SHIFT);
	seq_printf(seq, "snapshots: %llu\n", (u64)READ_ONCE(core->instant.count));
	seq_printf(seq, "snapshot: %u\n",
		   READ_ONCE(core->instant.stage) == MHEAP_INSTANT_OPEN);
}

static void mheap_debugfs_show_collector(struct seq_file *seq, struct mheap_heap *heap)
{
	struct mheap_collection last = {};
	u64 freed, ns, failures;

	mutex_lock(&heap->history_lock);
	if (heap->history_count)
		last = heap->history[(heap->history_count - 1) % MHEAP_HISTORY];
	freed = heap->total_freed;
	ns = heap->total_ns;
	failures = heap->total_failures;
	mutex_unlock(&heap->history_lock);
	seq_printf(seq, "phase: %s\n",
		   mheap_phase_names[mheap_phase_of(READ_ONCE(heap->core.phase))]);
	seq_printf(seq, "collections: %llu\n", last.number);
	seq_printf(seq, "last_cause: %s\n", mheap_cause_names[last.cause]);
	seq_printf(seq, "last_duration_ns: %llu\n", last.end_ns - last.start_ns);
	seq_printf(seq, "last_grace_ns: %llu\n", last.grace_ns);
	seq_printf(seq, "last_marked: %llu\n", last.marked);
	seq_printf(seq, "last_freed: %llu\n", last.freed);
	seq_printf(seq, "total_freed: %llu\n", freed);
	seq_printf(seq, "total_ns: %llu\n", ns);
	seq_printf(seq, "worked_ns: %llu\n", READ_ONCE(heap->core.collector.total_worked_ns) +
		   atomic64_read(&heap->core.collector.helped_ns));
	seq_printf(seq, "local_passes: %llu\n", READ_ONCE(heap->core.local.passes));
	seq_printf(seq, "local_freed: %llu\n", READ_ONCE(heap->core.local.freed));
	seq_printf(seq, "local_given_up: %llu\n", READ_ONCE(heap->core.local.given_up));
	seq_printf(seq, "local_objects: %u\n", READ_ONCE(heap->core.local.budget));
	seq_printf(seq, "cyclic: %u\n", READ_ONCE(heap->core.cyclic) != MHEAP_CYCLIC_NO);
	seq_printf(seq, "threshold: %lu\n", READ_ONCE(heap->core.collector.threshold));
	seq_printf(seq, "verify_failures: %llu\n", failures);
}

/* What the heap was made with, or told since. */
static void mheap_debugfs_show_options(struct seq_file *seq, struct mheap_heap *heap)
{
	const struct mheap_core *core = &heap->core;
	const struct mheap_limits *limits = &core->limits;

	seq_printf(seq, "reserved: %u\n", limits->reserved);
	seq_printf(seq, "suspect_percent: %u\n", READ_ONCE(limits->suspect_percent));
	seq_printf(seq, "suspect_min: %u\n", READ_ONCE(limits->suspect_min));
	seq_printf(seq, "suspect_age_ms: %u\n", READ_ONCE(limits->suspect_age_ms));
	seq_printf(seq, "max_local_objects: %u\n", READ_ONCE(limits->local_objects));
	seq_printf(seq, "cpu_percent: %u\n", READ_ONCE(limits->cpu_percent));
	seq_printf(seq, "max_sites: %u\n", core->sites.max);
}

static int summary_show(struct seq_file *seq, void *unused)
{
	struct mheap_heap *heap = seq->private;

	seq_puts(seq, "mheap-summary 1\n");
	mheap_debugfs_show_stat(seq, heap);
	mheap_debugfs_show_collector(seq, heap);
	mheap_debugfs_show_options(seq, heap);
	seq_printf(seq, "creator_pid: %d\n", heap->pid);
	/* A name may be anything, line breaks included. */
	seq_printf(seq, "creator_comm: %*pE\n", (int)strlen(heap->comm), heap->comm);
	seq_printf(seq, "creator_uid: %u\n", from_kuid_munged(seq_user_ns(seq), heap->uid));
	seq_printf(seq, "created_ns: %llu\n", heap->created_ns);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(summary);

static void mheap_debugfs_show_collection(struct seq_file *seq, const struct mheap_collection *one)
{
	seq_printf(seq, "%llu %s %llu %llu %llu %llu %llu %llu %llu %llu %llu\n", one->number,
		   mheap_cause_names[one->cause], one->start_ns, one->end_ns - one->start_ns,
		   one->grace_ns, one->mark_ns, one->verify_ns, one->sweep_ns, one->marked,
		   one->freed, one->failures);
}

static int history_show(struct seq_file *seq, void *unused)
{
	struct mheap_heap *heap = seq->private;
	u64 i;

	seq_puts(seq, "mheap-history 1\n");
	seq_puts(seq, "# collection cause start_ns duration_ns grace_ns mark_ns verify_ns sweep_ns marked freed verify_failures\n");
	mutex_lock(&heap->history_lock);
	i = heap->history_count > MHEAP_HISTORY ? heap->history_count - MHEAP_HISTORY : 0;
	for (; i < heap->history_count; i++)
		mheap_debugfs_show_collection(seq, &heap->history[i % MHEAP_HISTORY]);
	mutex_unlock(&heap->history_lock);
	return 0;
}
DEFINE_SHOW_ATTRIBUTE(history);

/**
 * struct mheap_objects - a reader of the list of objects
 * @heap: the heap; only to be used while debugfs keeps it, which is in read()
 * @mutator: works on the heap, from start() to stop()
 * @number: the object at hand
 * @stat: what it is
 *
 * The position in the file is the number of the object, and 0 is the heading.
 */
struct mheap_objects {
	struct mheap_heap *heap;
	struct mheap_mutator mutator;
	u32 number;
	struct mheap_object_stat stat;
};

/* Looks for the first object from @pos on. Returns its number, or the end. */
static loff_t mheap_objects_find(struct mheap_objects *objects, loff_t pos)
{
	struct mheap_core *core = &objects->heap->core;
	struct mheap_scan scan;
	u32 steps, number = 0;
	bool over = false;

	while (!number && !over && pos < MHEAP_OBJECTS_END) {
		steps = MHEAP_SLICE_STEPS;
		mheap_section_enter(&objects->mutator);
		mheap_scan_seek(core, &scan, pos);
		do {
			number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps);
		} while (number && !mheap_object_stat(core, number, &objects->stat));
		over = mheap_scan_over(core, &scan);
		pos = mheap_scan_tell(&scan);
		mheap_section_took(&objects->mutator, MHEAP_SLICE_STEPS - steps);
		mheap_section_exit(&objects->mutator);
		cond_resched();
	}
	objects->number = number;
	return number ?: MHEAP_OBJECTS_END;
}

static void *mheap_objects_at(struct mheap_objects *objects, loff_t *pos)
{
	if (!*pos)
		return SEQ_START_TOKEN;
	*pos = mheap_objects_find(objects, *pos);
	return *pos < MHEAP_OBJECTS_END ? objects : NULL;
}

static void *objects_start(struct seq_file *seq, loff_t *pos)
{
	struct mheap_objects *objects = seq->private;

	memset(&objects->mutator, 0, sizeof(objects->mutator));
	mheap_mutator_init(&objects->mutator, &objects->heap->core);
	return mheap_objects_at(objects, pos);
}

static void *objects_next(struct seq_file *seq, void *v, loff_t *pos)
{
	++*pos;
	return mheap_objects_at(seq->private, pos);
}

static void objects_stop(struct seq_file *seq, void *v)
{
	struct mheap_objects *objects = seq->private;

	mheap_mutator_exit(&objects->mutator);
}

static int objects_show(struct seq_file *seq, void *v)
{
	const struct mheap_objects *objects = seq->private;
	const struct mheap_object_stat *stat = &objects->stat;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "mheap-objects 1\n");
		seq_puts(seq, "# object type slots payload_bytes handle_refs slot_refs site age_ms bytes\n");
		return 0;
	}
	seq_printf(seq, "%u %u %u %u %u %u %u %u %llu\n", objects->number, stat->shape.type,
		   stat->shape.slots, stat->shape.payload_bytes, stat->handles, stat->slots,
		   stat->shape.site, stat->age_ms, stat->bytes);
	return 0;
}

static const struct seq_operations objects_sops = {
	.start = objects_start,
	.next = objects_next,
	.stop = objects_stop,
	.show = objects_show,
};

static int objects_open(struct inode *inode, struct file *file)
{
	struct mheap_objects *objects;

	objects = __seq_open_private(file, &objects_sops, sizeof(*objects));
	if (!objects)
		return -ENOMEM;
	objects->heap = inode->i_private;
	return 0;
}

static const struct file_operations objects_fops = {
	.owner = THIS_MODULE,
	.open = objects_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release_private,
};

static ssize_t collect_write(struct file *file, const char __user *from, size_t count, loff_t *pos)
{
	struct mheap_heap *heap = file_inode(file)->i_private;
	u64 collection;
	char word[8];
	int ret;

	if (!count || count >= sizeof(word))
		return -EINVAL;
	if (copy_from_user(word, from, count))
		return -EFAULT;
	word[count] = '\0';
	if (!sysfs_streq(word, "1") && !sysfs_streq(word, "wait"))
		return -EINVAL;
	collection = mheap_heap_collect(heap, MHEAP_CAUSE_REQUEST);
	if (sysfs_streq(word, "wait")) {
		ret = mheap_heap_collect_wait(heap, collection);
		if (ret)
			return ret;
	}
	return count;
}

static const struct file_operations collect_fops = {
	.owner = THIS_MODULE,
	.open = simple_open,
	.write = collect_write,
	.llseek = noop_llseek,
};

/**
 * mheap_debugfs_seq_open - open a file whose readers need nothing but the heap
 * @inode: the file's
 * @file: the file
 * @operations: how it is read; its private data is the heap
 *
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int mheap_debugfs_seq_open(struct inode *inode, struct file *file,
			   const struct seq_operations *operations)
{
	int ret = seq_open(file, operations);

	if (!ret)
		((struct seq_file *)file->private_data)->private = inode->i_private;
	return ret;
}

/**
 * mheap_debugfs_add - make the directory of a heap
 * @heap: the heap
 *
 * Context: may sleep.
 */
void mheap_debugfs_add(struct mheap_heap *heap)
{
	struct dentry *dir;
	char name[24];

	snprintf(name, sizeof(name), "%llu", heap->id);
	dir = debugfs_create_dir(name, mheap_debugfs_root);
	heap->debugfs = dir;
	debugfs_create_file("summary", 0400, dir, heap, &summary_fops);
	mheap_debugfs_add_sessions(heap, dir);
	debugfs_create_file("history", 0400, dir, heap, &history_fops);
	debugfs_create_file("objects", 0400, dir, heap, &objects_fops);
	mheap_debugfs_add_sites(heap, dir);
	mheap_debugfs_add_graph(heap, dir);
	debugfs_create_file("collect", 0200, dir, heap, &collect_fops);
}

/**
 * mheap_debugfs_remove - remove the directory of a heap
 * @heap: the heap; nobody who reads there knows it any more afterwards
 *
 * Context: may sleep; waits for readers.
 */
void mheap_debugfs_remove(struct mheap_heap *heap)
{
	debugfs_remove(heap->debugfs);
}

/**
 * mheap_debugfs_init - make the directory of all heaps
 *
 * Context: when the module is loaded. Without debugfs, all of this does nothing.
 */
void mheap_debugfs_init(void)
{
	mheap_debugfs_root = debugfs_create_dir("mheap", NULL);
}

/**
 * mheap_debugfs_exit - the opposite of mheap_debugfs_init()
 *
 * Context: when the module is unloaded.
 */
void mheap_debugfs_exit(void)
{
	debugfs_remove(mheap_debugfs_root);
}
