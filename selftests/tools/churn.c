// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * churn [SECONDS]: allocates at three lines, so that it is known what a profile of it
 * has to say. One keeps ten objects of 1 MiB each, one makes a hundred of 64 KiB and
 * lets go of each at once, and one, in a process of its own and a heap of its own,
 * keeps five without payload. Then, for so many seconds, the second goes on.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <mheap.h>

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "churn: %s\n", mh_explain(err));
	exit(1);
}

static void keep(struct mh_session *session)
{
	mh_t handle;

	for (int i = 0; i < 10; i++)
		check(mh_alloc(session, 2, 1 << 20, 1, &handle));	/* line: keep */
}

static void drop(struct mh_session *session, int count)
{
	mh_t handle;

	for (int i = 0; i < count; i++) {
		check(mh_alloc(session, 0, 1 << 16, 2, &handle));	/* line: drop */
		check(mh_close(session, handle));
	}
}

static void child(void)
{
	mh_auto_session struct mh_session *session = NULL;
	mh_t handle;

	check(mh_session_create(NULL, &session));
	for (int i = 0; i < 5; i++)
		check(mh_alloc(session, 1, 0, 3, &handle));		/* line: child */
}

int main(int argc, char **argv)
{
	mh_auto_session struct mh_session *session = NULL;
	time_t until = time(NULL) + (argc > 1 ? atoi(argv[1]) : 0);
	int status;
	pid_t pid;

	check(mh_session_create(NULL, &session));
	check(mh_type_set(session, 1, "Kept", (const char *const[]){ "left", "right" }, 2));
	check(mh_type_set(session, 2, "Dropped", NULL, 0));
	printf("heap %llu\n", (unsigned long long)mh_session_heap(session));
	fflush(stdout);
	keep(session);
	drop(session, 100);
	pid = fork();
	if (!pid) {
		child();
		_exit(7);
	}
	waitpid(pid, &status, 0);
	while (time(NULL) < until) {
		drop(session, 10);
		usleep(10000);
	}
	return WIFEXITED(status) && WEXITSTATUS(status) == 7 ? 3 : 1;
}
