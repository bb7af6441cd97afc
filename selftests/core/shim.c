// SPDX-License-Identifier: GPL-2.0-only
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>

#include "shim.h"

static __thread struct shim_task shim_thread = { .kill_after = -1 };
__thread struct shim_task *shim_task;

struct shim_memory shim_memory;
unsigned long shim_warnings;
int shim_page_refs = 1;

bool shim_warn_fatal = true;
unsigned long long shim_clock;
void (*shim_at_clock)(void);

#ifdef SHIM_POINTS
void (*shim_at_point)(void);
void (*shim_at_relax)(void);
#endif
#ifdef SHIM_TSAN
int shim_fence_word;
#endif

void shim_bug(const char *format, ...)
{
	va_list args;

	fflush(stdout);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	abort();
}

void shim_warn(const char *format, ...)
{
	va_list args;

	__atomic_fetch_add(&shim_warnings, 1, __ATOMIC_RELAXED);
	if (!shim_warn_fatal)
		return;
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	shim_bug("a warning is fatal here\n");
}

struct shim_task *shim_self(void)
{
	if (!shim_task)
		shim_task = &shim_thread;
	return shim_task;
}

void shim_might_sleep(void)
{
	if (shim_self()->atomic)
		shim_bug("sleeps in a section or under a spinlock\n");
}

bool shim_killed(struct shim_task *task)
{
	if (task->kill_after > 0)
		task->kill_after--;
	return !task->kill_after;
}

void shim_lock_init(struct shim_lock *lock)
{
	pthread_mutex_init(&lock->mutex, NULL);
	lock->holder = NULL;
}

void shim_lock_destroy(struct shim_lock *lock)
{
	pthread_mutex_destroy(&lock->mutex);
}

void shim_lock_take(struct shim_lock *lock, bool spin)
{
	struct shim_task *self = shim_self();

	if (__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) == self)
		shim_bug("takes a lock that it holds\n");
#ifdef SHIM_POINTS
	shim_point();
	while (lock->holder)
		shim_relax();
#else
	pthread_mutex_lock(&lock->mutex);
#endif
	__atomic_store_n(&lock->holder, self, __ATOMIC_RELAXED);
	self->atomic += spin;
}

void shim_lock_drop(struct shim_lock *lock, bool spin)
{
	shim_lock_assert_held(lock);
	shim_self()->atomic -= spin;
	__atomic_store_n(&lock->holder, NULL, __ATOMIC_RELAXED);
#ifndef SHIM_POINTS
	pthread_mutex_unlock(&lock->mutex);
#endif
}

void shim_lock_assert_held(struct shim_lock *lock)
{
	if (__atomic_load_n(&lock->holder, __ATOMIC_RELAXED) != shim_self())
		shim_bug("a lock is not held that should be\n");
}

void shim_relax(void)
{
#ifdef SHIM_POINTS
	if (!shim_at_relax)
		shim_bug("waits for itself\n");
	shim_at_relax();
#else
	sched_yield();
#endif
}

unsigned long long shim_now(void)
{
	struct timespec ts;

	if (shim_at_clock)
		shim_at_clock();
	if (shim_clock)
		return shim_clock;
	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000ULL + ts.tv_nsec;
}

/* May this allocation succeed? */
static bool shim_allowed(void)
{
	unsigned long call;

	shim_might_sleep();
	if (shim_memory.forbidden)
		shim_bug("allocates where it must not\n");
	call = __atomic_add_fetch(&shim_memory.calls, 1, __ATOMIC_RELAXED);
	if (call == shim_memory.fail_at ||
	    (shim_memory.fail_from && call >= shim_memory.fail_from)) {
		shim_memory.failed++;
		return false;
	}
	return true;
}

static void shim_account(long bytes)
{
	__atomic_fetch_add(&shim_memory.outstanding, bytes, __ATOMIC_RELAXED);
	__atomic_fetch_add(&shim_memory.blocks, bytes < 0 ? -1 : 1, __ATOMIC_RELAXED);
}

