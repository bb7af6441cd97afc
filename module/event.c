// SPDX-License-Identifier: GPL-2.0-only
#include <linux/anon_inodes.h>
#include <linux/err.h>
#include <linux/fcntl.h>
#include <linux/file.h>
#include <linux/fs.h>
#include <linux/ktime.h>
#include <linux/module.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/seq_file.h>
#include <linux/uaccess.h>

#include "core/trace.h"
#include "core/weak.h"
#include "event.h"
#include "guest.h"
#include "heap.h"
#include "queue.h"
#include "watch.h"

/* Records that are copied to userspace at once. */
#define MHEAP_QUEUE_COPY	16

static DEFINE_MUTEX(mheap_events_mutex);

/**
 * mheap_events_init - a heap without queues
 * @heap: the heap, whose core is ready
 *
 * Context: any.
 */
void mheap_events_init(struct mheap_heap *heap)
{
	mutex_init(&heap->events.mutex);
	heap->core.weak.gone = mheap_watch_gone;
}

/* The heap is gone, and so is what this queue watches. */
static void mheap_queue_orphan(struct mheap_queue *queue)
{
	struct mheap_event event = {
		.kind = MHEAP_EVENT_GONE, .cause = MHEAP_GONE_TEARDOWN,
		.time_ns = ktime_get_ns(),
	};
	u32 i;

	for (i = 0; i < queue->capacity; i++) {
		if (!queue->watches[i].weak)
			continue;
		event.cookie = queue->watches[i].cookie;
		event.value = mheap_weak_cell(&queue->heap->core, queue->watches[i].weak)->was;
		mheap_queue_put(queue, &event);
		cond_resched();
	}
	queue->heap = NULL;
	mheap_queue_end(queue);
}

/**
 * mheap_events_exit - end all queues of a heap
 * @heap: the heap, which nobody uses any more, and whose worker still may
 *
 * Context: may sleep; takes mheap_events_mutex.
 */
void mheap_events_exit(struct mheap_heap *heap)
{
	u32 i;

	for (i = 0; i < MHEAP_QUEUES_MAX; i++) {
		mutex_lock(&mheap_events_mutex);
		if (heap->events.queues[i])
			mheap_queue_orphan(heap->events.queues[i]);
		mutex_unlock(&mheap_events_mutex);
	}
	mutex_destroy(&heap->events.mutex);
}

/**
 * mheap_events_tell - tell all queues that want to know
 * @heap: the heap
 * @event: what happened, without the time
 *
 * Context: may sleep; takes the mutex of the heap's queues.
 */
void mheap_events_tell(struct mheap_heap *heap, const struct mheap_event *event)
{
	struct mheap_event now = *event;
	struct mheap_queue *queue;
	u32 i;

	if (!(READ_ONCE(heap->events.kinds) & 1U << event->kind))
		return;
	now.time_ns = ktime_get_ns();
	mutex_lock(&heap->events.mutex);
	for (i = 0; i < MHEAP_QUEUES_MAX; i++) {
		queue = heap->events.queues[i];
		if (queue && mheap_queue_tells(queue, event->kind))
			mheap_queue_put(queue, &now);
	}
	mutex_unlock(&heap->events.mutex);
}

static bool mheap_queue_woken(struct mheap_queue *queue)
{
	return mheap_queue_ready(queue) || READ_ONCE(queue->ended);
}

/* Copies records to userspace. Returns how many bytes, 0 when there are none. */
static ssize_t mheap_queue_copy(struct mheap_queue *queue, char __user *to, size_t room)
{
	struct mheap_event events[MHEAP_QUEUE_COPY];
	ssize_t copied = 0;
	u32 count;

	while (room - copied >= sizeof(*events)) {
		count = mheap_queue_look(queue, events,
					 min_t(size_t, (room - copied) / sizeof(*events),
					       MHEAP_QUEUE_COPY));
		if (!count)
			break;
		if (copy_to_user(to + copied, events, count * sizeof(*events)))
			return copied ?: -EFAULT;
		mheap_queue_forget(queue, count);
		copied += count * sizeof(*events);
	}
	return copied;
}

static ssize_t mheap_queue_read(struct file *file, char __user *to, size_t room, loff_t *unused)
{
	struct mheap_queue *queue = file->private_data;
	ssize_t ret;

	if (room < sizeof(struct mheap_event))
		return -EINVAL;
	room = min_t(size_t, room, MAX_RW_COUNT);
	for (;;) {
		if (mutex_lock_interruptible(&queue->read))
			return -EINTR;
		ret = mheap_queue_copy(queue, to, room);
		mutex_unlock(&queue->read);
		/* What ended it came after the last record. */
		if (ret || (READ_ONCE(queue->ended) && !mheap_queue_ready(queue)))
			return ret;
		if (file->f_flags & O_NONBLOCK)
			return -EAGAIN;
		if (wait_event_interruptible(queue->wait, mheap_queue_woken(queue)))
			return -EINTR;
	}
}

static __poll_t mheap_queue_poll(struct file *file, poll_table *wait)
{
	struct mheap_queue *queue = file->private_data;
	__poll_t events = 0;

	poll_wait(file, &queue->wait, wait);
	if (mheap_queue_woken(queue))
		events |= EPOLLIN | EPOLLRDNORM;
	if (READ_ONCE(queue->ended))
		events |= EPOLLHUP;
	return events;
}

