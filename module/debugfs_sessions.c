// SPDX-License-Identifier: GPL-2.0-only
/*
 * The file sessions: who has the heap open.
 */
#include <linux/debugfs.h>
#include <linux/fs.h>
#include <linux/lockdep.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/seq_file.h>
#include <linux/string.h>

#include "debugfs.h"
#include "heap.h"
#include "session.h"

/* The position in the file is the number of the session, and 0 is the heading. */
static void *mheap_sessions_seek(struct mheap_heap *heap, loff_t *pos)
{
	struct mheap_session *session;

	lockdep_assert_held(&heap->sessions_lock);
	if (!*pos)
		return SEQ_START_TOKEN;
	list_for_each_entry(session, &heap->sessions, link) {
		if (session->id < *pos)
			continue;
		*pos = session->id;
		return session;
	}
	return NULL;
}

/* The lock is held for as much as fits into a reader's buffer: most often a page. */
static void *sessions_start(struct seq_file *seq, loff_t *pos)
{
	struct mheap_heap *heap = seq->private;

	mutex_lock(&heap->sessions_lock);
	return mheap_sessions_seek(heap, pos);
}

static void *sessions_next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct mheap_heap *heap = seq->private;
	struct mheap_session *session = v;

	++*pos;
	if (v == SEQ_START_TOKEN)
		return mheap_sessions_seek(heap, pos);
	if (list_is_last(&session->link, &heap->sessions))
		return NULL;
	session = list_next_entry(session, link);
	*pos = session->id;
	return session;
}

static void sessions_stop(struct seq_file *seq, void *v)
{
	struct mheap_heap *heap = seq->private;

	mutex_unlock(&heap->sessions_lock);
}

static int sessions_show(struct seq_file *seq, void *v)
{
	struct mheap_session *session = v;

	if (v == SEQ_START_TOKEN) {
		seq_puts(seq, "mheap-sessions 1\n");
		seq_puts(seq, "# id pid uid rights handles comm\n");
		return 0;
	}
	seq_printf(seq, "%llu %d %u 0x%x %u %*pE\n", session->id, session->pid,
		   from_kuid_munged(seq_user_ns(seq), session->uid), session->rights,
		   mheap_handles_open(&session->handles), (int)strlen(session->comm),
		   session->comm);
	return 0;
}

static const struct seq_operations sessions_sops = {
	.start = sessions_start,
	.next = sessions_next,
	.stop = sessions_stop,
	.show = sessions_show,
};

static int sessions_open(struct inode *inode, struct file *file)
{
	return mheap_debugfs_seq_open(inode, file, &sessions_sops);
}

static const struct file_operations sessions_fops = {
	.owner = THIS_MODULE,
	.open = sessions_open,
	.read = seq_read,
	.llseek = seq_lseek,
	.release = seq_release,
};

/**
 * mheap_debugfs_add_sessions - make the file sessions
 * @heap: the heap
 * @dir: its directory
 *
 * Context: may sleep.
 */
void mheap_debugfs_add_sessions(struct mheap_heap *heap, struct dentry *dir)
{
	debugfs_create_file("sessions", 0400, dir, heap, &sessions_fops);
}
