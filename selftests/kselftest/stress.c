// SPDX-License-Identifier: GPL-2.0
/*
 * Processes and threads change one graph together while collections run in a
 * loop. MHEAP_STEPS: steps of each.
 */
#include <pthread.h>
#include <sched.h>
#include <sys/wait.h>

#include "client.h"
#include "mheap_harness.h"

FIXTURE(stress)
{
	int fd, heap_fd;
	__u64 steps;
};

FIXTURE_SETUP(stress)
{
	struct mheap_create options = { .max_objects = 50000, .suspect_age_ms = 20 };

	self->fd = NEW_HEAP(&options);
	self->heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	self->steps = env_number("MHEAP_STEPS", running_on_uml() ? 8000 : 20000);
	ASSERT_EQ(0, client_make_shared(self->fd));
}

FIXTURE_TEARDOWN(stress)
{
	close(self->heap_fd);
	close(self->fd);
}

static void pin_to(unsigned int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

struct worker {
	int heap_fd, ret, line;
	unsigned int number;
	__u64 steps, seed;
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct client client;

	if (worker->number & 1)
		pin_to(worker->number / 2);
	worker->ret = client_join(&client, worker->heap_fd, worker->seed);
	while (!worker->ret && client.steps < worker->steps)
		worker->ret = client_step(&client);
	worker->line = client.line;
	client_leave(&client);
	return NULL;
}

TEST_F_TIMEOUT(stress, threads_and_collections, LONG_TEST)
{
	enum { THREADS = 6 };
	struct worker workers[THREADS];
	pthread_t threads[THREADS];
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.heap_fd = self->heap_fd, .number = i,
			.steps = self->steps, .seed = 1000 + i,
		};
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, work, &workers[i]));
	}
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, workers[i].ret) {
			TH_LOG("thread %u: client.c:%d", i, workers[i].line);
		}
	}
	EXPECT_CLIENTS_GONE(self->fd);
}

