// SPDX-License-Identifier: GPL-2.0
/*
 * The real heap against the reference heap: long random sequences of operations
 * in several sessions, of one process or of one process each, in lockstep.
 *
 * differential [--seed N] [--steps N] [--rounds N] [--forked | --single | --model]
 * --model runs the reference heap alone, against its own recount.
 */
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <kselftest.h>

#include "diff_op.h"
#include "diff_step.h"

#define TAIL 40			/* operations that a failure shows */

static struct diff diff;
static struct stepper steppers[REF_SESSIONS];
static int observer;		/* a session that only looks */
static bool forked, model_only;
static char tail[TAIL][200];
static __u64 step;

static void trace(const struct op *op, int ret)
{
	char *text = tail[step % TAIL];
	int length = snprintf(text, sizeof(tail[0]), "step %llu: ", (unsigned long long)step);

	op_describe(op, ret, text + length, sizeof(tail[0]) - length);
	step++;
}

static bool wrong(const char *what, unsigned long long expected, unsigned long long seen)
{
	printf("# %s: expected %llu, the kernel says %llu\n", what, expected, seen);
	return false;
}

/* Without a kernel: handles that it might pick. */
static void pretend(struct op *op)
{
	struct ref_session *session = &diff.ref.session[op->session];
	__u64 handle;
	int i;

	for (i = 0; session->entry[0][i].thing != REF_NONE; i++)
		;
	handle = (session->entry[0][i].generation + 1) << MHEAP_HANDLE_INDEX_BITS | i;
	if (!op->ret && op->makes && op->made != REF_NONE && !op->chosen)
		ref_bind(session, handle);
}

static bool run_op(struct op *op)
{
	const char *what;
	int ret;

	if (model_only) {
		pretend(op);
		step++;
		return true;
	}
	ret = stepper_call(&steppers[op->session], op->command, &op->arg);
	trace(op, ret);
	what = op_check(&diff, op, ret);
	if (what)
		printf("# step %llu: %s\n", (unsigned long long)step - 1, what);
	return !what;
}

/* Some operations as one batch; nothing behind the first error is looked at. */
static bool run_batch(int session)
{
	struct arena *arena = diff.arena;
	__u32 count = 1 + random_below(&diff.seed, 60), i, n = 0, done;
	const char *what;
	int error = 0, ret;

	while (n < count && !error) {
		op_make(&diff, &arena->op[n], session, true);
		error = arena->op[n++].ret;
	}
	done = error ? n - 1 : n;
	for (i = 0; i < count; i++) {
		/* What would close a handle, were it looked at. */
		if (i >= n)
			arena->record[i] = record_close(ref_any_handle(&diff.ref.session[session],
								       &diff.seed));
		else
			memcpy(&arena->record[i], &arena->op[i].arg, sizeof(arena->record[i]));
		if (i < n)
			arena->record[i].command = arena->op[i].command;
	}
	arena->batch = (struct mheap_batch){
		.size = sizeof(arena->batch), .records_uptr = (unsigned long)arena->record,
		.count = count, .record_size = sizeof(*arena->record),
	};
	ret = model_only ? 0 :
	      stepper_call(&steppers[session], MHEAP_CMD_BATCH, &arena->batch);
	if (ret)
		return wrong("a batch", 0, ret);
	for (i = 0; i < n; i++) {
		if (model_only) {
			pretend(&arena->op[i]);
			step++;
			continue;
		}
		memcpy(&arena->op[i].arg, &arena->record[i], sizeof(arena->record[i]));
		ret = i < arena->batch.out_done ? 0 : arena->batch.out_error;
		trace(&arena->op[i], ret);
		what = op_check(&diff, &arena->op[i], ret);
		if (what) {
			printf("# record %u of a batch: %s\n", i, what);
			return false;
		}
	}
	if (model_only)
		return true;
	if (arena->batch.out_done != done)
		return wrong("out_done", done, arena->batch.out_done);
	return arena->batch.out_error == error ||
	       wrong("-out_error", -error, -arena->batch.out_error);
}

static bool check_heap(void)
{
	struct mheap_heap_stat stat;
	__u32 roots = 0, i;

	if (!ref_consistent(&diff.ref)) {
		printf("# the reference heap contradicts itself\n");
		return false;
	}
	if (model_only)
		return true;
	for (i = 0; i < REF_ROOTS; i++)
		roots += diff.ref.root[i] != REF_NONE;
	if (!heap_drained(observer) || raw_heap_stat(observer, &stat))
		return wrong("drained", 0, stat.out_pending);
	if (stat.out_objects != diff.ref.objects)
		return wrong("out_objects", diff.ref.objects, stat.out_objects);
	if (stat.out_allocated != diff.ref.allocated)
		return wrong("out_allocated", diff.ref.allocated, stat.out_allocated);
	if (stat.out_freed_count != diff.ref.freed_count)
		return wrong("out_freed_count", diff.ref.freed_count, stat.out_freed_count);
	if (stat.out_freed_collect != diff.ref.freed_collect)
		return wrong("out_freed_collect", diff.ref.freed_collect, stat.out_freed_collect);
	if (stat.out_weak != ref_weak_count(&diff.ref))
		return wrong("out_weak", ref_weak_count(&diff.ref), stat.out_weak);
	if (stat.out_roots != roots)
		return wrong("out_roots", roots, stat.out_roots);
	return stat.out_sessions == REF_SESSIONS + 1 ||
	       wrong("out_sessions", REF_SESSIONS + 1, stat.out_sessions);
}

