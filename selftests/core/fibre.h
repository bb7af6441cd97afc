/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * Fibres: stacks of their own within one thread, switched by hand. A switch
 * costs no system call.
 */
#ifndef _FIBRE_H
#define _FIBRE_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <ucontext.h>

#include "shim.h"

/**
 * struct fibre - a stack and what runs on it
 * @run: what runs; it must not return before fibre_go() is not called again
 * @task: the task that it is to the heap
 * @jump: where it is
 * @started: it has been switched to before
 */
struct fibre {
	void (*run)(void *arg);
	void *arg;
	struct shim_task task;
	jmp_buf jump;
	ucontext_t context;
	void *stack;
	size_t stack_bytes;
	bool started;
};

void fibre_init(struct fibre *fibre, void (*run)(void *arg), void *arg);
void fibre_exit(struct fibre *fibre);

/* From outside of all fibres: lets one run until it calls fibre_yield(). */
void fibre_go(struct fibre *fibre);
void fibre_yield(void);
struct fibre *fibre_current(void);

#endif
