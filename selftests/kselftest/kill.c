// SPDX-License-Identifier: GPL-2.0
/* Processes that are killed at any point; MHEAP_KILLS says how many. */
#include <pthread.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "client.h"
#include "mheap_harness.h"

#define CHILDREN 4

FIXTURE(kill)
{
	int fd, heap_fd;
	__u64 seed;
};

FIXTURE_SETUP(kill)
{
	struct mheap_create options = { .max_objects = 20000 };

	self->fd = NEW_HEAP(&options);
	self->heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	self->seed = env_number("MHEAP_SEED", 20240607) * 2 + 1;
	ASSERT_EQ(0, client_make_shared(self->fd));
}

FIXTURE_TEARDOWN(kill)
{
	close(self->heap_fd);
	close(self->fd);
}

static unsigned long kills_wanted(void)
{
	return env_number("MHEAP_KILLS", running_on_uml() ? 300 : 1000);
}

static void *thread_steps(void *arg)
{
	struct client client;
	__u64 *what = arg;

	if (client_join(&client, what[0], what[1]))
		_exit(1);
	while (!client_step(&client))
		;
	_exit(2);
}

/* The same, by three threads with a session each. */
static pid_t start_threads(int heap_fd, __u64 seed)
{
	static __u64 what[3][2];
	pid_t child = fork();
	pthread_t thread;
	unsigned int i;

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (i = 0; i < 3; i++) {
		what[i][0] = heap_fd;
		what[i][1] = seed + i;
		pthread_create(&thread, NULL, thread_steps, what[i]);
	}
	pause();
	_exit(3);
}

TEST_F_TIMEOUT(kill, children_die_at_random_points_and_survivors_go_on, LONG_TEST)
{
	unsigned long kills = kills_wanted(), i;
	struct client survivor;
	pid_t children[CHILDREN];
	int status, j;

	ASSERT_EQ(0, client_join(&survivor, self->heap_fd, self->seed));
	for (j = 0; j < CHILDREN; j++) {
		children[j] = client_fork(self->heap_fd, random_next(&self->seed));
		ASSERT_LT(0, children[j]);
	}
	for (i = 0; i < kills; i++) {
		pid_t *victim = &children[random_below(&self->seed, CHILDREN)];

		for (j = random_below(&self->seed, 10); j >= 0; j--) {
			ASSERT_EQ(0, client_step(&survivor)) {
				TH_LOG("survivor: client.c:%d", survivor.line);
			}
		}
		usleep(random_below(&self->seed, 1500));
		ASSERT_EQ(0, kill(*victim, SIGKILL));
		ASSERT_EQ(*victim, waitpid(*victim, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("kill %lu: a child ended by itself: %#x", i, status);
		}
		*victim = client_fork(self->heap_fd, random_next(&self->seed));
		ASSERT_LT(0, *victim);
	}
	for (j = 0; j < CHILDREN; j++) {
		kill(children[j], SIGKILL);
		ASSERT_EQ(children[j], waitpid(children[j], &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	client_leave(&survivor);
	EXPECT_CLIENTS_GONE(self->fd);
}

TEST_F_TIMEOUT(kill, processes_with_several_threads_die_as_well, LONG_TEST)
{
	unsigned long kills = kills_wanted() / 20 + 1, i;
	int status;

	for (i = 0; i < kills; i++) {
		pid_t child = start_threads(self->heap_fd, random_next(&self->seed));

		ASSERT_LT(0, child);
		usleep(random_below(&self->seed, 20000));
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		ASSERT_TRUE(WIFSIGNALED(status)) {
			TH_LOG("kill %lu: a child ended by itself: %#x", i, status);
		}
	}
	EXPECT_CLIENTS_GONE(self->fd);
}

TEST_F(kill, a_session_that_two_processes_have_open_lives_until_both_died)
{
	struct client client;
	pid_t child;
	int status;

	ASSERT_EQ(0, client_join(&client, self->heap_fd, 5));
	ALLOC(client.fd, 0, 0, 1);
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		pause();
		_exit(0);
	}
	client_leave(&client);
	EXPECT_EQ(2, HEAP_STAT(self->fd).out_sessions);
	EXPECT_EQ(2, heap_objects(self->fd));
	/* The child's copy of this fixture's session is no session of its own. */
	ASSERT_EQ(0, kill(child, SIGKILL));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	EXPECT_TRUE(EVENTUALLY(heap_objects(self->fd) == 1));
	EXPECT_CLIENTS_GONE(self->fd);
}

TEST_F(kill, a_waiter_for_a_collection_can_be_killed)
{
	int i, status;

	for (i = 0; i < 20; i++) {
		pid_t child = fork();

		ASSERT_LE(0, child);
		if (!child) {
			struct client client;

			if (client_join(&client, self->heap_fd, i))
				_exit(1);
			while (!raw_collect(client.fd))
				;
			_exit(2);
		}
		usleep(random_below(&self->seed, 3000));
		ASSERT_EQ(0, kill(child, SIGKILL));
		ASSERT_EQ(child, waitpid(child, &status, 0));
		EXPECT_TRUE(WIFSIGNALED(status));
	}
	EXPECT_CLIENTS_GONE(self->fd);
}

TEST_HARNESS_MAIN