static void mheap_queue_show_fdinfo(struct seq_file *seq, struct file *file)
{
	struct mheap_queue *queue = file->private_data;

	seq_printf(seq, "mheap-kinds:\t0x%x\n", queue->kinds);
	seq_printf(seq, "mheap-events:\t%u\n", READ_ONCE(queue->count));
	seq_printf(seq, "mheap-lost:\t%llu\n", READ_ONCE(queue->lost));
}

static void mheap_events_count_kinds(struct mheap_heap *heap)
{
	u32 i, kinds = 0;

	lockdep_assert_held(&heap->events.mutex);
	for (i = 0; i < MHEAP_QUEUES_MAX; i++)
		if (heap->events.queues[i])
			kinds |= heap->events.queues[i]->kinds;
	WRITE_ONCE(heap->events.kinds, kinds);
}

static void mheap_events_set(struct mheap_heap *heap, u32 index, struct mheap_queue *queue)
{
	lockdep_assert_held(&heap->events.mutex);
	spin_lock(&heap->core.weak.lock);
	heap->events.queues[index] = queue;
	spin_unlock(&heap->core.weak.lock);
	mheap_events_count_kinds(heap);
}

static void mheap_queue_detach(struct mheap_queue *queue)
{
	struct mheap_heap *heap = queue->heap;
	u32 i;

	for (i = 0; i < queue->capacity; i++) {
		if (READ_ONCE(queue->watches[i].weak))
			mheap_watch_drop(queue, i);
		cond_resched();
	}
	mutex_lock(&heap->events.mutex);
	mheap_events_set(heap, queue->index, NULL);
	mutex_unlock(&heap->events.mutex);
}

static int mheap_queue_release(struct inode *inode, struct file *file)
{
	struct mheap_queue *queue = file->private_data;
	struct mheap_heap *heap;
	bool kept = false;

	mutex_lock(&mheap_events_mutex);
	heap = queue->heap;
	if (heap)
		kept = mheap_heap_try_get(heap);
	/* One that is on its way out waits for the mutex before it goes on. */
	if (heap && !kept)
		mheap_queue_detach(queue);
	mutex_unlock(&mheap_events_mutex);
	if (kept) {
		mheap_queue_detach(queue);
		mheap_heap_put(heap);
	}
	mheap_queue_free(queue);
	return 0;
}

static const struct file_operations mheap_queue_fops = {
	.owner = THIS_MODULE,
	.read = mheap_queue_read,
	.poll = mheap_queue_poll,
	.release = mheap_queue_release,
	.show_fdinfo = mheap_queue_show_fdinfo,
};

/* Gives a queue a place among those of the heap. */
static int mheap_queue_attach(struct mheap_heap *heap, struct mheap_queue *queue)
{
	u32 i;
	int ret = -ENOSPC;

	mutex_lock(&heap->events.mutex);
	for (i = 0; i < MHEAP_QUEUES_MAX; i++) {
		if (heap->events.queues[i])
			continue;
		queue->heap = heap;
		queue->index = i;
		mheap_events_set(heap, i, queue);
		ret = 0;
		break;
	}
	mutex_unlock(&heap->events.mutex);
	if (ret)
		trace_mheap_limit(&heap->core, MHEAP_LIMIT_QUEUES, MHEAP_QUEUES_MAX);
	return ret;
}

/**
 * mheap_queue_create - a queue of the events of a heap
 * @heap: the heap, of which the caller is a user
 * @kinds: of events that it is told of
 * @capacity: records, and watches, 1 to MHEAP_EVENTS_MAX
 *
 * Context: may sleep.
 * Return: a new file; -ENOMEM, -ENFILE; -ENOSPC when the heap has MHEAP_QUEUES_MAX.
 */
struct file *mheap_queue_create(struct mheap_heap *heap, u32 kinds, u32 capacity)
{
	struct mheap_queue *queue = mheap_queue_new(kinds, capacity);
	struct file *file;
	int ret;

	if (!queue)
		return ERR_PTR(-ENOMEM);
	ret = mheap_queue_attach(heap, queue);
	if (ret) {
		mheap_queue_free(queue);
		return ERR_PTR(ret);
	}
	file = anon_inode_getfile("[mheap-events]", &mheap_queue_fops, queue, O_RDONLY);
	if (IS_ERR(file)) {
		mheap_queue_detach(queue);
		mheap_queue_free(queue);
	}
	return file;
}

/**
 * mheap_queue_get - the queue behind a descriptor
 * @heap: the heap that it must be of; the caller is a user of it
 * @fd: the descriptor, as userspace gave it
 * @ret_queue: where the queue goes
 *
 * Context: any.
 * Return: the file, for fput(), which keeps the queue until then; -EBADF when there is
 *	   none; -EXDEV when it is of another heap.
 */
struct file *mheap_queue_get(struct mheap_heap *heap, int fd, struct mheap_queue **ret_queue)
{
	struct file *file = fget(fd);

	if (!file)
		return ERR_PTR(-EBADF);
	if (file->f_op != &mheap_queue_fops) {
		fput(file);
		return ERR_PTR(-EBADF);
	}
	*ret_queue = file->private_data;
	/* What it has been made with; it changes only when that heap goes. */
	if (READ_ONCE((*ret_queue)->heap) != heap) {
		fput(file);
		return ERR_PTR(-EXDEV);
	}
	return file;
}

/**
 * mheap_queue_tells - is a queue told of a kind of events
 * @queue: the queue
 * @kind: &enum mheap_event_kind
 *
 * Context: any.
 * Return: whether it is.
 */
bool mheap_queue_tells(const struct mheap_queue *queue, u32 kind)
{
	return queue->kinds & 1U << kind;
}
