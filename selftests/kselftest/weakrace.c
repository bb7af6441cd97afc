// SPDX-License-Identifier: GPL-2.0
/*
 * Weak references while objects die and collections run: processes and threads
 * watch rings of objects, and what holds of a ring must hold of all of it at once.
 * MHEAP_STEPS: steps of each (20000; 2000 on UML, where each is slow); MHEAP_SEED.
 */
#include <pthread.h>
#include <signal.h>
#include <sys/wait.h>

#include "mheap_harness.h"
#include "watcher.h"

FIXTURE(weakrace)
{
	int fd, heap_fd;
	__u64 steps, seed;
};

FIXTURE_SETUP(weakrace)
{
	struct mheap_create options = {
		.max_objects = 50000, .suspect_age_ms = 20, .suspect_min = 8,
	};

	self->fd = NEW_HEAP(&options);
	self->heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	self->steps = env_number("MHEAP_STEPS", running_on_uml() ? 800 : 20000);
	self->seed = env_number("MHEAP_SEED", 20261122);
	ASSERT_EQ(0, watcher_make_shared(self->fd));
	TH_LOG("seed %llu", (unsigned long long)self->seed);
}

FIXTURE_TEARDOWN(weakrace)
{
	close(self->heap_fd);
	close(self->fd);
}

struct worker {
	struct watcher watcher;
	int heap_fd, ret;
	__u64 steps, seed;
};

static void *work(void *arg)
{
	struct worker *worker = arg;
	struct watcher *watcher = &worker->watcher;

	worker->ret = watcher_join(watcher, worker->heap_fd, worker->seed);
	while (!worker->ret && watcher->steps < worker->steps)
		worker->ret = watcher_step(watcher);
	watcher_leave(watcher);
	return NULL;
}

/* Nobody is left: the collector was always right, and nothing remains. */
#define EXPECT_SETTLED()						\
do {									\
	EXPECT_TRUE(heap_alone(self->fd));				\
	EXPECT_EQ(0, watcher_clear_shared(self->fd));			\
	EXPECT_EMPTY_AFTER_COLLECT(self->fd);				\
	EXPECT_EQ(0, heap_weak(self->fd));				\
	EXPECT_EQ(HEAP_STAT(self->fd).out_allocated,			\
		  HEAP_STAT(self->fd).out_freed_count +			\
		  HEAP_STAT(self->fd).out_freed_collect);		\
} while (0)

TEST_F_TIMEOUT(weakrace, a_ring_lives_or_dies_as_a_whole_whoever_upgrades, LONG_TEST)
{
	enum { THREADS = 5 };
	static struct worker workers[THREADS];
	pthread_t threads[THREADS];
	__u64 revived = 0, died = 0;
	unsigned int i;

	for (i = 0; i < THREADS; i++) {
		workers[i] = (struct worker){
			.heap_fd = self->heap_fd, .steps = self->steps, .seed = self->seed + i,
		};
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, work, &workers[i]));
	}
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, workers[i].ret) {
			TH_LOG("thread %u: watcher.c:%d", i, workers[i].watcher.line);
		}
		revived += workers[i].watcher.revived;
		died += workers[i].watcher.died;
	}
	/* Both have happened, or this has tested nothing. */
	EXPECT_LT(0, revived);
	EXPECT_LT(0, died);
	EXPECT_SETTLED();
}

TEST_F_TIMEOUT(weakrace, processes_do_the_same, LONG_TEST)
{
	enum { PROCESSES = 4 };
	pid_t children[PROCESSES];
	unsigned int i;
	int status;

	for (i = 0; i < PROCESSES; i++) {
		children[i] = fork();
		ASSERT_LE(0, children[i]);
		if (!children[i]) {
			static struct worker worker;

			worker.heap_fd = self->heap_fd;
			worker.steps = self->steps;
			worker.seed = self->seed + 100 + i;
			work(&worker);
			if (worker.ret)
				fprintf(stderr, "# process %u: %d at watcher.c:%d\n",
					i, worker.ret, worker.watcher.line);
			_exit(worker.ret ? 1 : 0);
		}
	}
	for (i = 0; i < 100; i++) {
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	for (i = 0; i < PROCESSES; i++) {
		ASSERT_EQ(children[i], waitpid(children[i], &status, 0));
		EXPECT_EQ(0, status);
	}
	EXPECT_SETTLED();
}

TEST_F_TIMEOUT(weakrace, a_watcher_that_is_killed_leaves_nothing, LONG_TEST)
{
	unsigned long kills = env_number("MHEAP_KILLS", running_on_uml() ? 60 : 200) / 4 + 1, i;
	__u64 seed = self->seed * 2 + 1;
	int status;

	for (i = 0; i < kills; i++) {
		pid_t child = fork();

		ASSERT_LE(0, child);
		if (!child) {
			static struct watcher watcher;

			if (watcher_join(&watcher, self->heap_fd, random_next(&seed)))
				_exit(1);
			while (!watcher_step(&watcher))
				;
			fprintf(stderr, "# kill %lu: watcher.c:%d\n", i, watcher.line);
			_exit(2);
		}
		random_next(&seed);
		usleep(random_below(&seed, 20000));
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("kill %lu: a child ended by itself: %#x", i, status);
		}
	}
	EXPECT_SETTLED();
}

