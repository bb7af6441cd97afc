// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>

#include "fibre.h"

#define FIBRE_STACK (256U << 10)

static struct fibre *running;
static struct shim_task *outside_task;
static jmp_buf outside;
static ucontext_t outside_context;

static void fibre_main(void)
{
	running->run(running->arg);
	shim_bug("a fibre ended\n");
}

void fibre_init(struct fibre *fibre, void (*run)(void *arg), void *arg)
{
	*fibre = (struct fibre) {
		.run = run,
		.arg = arg,
		.task.kill_after = -1,
		.stack = malloc(FIBRE_STACK),
		.stack_bytes = FIBRE_STACK,
	};
}

void fibre_exit(struct fibre *fibre)
{
	free(fibre->stack);
}

void fibre_go(struct fibre *fibre)
{
	outside_task = shim_task;
	shim_task = &fibre->task;
	running = fibre;
	if (!_setjmp(outside)) {
		if (fibre->started)
			_longjmp(fibre->jump, 1);
		fibre->started = true;
		getcontext(&fibre->context);
		fibre->context.uc_stack.ss_sp = fibre->stack;
		fibre->context.uc_stack.ss_size = fibre->stack_bytes;
		fibre->context.uc_link = NULL;
		makecontext(&fibre->context, fibre_main, 0);
		swapcontext(&outside_context, &fibre->context);
	}
	running = NULL;
	shim_task = outside_task;
}

void fibre_yield(void)
{
	if (!_setjmp(running->jump))
		_longjmp(outside, 1);
}

struct fibre *fibre_current(void)
{
	return running;
}