TEST_F_TIMEOUT(stress, processes_and_collections, LONG_TEST)
{
	enum { PROCESSES = 4 };
	pid_t children[PROCESSES];
	unsigned int i;
	int status;

	for (i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		ASSERT_LE(0, children[i]);
		if (!children[i]) {
			struct worker worker = {
				.heap_fd = self->heap_fd, .number = i,
				.steps = self->steps, .seed = 77 + i,
			};

			work(&worker);
			if (worker.ret)
				fprintf(stderr, "# process %u: %d at client.c:%d\n",
					i, worker.ret, worker.line);
			_exit(worker.ret ? 1 : 0);
		}
	}
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	for (i = 0; i < PROCESSES; i++) {
		ASSERT_EQ(children[i], waitpid(children[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_CLIENTS_GONE(self->fd);
}

struct pair {
	int fd, ret;
	__u64 left, right;	/* two cells of one slot each */
	__u64 steps, moves;
	unsigned int number;
};

/*
 * Hide a ring from a collector: it is always in one of two cells or in a
 * handle, and moves all the time. It must never be collected.
 */
static void *hide(void *arg)
{
	struct pair *pair = arg;
	__u64 i, handle, old, other;
	struct mheap_stat stat;

	pin_to(pair->number);
	for (i = 0; i < pair->steps && !pair->ret; i++) {
		__u64 from = i & 1 ? pair->left : pair->right;
		__u64 to = i & 1 ? pair->right : pair->left;

		pair->ret = raw_exchange(pair->fd, from, 0, 0, &handle);
		if (pair->ret || !handle)
			continue;
		pair->ret = raw_stat(pair->fd, handle, &stat) ?:
			    (stat.out_type == 0x41d3 ? 0 : -EUCLEAN) ?:
			    raw_load(pair->fd, handle, 0, &other) ?:
			    (other ? raw_close(pair->fd, other) : -EUCLEAN) ?:
			    raw_exchange(pair->fd, to, 0, handle, &old) ?:
			    raw_close(pair->fd, handle);
		/* What another had put there goes where there is room. */
		while (!pair->ret && old) {
			pair->ret = raw_compare_exchange(pair->fd, from, 0, 0, old);
			if (pair->ret == -EAGAIN)
				pair->ret = raw_compare_exchange(pair->fd, to, 0, 0, old);
			if (!pair->ret) {
				pair->ret = raw_close(pair->fd, old);
				break;
			}
			if (pair->ret == -EAGAIN)
				pair->ret = 0;
		}
		pair->moves++;
	}
	return NULL;
}

TEST_F_TIMEOUT(stress, what_moves_all_the_time_is_never_lost, LONG_TEST)
{
	enum { THREADS = 3, RINGS = 2 };
	__u64 left = ALLOC(self->fd, 1, 0, 1), right = ALLOC(self->fd, 1, 0, 1), a, b;
	struct pair pairs[THREADS] = {};
	pthread_t threads[THREADS];
	unsigned int i;

	ASSERT_EQ(0, raw_root_set(self->fd, "left", left));
	ASSERT_EQ(0, raw_root_set(self->fd, "right", right));
	for (i = 0; i < RINGS; i++) {
		a = ALLOC(self->fd, 1, 0, 0x41d3);
		b = ALLOC(self->fd, 1, 0, 0x41d3);
		STORE(self->fd, a, 0, b);
		STORE(self->fd, b, 0, a);
		STORE(self->fd, i ? right : left, 0, a);
		CLOSE(self->fd, a);
		CLOSE(self->fd, b);
	}
	for (i = 0; i < THREADS; i++) {
		pairs[i].fd = raw_joined(self->heap_fd);
		pairs[i].steps = self->steps;
		pairs[i].number = i;
		ASSERT_LE(0, pairs[i].fd);
		ASSERT_EQ(0, raw_root_get(pairs[i].fd, "left", &pairs[i].left));
		ASSERT_EQ(0, raw_root_get(pairs[i].fd, "right", &pairs[i].right));
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, hide, &pairs[i]));
	}
	for (i = 0; i < 50; i++) {
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, pairs[i].ret);
		EXPECT_LT(0, pairs[i].moves);
		close(pairs[i].fd);
	}
	EXPECT_TRUE(heap_alone(self->fd));
	ASSERT_EQ(0, raw_collect(self->fd));
	/* The two cells, the two rings and the shared table. */
	EXPECT_EQ(2 + 2 * RINGS + 1, heap_objects(self->fd));
	EXPECT_EQ(0, COLLECT_STAT(self->fd).out_verify_failures);
}

#define IN_SLOT 0x5107
#define DECOY 0xdec0
#define SWAPPED_SLOTS 900	/* few fit into a chunk: it is soon used again */

struct swapper {
	int fd, ret;
	__u64 table, rounds;
	volatile bool *stop;
};

/* Objects come and go in a slot, others around it: memory is used again at once. */
static void *swap(void *arg)
{
	struct swapper *swapper = arg;
	static const __u64 in_slot = IN_SLOT, decoy = DECOY;
	struct mheap_record records[48];
	__u64 generation = 0, handle;
	unsigned int i, n;

	while (!*swapper->stop && !swapper->ret) {
		generation++;
		n = 0;
		for (i = 0; i < 8; i++) {
			/* The last round's decoy goes, and what the slot held. */
			if (generation > 1)
				records[n++] = record_close(chosen_handle(8 + i, generation - 1));
			handle = chosen_handle(i, generation);
			records[n++] = record_alloc(SWAPPED_SLOTS, 8, IN_SLOT, handle);
			records[n++] = record_write(handle, 0, &in_slot, 8);
			records[n++] = record_store(swapper->table, 0, handle);
			records[n++] = record_close(handle);
			records[n++] = record_alloc(SWAPPED_SLOTS, 8, DECOY,
						    chosen_handle(8 + i, generation));
		}
		swapper->ret = raw_batch_all(swapper->fd, records, n);
		for (i = 0; i < 8 && !swapper->ret; i++)
			swapper->ret = raw_write(swapper->fd, chosen_handle(8 + i, generation),
						 0, &decoy, 8);
		swapper->rounds++;
	}
	return NULL;
}

/* Whatever is loaded from the slot was in the slot. */
static void *look(void *arg)
{
	struct swapper *swapper = arg;
	struct mheap_record records[3 * 32];
	__u64 generation = 0, seen[32], handle;
	unsigned int i, n;

	while (!*swapper->stop && !swapper->ret) {
		generation++;
		for (i = n = 0; i < 32; i++) {
			handle = chosen_handle(i, generation);
			seen[i] = 0;
			records[n++] = record_load(swapper->table, 0, handle);
			records[n++] = record_read(handle, 0, &seen[i], 8);
			records[n++] = record_close(handle);
		}
		swapper->ret = raw_batch_all(swapper->fd, records, n);
		for (i = 0; i < 32 && !swapper->ret; i++)
			swapper->ret = seen[i] == IN_SLOT ? 0 : -EUCLEAN;
		swapper->rounds++;
	}
	return NULL;
}

TEST_F_TIMEOUT(stress, a_load_never_gives_what_was_never_there, LONG_TEST)
{
	enum { THREADS = 6 };
	volatile bool stop = false;
	struct swapper swappers[THREADS] = {};
	__u64 table = ALLOC(self->fd, 1, 0, 1), first = ALLOC(self->fd, 0, 8, IN_SLOT);
	static const __u64 in_slot = IN_SLOT;
	pthread_t threads[THREADS];
	unsigned int i;

	ASSERT_EQ(0, raw_write(self->fd, first, 0, &in_slot, 8));
	STORE(self->fd, table, 0, first);
	CLOSE(self->fd, first);
	ASSERT_EQ(0, raw_root_set(self->fd, "table", table));
	for (i = 0; i < THREADS; i++) {
		swappers[i].stop = &stop;
		swappers[i].fd = raw_joined(self->heap_fd);
		ASSERT_LE(0, swappers[i].fd);
		ASSERT_EQ(0, raw_root_get(swappers[i].fd, "table", &swappers[i].table));
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, i & 1 ? swap : look, &swappers[i]));
	}
	for (i = 0; i < self->steps / 2000; i++) {
		usleep(500000);
		if (i % 3 == 0) {
			EXPECT_EQ(0, raw_collect(self->fd));
		}
	}
	stop = true;
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, swappers[i].ret);
		EXPECT_LT(0, swappers[i].rounds);
		close(swappers[i].fd);
	}
	EXPECT_TRUE(heap_alone(self->fd));
	EXPECT_TRUE(heap_drained(self->fd));
	/* The two tables, and what is in the slot. */
	EXPECT_EQ(3, heap_objects(self->fd));
}

