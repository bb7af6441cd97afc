// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fake.h"

#define ENTRIES		4096
#define INDEX(handle)	((handle) & (MHEAP_HANDLE_CHOSEN - 1))
#define GENERATION(handle) ((handle) >> MHEAP_HANDLE_INDEX_BITS)

struct entry {
	uint64_t generation;
	bool used;
};

struct fake fake;
int fake_memory = -1;

static struct entry halves[2][ENTRIES];

/* As the kernel does, one operation of the session after another. */
static pthread_mutex_t session_lock = PTHREAD_MUTEX_INITIALIZER;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
void *__wrap_calloc(size_t count, size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_malloc(size_t size);
void *__real_malloc(size_t size);
void *__wrap_realloc(void *old, size_t size);
void *__real_realloc(void *old, size_t size);

static bool refuse(void)
{
	return fake_memory >= 0 && fake_memory-- == 0;
}

void *__wrap_calloc(size_t count, size_t size)
{
	return refuse() ? NULL : __real_calloc(count, size);
}

void *__wrap_malloc(size_t size)
{
	return refuse() ? NULL : __real_malloc(size);
}

void *__wrap_realloc(void *old, size_t size)
{
	return refuse() ? NULL : __real_realloc(old, size);
}

int __wrap_open(const char *path, int flags, ...)
{
	(void)path;
	return __real_open("/dev/null", flags);
}

void fake_reset(void)
{
	memset(halves, 0, sizeof(halves));
	fake = (struct fake){ .fail_in = -1 };
}

static struct entry *entry_of(uint64_t handle)
{
	if (INDEX(handle) >= ENTRIES)
		return NULL;
	return &halves[!!(handle & MHEAP_HANDLE_CHOSEN)][INDEX(handle)];
}

static int resolve(uint64_t handle)
{
	struct entry *entry = entry_of(handle);

	if (!entry || !GENERATION(handle) || GENERATION(handle) > entry->generation)
		return -ENOENT;
	if (GENERATION(handle) < entry->generation || !entry->used)
		return -ESTALE;
	return 0;
}

bool fake_is_live(uint64_t handle)
{
	return !resolve(handle);
}

static int open_entry(struct entry *entry)
{
	entry->generation++;
	entry->used = true;
	fake.live++;
	return 0;
}

static int make_chosen(uint64_t handle)
{
	struct entry *entry = entry_of(handle);

	if (!(handle & MHEAP_HANDLE_CHOSEN))
		return -EINVAL;
	if (!entry || (fake.max_handles && INDEX(handle) >= fake.max_handles))
		return -EMFILE;
	if (GENERATION(handle) > entry->generation + 1)
		return -EINVAL;
	if (GENERATION(handle) == entry->generation && entry->used)
		return -EEXIST;
	if (GENERATION(handle) <= entry->generation)
		return -ESTALE;
	return entry->used ? -EEXIST : open_entry(entry);
}

static int make_any(__u64 *ret_handle)
{
	for (uint64_t i = 0; i < ENTRIES; i++)
		if (!halves[0][i].used) {
			open_entry(&halves[0][i]);
			*ret_handle = halves[0][i].generation << MHEAP_HANDLE_INDEX_BITS | i;
			return 0;
		}
	return -EMFILE;
}

static int make(uint32_t flags, __u64 *handle)
{
	return flags & MHEAP_CHOSEN ? make_chosen(*handle) : make_any(handle);
}

static int close_handle(uint64_t handle)
{
	int err = resolve(handle);

	if (!err) {
		entry_of(handle)->used = false;
		fake.live--;
	}
	return err;
}

static int load(uint32_t flags, uint64_t object, uint32_t index, __u64 *handle)
{
	int err = resolve(object);

	if (err)
		return err;
	if (index == NULL_SLOT) {
		*handle = 0;
		return 0;
	}
	return make(flags, handle);
}

static int alloc(struct mheap_alloc *alloc)
{
	int err = make(alloc->flags, &alloc->handle);

	if (!err && (alloc->flags & MHEAP_ALLOC_OFFSET))
		alloc->out_offset = fake.offsets++ * OFFSET;
	return err;
}

static int upgrade(struct mheap_upgrade *upgrade)
{
	int err = resolve(upgrade->handle);

	if (err)
		return err;
	if (fake.gone) {
		upgrade->out_handle = 0;
		return 0;
	}
	return make(upgrade->flags, &upgrade->out_handle);
}

static int value_of(uint64_t value)
{
	return value ? resolve(value) : 0;
}

static int store(const struct mheap_store *store)
{
	int err = value_of(store->value);

	if (!err)
		err = resolve(store->object);
	if (!err && store->value && (store->flags & MHEAP_STORE_MOVE))
		close_handle(store->value);
	return err;
}

static int do_record(struct mheap_record *record)
{
	struct mheap_load *l = (void *)record;
	struct mheap_exchange *x = (void *)record;
	struct mheap_compare_exchange *c = (void *)record;
	struct mheap_dup *d = (void *)record;
	struct mheap_weaken *w = (void *)record;
	struct mheap_read *r = (void *)record;
	int err;

	switch (record->command) {
	case MHEAP_CMD_ALLOC:
		return alloc((struct mheap_alloc *)record);
	case MHEAP_CMD_DUP:
		err = resolve(d->handle);
		return err ? err : make(record->flags, &d->out_handle);
	case MHEAP_CMD_WEAKEN:
		err = resolve(w->handle);
		return err ? err : make(record->flags, &w->out_handle);
	case MHEAP_CMD_UPGRADE:
		return upgrade((struct mheap_upgrade *)record);
	case MHEAP_CMD_RESET:
		return resolve(((struct mheap_reset *)record)->handle);
	case MHEAP_CMD_CLOSE:
		return close_handle(((struct mheap_close *)record)->handle);
	case MHEAP_CMD_LOAD:
		return load(record->flags, l->object, l->index, &l->handle);
	case MHEAP_CMD_EXCHANGE:
		err = value_of(x->value);
		return err ? err : load(record->flags, x->object, x->index, &x->out_handle);
	case MHEAP_CMD_STORE:
		return store((struct mheap_store *)record);
	case MHEAP_CMD_COMPARE_EXCHANGE:
		err = resolve(c->object);
		return err ? err : c->expected ? 0 : -EAGAIN;
	case MHEAP_CMD_READ:
		err = resolve(r->handle);
		if (!err)
			memset((void *)(uintptr_t)r->data_uptr, 'R', r->length);
		return err;
	case MHEAP_CMD_WRITE:
		return resolve(r->handle);
	default:
		return -EINVAL;
	}
}

static void log_record(const struct mheap_record *record)
{
	if (fake.logged < LOG_MAX)
		fake.log[fake.logged++] = *record;
}

static int do_batch(struct mheap_batch *batch)
{
	struct mheap_record *records = (void *)(uintptr_t)batch->records_uptr;

	fake.batches++;
	if (!batch->count || batch->record_size != sizeof(*records))
		return -EINVAL;
	batch->out_error = 0;
	for (batch->out_done = 0; batch->out_done < batch->count; batch->out_done++) {
		struct mheap_record record = records[batch->out_done];
		int err = fake.fail_in >= 0 && fake.fail_in-- == 0 ? fake.fail_error :
			  do_record(&record);

		if (err) {
			batch->out_error = err;
			break;
		}
		log_record(&records[batch->out_done]);
		records[batch->out_done] = record;
	}
	return 0;
}

static int command(unsigned long request, void *argument)
{
	switch (request) {
	case MHEAP_CREATE:
		return 0;
	case MHEAP_BATCH:
		return do_batch(argument);
	case MHEAP_STAT:
		return resolve(((struct mheap_stat *)argument)->handle);
	case MHEAP_CLOSE:
	case MHEAP_STORE:
	case MHEAP_ALLOC:
	case MHEAP_LOAD:
	case MHEAP_DUP:
		((struct mheap_record *)argument)->command = (uint32_t)_IOC_NR(request);
		return do_record(argument);
	default:
		return -ENOTTY;
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;
	int err;

	(void)fd;
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	pthread_mutex_lock(&session_lock);
	err = -fake.fail_call;
	fake.fail_call = 0;
	if (!err)
		err = command(request, argument);
	pthread_mutex_unlock(&session_lock);
	if (err) {
		errno = -err;
		return -1;
	}
	return 0;
}