/* Everything that every open handle can tell. */
static bool check_handles(int number)
{
	struct ref_session *session = &diff.ref.session[number];
	struct op *op = &diff.arena->check;
	struct mheap_heap_stat *stat = (void *)&op->arg;
	__u64 handle;
	int half, i;

	for (half = 0; half < 2; half++) {
		for (i = 0; i < REF_HANDLES; i++) {
			if (session->entry[half][i].thing == REF_NONE)
				continue;
			handle = session->entry[half][i].generation << MHEAP_HANDLE_INDEX_BITS |
				 (half ? MHEAP_HANDLE_CHOSEN : 0) | i;
			op_make_stat(&diff, op, number, handle);
			if (!run_op(op))
				return false;
			op_make_read_all(&diff, op, number, handle);
			if (!run_op(op))
				return false;
			op_make_slot_list(&diff, op, number, handle, 0);
			if (!run_op(op))
				return false;
		}
	}
	if (model_only)
		return true;
	memset(stat, 0, sizeof(*stat));
	stat->size = sizeof(*stat);
	if (stepper_call(&steppers[number], MHEAP_CMD_HEAP_STAT, stat))
		return wrong("heap_stat", 0, 1);
	return stat->out_handles == session->handles ||
	       wrong("out_handles", session->handles, stat->out_handles);
}

/* Collect, and see exactly who is alive: types are never used twice. */
static bool check_alive(void)
{
	struct mheap_walk_entry *entries;
	struct mheap_collect_stat stat;
	__u32 freed = ref_collect(&diff.ref);
	long count, i, j;
	bool good = true;

	if (model_only)
		return check_heap();
	if (raw_collect(observer) || raw_collect_stat(observer, &stat))
		return wrong("collect", 0, 1);
	if (stat.out_last_freed != freed)
		return wrong("out_last_freed", freed, stat.out_last_freed);
	if (stat.out_last_marked != diff.ref.objects)
		return wrong("out_last_marked", diff.ref.objects, stat.out_last_marked);
	if (stat.out_verify_failures)
		return wrong("out_verify_failures", 0, stat.out_verify_failures);
	count = heap_walk_all(observer, &entries);
	if (count != (long)diff.ref.objects)
		return wrong("objects of the walk", diff.ref.objects, count);
	for (i = 0; good && i < count; i++) {
		for (j = 0; j < REF_OBJECTS; j++)
			if (diff.ref.object[j].alive && diff.ref.object[j].type == entries[i].type)
				break;
		if (j == REF_OBJECTS)
			good = wrong("a dead object, of type", 0, entries[i].type);
		else if (diff.ref.object[j].handle_refs != entries[i].handle_refs)
			good = wrong("handle_refs", diff.ref.object[j].handle_refs,
				     entries[i].handle_refs);
		else if (diff.ref.object[j].slot_refs != entries[i].slot_refs)
			good = wrong("slot_refs", diff.ref.object[j].slot_refs,
				     entries[i].slot_refs);
		else if (diff.ref.object[j].number &&
			 diff.ref.object[j].number != entries[i].object)
			good = wrong("number", diff.ref.object[j].number, entries[i].object);
	}
	free(entries);
	return good && check_heap();
}

static bool reopen(int number)
{
	__u64 refs = 0;
	int i;

	ref_close_session(&diff.ref, &diff.ref.session[number]);
	if (model_only)
		return true;
	for (i = 0; i < REF_OBJECTS; i++)
		if (diff.ref.object[i].alive)
			refs += diff.ref.object[i].handle_refs;
	/* Its handles may be closed by and by. */
	return !stepper_call(&steppers[number], STEPPER_REOPEN, NULL) &&
	       EVENTUALLY(heap_handle_refs(observer) == refs);
}

/* Close a descriptor of an object, if there is one. */
static bool close_fd(int number, int at)
{
	struct ref_fd *fd = &diff.ref.session[number].fd[at];

	if (fd->object == REF_NONE)
		return true;
	ref_close_fd(&diff.ref, fd);
	if (model_only)
		return true;
	diff.arena->fd = fd->fd;
	return !stepper_call(&steppers[number], STEPPER_CLOSE, &diff.arena->fd);
}