struct claimant {
	int fd, heap_fd, ret;
	bool joins;
	pthread_barrier_t *start;
};

static void *claim(void *arg)
{
	struct claimant *claimant = arg;

	pthread_barrier_wait(claimant->start);
	claimant->ret = claimant->joins ? raw_join(claimant->fd, claimant->heap_fd) :
			raw_create(claimant->fd, NULL);
	return NULL;
}

TEST_F(stress, one_of_many_threads_gives_a_session_its_heap)
{
	enum { THREADS = 4 };
	struct claimant claimants[THREADS];
	pthread_t threads[THREADS];
	pthread_barrier_t start;
	unsigned int i, round, won;
	int fd;

	ASSERT_EQ(0, pthread_barrier_init(&start, NULL, THREADS));
	for (round = 0; round < 100; round++) {
		fd = SESSION();
		won = 0;
		for (i = 0; i < THREADS; i++) {
			claimants[i] = (struct claimant){
				.fd = fd, .heap_fd = self->heap_fd, .joins = i & 1,
				.start = &start,
			};
			ASSERT_EQ(0, pthread_create(&threads[i], NULL, claim, &claimants[i]));
		}
		for (i = 0; i < THREADS; i++) {
			ASSERT_EQ(0, pthread_join(threads[i], NULL));
			EXPECT_TRUE(!claimants[i].ret || claimants[i].ret == -EBUSY);
			won += !claimants[i].ret;
		}
		EXPECT_EQ(1, won);
		EXPECT_EQ(0, heap_handles(fd));
		close(fd);
	}
	EXPECT_TRUE(heap_alone(self->fd));
}

TEST_HARNESS_MAIN
