// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Two objects that refer to each other, shared with another process. Neither
 * of the processes frees anything: what nobody can reach any more goes by itself.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mheap.h>

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "hello: %s\n", mh_explain(err));
	exit(1);
}

static int child(int heap_fd)
{
	struct mh_session *s;
	mh_t ping, pong;
	char text[6];

	check(mh_session_join(heap_fd, NULL, &s));
	check(mh_root_get(s, "ping", &ping));
	check(mh_load(s, ping, 0, &pong));
	check(mh_read(s, pong, 0, text, sizeof(text)));
	printf("the child read: %s\n", text);
	mh_session_close(s);
	return 0;
}

int main(void)
{
	struct mh_session *s;
	mh_t ping, pong;
	int heap_fd, status;

	check(mh_session_create(NULL, &s));
	check(mh_alloc(s, 1, 0, 0, &ping));		/* one slot, no payload */
	check(mh_alloc(s, 1, 6, 0, &pong));		/* one slot, six bytes */
	check(mh_store(s, ping, 0, pong));
	check(mh_store(s, pong, 0, ping));		/* a cycle */
	check(mh_write(s, pong, 0, "hello", 6));
	check(mh_root_set(s, "ping", ping));
	check(mh_session_export(s, MH_RIGHT_READ, &heap_fd));

	if (fork() == 0)
		return child(heap_fd);
	wait(&status);
	mh_session_close(s);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