/* In front of what shim_zalloc() returns. */
struct shim_head {
	size_t bytes;
	size_t magic;
};

#define SHIM_MAGIC 0x6d686561705aa5UL

void *shim_zalloc(size_t n, size_t bytes)
{
	struct shim_head *head;

	if (!shim_allowed())
		return NULL;
	head = calloc(1, sizeof(*head) + n * bytes);
	if (!head)
		return NULL;
	head->bytes = n * bytes;
	head->magic = SHIM_MAGIC;
	shim_account(head->bytes);
	return head + 1;
}

void shim_free(void *p)
{
	struct shim_head *head;

	if (!p)
		return;
	head = (struct shim_head *)p - 1;
	if (head->magic != SHIM_MAGIC)
		shim_bug("frees what is not allocated\n");
	head->magic = 0;
	shim_account(-(long)head->bytes);
	free(head);
}

#define SHIM_ARENA_BLOCK	(256UL << 10)
#define SHIM_ARENA_BYTES	(16UL << 30)

static struct { char *at, *end; void *free; } shim_arena;

static void *shim_arena_take(void)
{
	void *p = shim_arena.free;

	if (p) {
		shim_arena.free = *(void **)p;
		return p;
	}
	if (!shim_arena.at) {
		p = mmap(NULL, SHIM_ARENA_BYTES, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
		if (p == MAP_FAILED)
			return NULL;
		madvise(p, SHIM_ARENA_BYTES, MADV_HUGEPAGE);
		shim_arena.end = (char *)p + SHIM_ARENA_BYTES;
		shim_arena.at = (char *)(((uintptr_t)p + (2UL << 20) - 1) & -(2UL << 20));
	}
	if (shim_arena.at + SHIM_ARENA_BLOCK > shim_arena.end)
		return NULL;
	p = shim_arena.at;
	shim_arena.at += SHIM_ARENA_BLOCK;
	return p;
}

/* Bytes that must not be relied on are made to be seen. */
#define SHIM_DIRT 0xa5

void *shim_alloc_pages(size_t bytes, bool zero)
{
	size_t pages = (bytes + 4095) & -4096UL;
	void *p;

	if (!shim_allowed())
		return NULL;
	if (shim_memory.arena && bytes == SHIM_ARENA_BLOCK)
		p = shim_arena_take();
	else
		p = aligned_alloc(4096, pages);
	if (!p)
		return NULL;
	if (zero || !shim_memory.arena)
		memset(p, zero ? 0 : SHIM_DIRT, zero ? pages : 4096);
	shim_account(pages);
	return p;
}

#ifdef SHIM_POINTS
#define SHIM_FREED	0xfe
#define SHIM_KEEP	16

/* Pages that were freed stay for a while, and nobody may write to them. */
static void shim_keep(void **p, size_t *bytes)
{
	static struct { unsigned char *p; size_t bytes; } kept[SHIM_KEEP], old;
	static unsigned int next;

	old = kept[next];
	memset(*p, SHIM_FREED, 4096);
	kept[next].p = *p;
	kept[next].bytes = *bytes;
	next = (next + 1) % SHIM_KEEP;
	if (old.p && (old.p[0] != SHIM_FREED || memcmp(old.p, old.p + 1, 4095)))
		shim_bug("pages were written to that are free\n");
	*p = old.p;
	*bytes = old.bytes;
}
#else
#define shim_keep(p, bytes) ((void)0)
#endif

void shim_free_pages(void *p, size_t bytes)
{
	if (!p)
		return;
	shim_account(-(long)((bytes + 4095) & -4096UL));
	if (shim_memory.arena && bytes == SHIM_ARENA_BLOCK) {
		*(void **)p = shim_arena.free;
		shim_arena.free = p;
		return;
	}
	bytes = (bytes + 4095) & -4096UL;
	shim_keep(&p, &bytes);
	free(p);
}

__attribute__((constructor)) static void shim_begin(void)
{
	shim_self();
}