struct weakener {
	int fd, ret;
	const __u64 *living;
	__u64 *weak;
	unsigned int count;
};

/* Weaken all that lives, and keep what comes of it. */
static void *weaken_all(void *arg)
{
	struct weakener *weakener = arg;
	unsigned int i;

	for (i = 0; !weakener->ret && i < weakener->count; i++)
		weakener->ret = raw_weaken(weakener->fd, weakener->living[i], &weakener->weak[i]);
	return NULL;
}

/* A dead cycle that refers weakly to what lives; nobody else does. */
static int leave_dead_cycle(int fd, __u64 living)
{
	__u64 a, b, weak;

	return raw_alloc(fd, 2, 0, 1, &a) ?: raw_alloc(fd, 1, 0, 1, &b) ?:
	       raw_weaken(fd, living, &weak) ?: raw_store(fd, a, 0, b) ?:
	       raw_store(fd, a, 1, weak) ?: raw_store(fd, b, 0, a) ?:
	       raw_close(fd, weak) ?: raw_close(fd, a) ?: raw_close(fd, b);
}

TEST_F_TIMEOUT(weakrace, one_may_weaken_what_only_the_dead_refer_to_weakly, LONG_TEST)
{
	enum { LIVING = 2000, ROUNDS = 20 };
	struct mheap_create quiet = { .suspect_min = ~0U, .suspect_age_ms = 3600000 };
	static __u64 living[LIVING], weak[LIVING];
	int fd = NEW_HEAP(&quiet);
	struct weakener weakener = {
		.fd = fd, .living = living, .weak = weak, .count = LIVING,
	};
	unsigned int i, round;
	__u64 collection;
	pthread_t thread;

	for (i = 0; i < LIVING; i++)
		living[i] = ALLOC(fd, 0, 8, 3);
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < LIVING; i++) {
			ASSERT_EQ(0, leave_dead_cycle(fd, living[i]));
		}
		/* The thread meets the collection in other phases each time. */
		ASSERT_EQ(0, raw_collect_start(fd, &collection));
		usleep(200 * round);
		ASSERT_EQ(0, pthread_create(&thread, NULL, weaken_all, &weakener));
		ASSERT_EQ(0, pthread_join(thread, NULL));
		ASSERT_EQ(0, weakener.ret);
		ASSERT_TRUE(EVENTUALLY(heap_collections(fd) >= collection));
		for (i = 0; i < LIVING; i++) {
			__u64 handle = UPGRADE(fd, weak[i]);

			ASSERT_NE(0, handle) {
				TH_LOG("round %u: living object %u", round, i);
			}
			CLOSE(fd, handle);
			CLOSE(fd, weak[i]);
		}
		ASSERT_EQ(0, COLLECT_STAT(fd).out_verify_failures);
	}
	for (i = 0; i < LIVING; i++)
		CLOSE(fd, living[i]);
	EXPECT_EMPTY_AFTER_COLLECT(fd);
	EXPECT_EQ(0, heap_weak(fd));
	close(fd);
}

#define PLACES 4		/* weak slots of the table that is swapped */
#define LOADS 64		/* in a row, of one slot */
#define BATCH 8			/* objects that come and go in one batch */
#define GENERATION (1ULL << MHEAP_HANDLE_INDEX_BITS)
#define WIDE 900		/* slots: few fit into a chunk, it is soon used again */

struct swapper {
	int fd, ret;
	__u64 table, seed, rounds;
	volatile bool *stop;
};

/* Objects come, are referred to weakly, and go; others take their places at once. */
static void *swap(void *arg)
{
	struct swapper *swapper = arg;
	struct mheap_record records[9 * BATCH];
	__u64 serials[BATCH], generation, object, weak, decoy;
	unsigned int i, n;

	for (generation = 1; !*swapper->stop && !swapper->ret; generation++) {
		for (i = n = 0; i < BATCH; i++) {
			object = chosen_handle(3 * i, generation);
			/* The last ones are held until the next batch, if that comes. */
			if (generation > 1 && i >= BATCH - PLACES)
				records[n++] = record_close(object - GENERATION);
			weak = chosen_handle(3 * i + 1, generation);
			decoy = chosen_handle(3 * i + 2, generation);
			serials[i] = random_next(&swapper->seed) | 1;
			records[n++] = record_alloc(WIDE, 8, 5, object);
			records[n++] = record_write(object, 0, &serials[i], 8);
			records[n++] = record_weaken(object, weak);
			records[n++] = record_store(swapper->table, i % PLACES, weak);
			records[n++] = record_close(weak);
			if (i < BATCH - PLACES)
				records[n++] = record_close(object);
			records[n++] = record_alloc(WIDE, 8, 6, decoy);
			records[n++] = record_close(decoy);
		}
		swapper->ret = raw_batch_all(swapper->fd, records, n);
		swapper->rounds++;
	}
	return NULL;
}

