/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The few services of the kernel that module/core uses, for a program.
 *
 * Built as it is, the heap may be used by several threads. Built with
 * SHIM_POINTS all runs in one thread, and each access that others may see asks
 * shim_at_point() first, which may switch to another fibre: so a test decides
 * on every interleaving.
 */
#ifndef _SHIM_H
#define _SHIM_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct shim_task - who runs: what the kernel knows of a task
 * @atomic: it may not sleep: depth of sections and spinlocks
 * @kill_after: fatal_signal_pending() so many times false, then true; -1: never
 */
struct shim_task {
	int atomic;
	long kill_after;
};

extern __thread struct shim_task *shim_task;
struct shim_task *shim_self(void);

/**
 * struct shim_lock - a spinlock or a mutex
 * @mutex: it
 * @holder: who holds it
 */
struct shim_lock {
	pthread_mutex_t mutex;
	struct shim_task *holder;
};

void shim_lock_init(struct shim_lock *lock);
void shim_lock_destroy(struct shim_lock *lock);
void shim_lock_take(struct shim_lock *lock, bool spin);
void shim_lock_drop(struct shim_lock *lock, bool spin);
void shim_lock_assert_held(struct shim_lock *lock);
void shim_might_sleep(void);
bool shim_killed(struct shim_task *task);
void shim_relax(void);

/**
 * struct shim_memory - the allocator
 * @calls: allocations so far
 * @outstanding: bytes that are allocated
 * @blocks: how many blocks those are
 * @fail_at: the call with this number fails; 0: none
 * @fail_from: all calls from this number on fail; 0: none
 * @failed: how many have failed
 * @forbidden: calls are a bug
 * @arena: big pages come from memory with huge pages under it
 */
struct shim_memory {
	unsigned long calls;
	long outstanding;
	long blocks;
	unsigned long fail_at;
	unsigned long fail_from;
	unsigned long failed;
	bool forbidden;
	bool arena;
};

extern struct shim_memory shim_memory;

void *shim_zalloc(size_t n, size_t bytes);
void shim_free(void *p);
void *shim_alloc_pages(size_t bytes, bool zero);
void shim_free_pages(void *p, size_t bytes);

/* Warnings so far, and whether one ends the program. */
extern unsigned long shim_warnings;
extern bool shim_warn_fatal;
void shim_warn(const char *format, ...) __attribute__((format(printf, 1, 2)));
void shim_bug(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

/* The clock: the machine's, or where it is not 0 this. */
extern unsigned long long shim_clock;
extern void (*shim_at_clock)(void);
unsigned long long shim_now(void);

#ifdef SHIM_POINTS
extern void (*shim_at_point)(void);
extern void (*shim_at_relax)(void);
#define shim_point()	(shim_at_point ? shim_at_point() : (void)0)
#else
#define shim_point()	((void)0)
#endif

/* The thread sanitizer knows no fences, but it knows this. */
#ifdef SHIM_TSAN
extern int shim_fence_word;
#define shim_fence()	((void)__atomic_fetch_add(&shim_fence_word, 1, __ATOMIC_ACQ_REL))
#else
#define shim_fence()	__atomic_thread_fence(__ATOMIC_SEQ_CST)
#endif

#endif