static bool run_steps(__u64 steps)
{
	__u64 turn = 0;
	int session;

	while (step < steps) {
		session = random_below(&diff.seed, REF_SESSIONS);
		if (random_below(&diff.seed, 4)) {
			op_make(&diff, &diff.arena->op[0], session, false);
			if (!run_op(&diff.arena->op[0]))
				return false;
		} else if (!run_batch(session)) {
			return false;
		}
		turn++;
		if (turn % 24 == 0 && !close_fd(session, random_below(&diff.seed, REF_FDS)))
			return false;
		if (turn % 16 == 0 && !check_heap())
			return false;
		if (turn % 64 == 0 && !check_handles(session))
			return false;
		if (turn % 400 == 0 && !check_alive())
			return false;
		if (turn % 3000 == 0 && (!reopen(session) || !check_alive()))
			return false;
		if (turn % 1500 == 0)
			diff.growing = !diff.growing;
	}
	return check_alive();
}

static int begin(void)
{
	/* The last one may only read, share, dup and close. */
	static const __u32 rights[REF_SESSIONS] = {
		MHEAP_RIGHTS_ALL, MHEAP_RIGHTS_ALL,
		MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE | MHEAP_RIGHT_LINK,
		MHEAP_RIGHT_READ | MHEAP_RIGHT_SHARE,
	};
	struct mheap_create create = {
		.max_objects = REF_OBJECTS, .suspect_age_ms = 3600000,
		.suspect_min = ~0U, .suspect_percent = 1000,
	};
	int i, ret = 0;

	ref_init(&diff.ref);
	step = 0;
	for (i = 0; i < REF_SESSIONS; i++)
		diff.ref.session[i].rights = rights[i];
	if (model_only)
		return 0;
	observer = raw_new_heap(&create);
	if (observer < 0)
		return observer;
	for (i = 0; !ret && i < REF_SESSIONS; i++)
		ret = stepper_start(&steppers[i], observer, rights[i], forked);
	return ret;
}

/* Everything is let go of: nothing may be left. */
static bool end(void)
{
	int i, j;

	for (i = 0; i < REF_SESSIONS; i++)
		for (j = 0; j < REF_FDS; j++)
			if (!close_fd(i, j))
				return false;
	for (i = 0; i < REF_ROOTS; i++)
		ref_root_set(&diff.ref, i, REF_NONE);
	for (i = 0; i < REF_SESSIONS; i++)
		ref_close_session(&diff.ref, &diff.ref.session[i]);
	ref_collect(&diff.ref);
	if (model_only)
		return !diff.ref.objects && check_heap();
	for (i = 0; i < REF_ROOTS; i++)
		raw_root_set(observer, root_names[i], 0);
	for (i = 0; i < REF_SESSIONS; i++)
		stepper_end(&steppers[i]);
	if (!heap_alone(observer) || raw_collect(observer) || !heap_drained(observer))
		return wrong("the end", 0, 1);
	if (heap_objects(observer) || heap_bytes(observer))
		return wrong("objects at the end", 0, heap_objects(observer));
	close(observer);
	return true;
}

static bool run(__u64 seed, __u64 steps)
{
	bool good;
	__u64 i;
	int ret;

	diff.seed = seed * 2 + 1;
	for (i = 0; i < 16; i++)
		random_next(&diff.seed);
	diff.growing = true;
	ret = begin();
	if (ret) {
		printf("# could not begin: %s\n", strerror(-ret));
		return false;
	}
	good = run_steps(steps) && end();
	if (!good) {
		for (i = step > TAIL ? step - TAIL : 0; i < step; i++)
			printf("# %s\n", tail[i % TAIL]);
		printf("# repeat with: differential --%s --seed %llu --steps %llu\n",
		       forked ? "forked" : "single", (unsigned long long)seed,
		       (unsigned long long)steps);
		exit(1);
	}
	return good;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' }, { "steps", required_argument, NULL, 'n' },
		{ "rounds", required_argument, NULL, 'r' }, { "forked", no_argument, NULL, 'f' },
		{ "single", no_argument, NULL, '1' }, { "model", no_argument, NULL, 'm' }, {},
	};
	__u64 seed = env_number("MHEAP_SEED", 1), rounds = 4, i;
	__u64 steps = env_number("MHEAP_DIFF_STEPS", running_on_uml() ? 20000 : 50000);
	bool single = true, both = true;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 's':
			seed = strtoull(optarg, NULL, 0);
			break;
		case 'n':
			steps = strtoull(optarg, NULL, 0);
			break;
		case 'r':
			rounds = strtoull(optarg, NULL, 0);
			break;
		case 'f':
			single = false;
			both = false;
			break;
		case '1':
			both = false;
			break;
		case 'm':
			model_only = true;
			both = false;
			break;
		default:
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	diff.arena = mmap(NULL, sizeof(*diff.arena), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	diff.arena->nowhere = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	ksft_print_header();
	ksft_set_plan(rounds * (both ? 2 : 1));
	for (i = 0; i < rounds; i++) {
		forked = !single;
		ksft_test_result(run(seed + i, steps), "%s of seed %llu\n",
				 model_only ? "the reference heap alone" :
				 forked ? "one process a session" : "sessions of one process",
				 (unsigned long long)(seed + i));
		if (!both)
			continue;
		forked = true;
		ksft_test_result(run(seed + i, steps / 4), "one process a session, of seed %llu\n",
				 (unsigned long long)(seed + i));
	}
	ksft_finished();
}