/* Follow one object until it is gone: it is never another one. */
static int follow(struct swapper *swapper, __u64 strong)
{
	__u64 weak, serial, again;
	int ret, i;

	ret = raw_read(swapper->fd, strong, 0, &serial, 8) ?:
	      raw_weaken(swapper->fd, strong, &weak) ?: raw_close(swapper->fd, strong);
	if (!ret && !serial)
		return -EUCLEAN;
	/* Now and then it is held by this alone, and what is closed here is the last. */
	for (i = 0; !ret && i < 4; i++) {
		ret = raw_upgrade(swapper->fd, weak, &strong);
		if (ret || !strong)
			break;
		ret = raw_read(swapper->fd, strong, 0, &again, 8) ?:
		      (again == serial ? 0 : -EUCLEAN) ?: raw_close(swapper->fd, strong);
		swapper->rounds++;
	}
	return ret ?: raw_close(swapper->fd, weak);
}

/* Load one slot many times in a row, while what it refers to changes. */
static int load_often(struct swapper *swapper)
{
	struct mheap_record records[LOADS];
	__u32 slot = random_below(&swapper->seed, PLACES);
	__u64 handle, serial;
	unsigned int i;
	int ret;

	for (i = 0; i < LOADS; i++)
		records[i] = record_load(swapper->table, slot, 0);
	ret = raw_batch_all(swapper->fd, records, LOADS);
	for (i = 0; !ret && i < LOADS; i++) {
		handle = ((struct mheap_load *)&records[i])->handle;
		if (!handle)
			continue;
		ret = raw_read(swapper->fd, handle, 0, &serial, 8) ?:
		      (serial ? 0 : -EUCLEAN) ?: raw_close(swapper->fd, handle);
		swapper->rounds++;
	}
	return ret;
}

static void *look(void *arg)
{
	struct swapper *swapper = arg;
	__u64 strong;

	while (!*swapper->stop && !swapper->ret) {
		if (random_below(&swapper->seed, 2)) {
			swapper->ret = load_often(swapper);
			continue;
		}
		swapper->ret = raw_load(swapper->fd, swapper->table,
					random_below(&swapper->seed, PLACES), &strong);
		if (!swapper->ret && strong)
			swapper->ret = follow(swapper, strong);
	}
	return NULL;
}

TEST_F_TIMEOUT(weakrace, an_upgrade_is_what_was_weakened_or_null, LONG_TEST)
{
	enum { THREADS = 4 };
	struct swapper swappers[THREADS] = {};
	volatile bool stop = false;
	__u64 table = ALLOC(self->fd, PLACES, 0, 1);
	pthread_t threads[THREADS];
	unsigned int i;

	ASSERT_EQ(0, raw_root_set(self->fd, "table", table));
	for (i = 0; i < THREADS; i++) {
		swappers[i].stop = &stop;
		swappers[i].seed = self->seed + i;
		swappers[i].fd = raw_joined(self->heap_fd);
		ASSERT_LE(0, swappers[i].fd);
		ASSERT_EQ(0, raw_root_get(swappers[i].fd, "table", &swappers[i].table));
		ASSERT_EQ(0, pthread_create(&threads[i], NULL, i & 1 ? swap : look, &swappers[i]));
	}
	/* As long as it takes, and a collection now and then. */
	for (i = 0; i < 20; i++) {
		ASSERT_TRUE(EVENTUALLY(swappers[1].ret ||
				       swappers[1].rounds > i * self->steps / 40));
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	ASSERT_TRUE(EVENTUALLY(swappers[0].ret || swappers[0].rounds));
	stop = true;
	for (i = 0; i < THREADS; i++) {
		ASSERT_EQ(0, pthread_join(threads[i], NULL));
		EXPECT_EQ(0, swappers[i].ret);
		close(swappers[i].fd);
	}
	TH_LOG("%llu upgrades", (unsigned long long)(swappers[0].rounds + swappers[2].rounds));
	ASSERT_EQ(0, raw_root_set(self->fd, "table", 0));
	EXPECT_TRUE(heap_alone(self->fd));
	CLOSE(self->fd, table);
	EXPECT_SETTLED();
}

TEST_HARNESS_MAIN
