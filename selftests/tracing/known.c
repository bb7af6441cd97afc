// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * known: does what is known, for the scripts of Documentation/tracing to tell, and says
 * which heap, process and object it did it with:
 *
 *	ten objects of 1000 bytes at one line, which are kept;
 *	twenty of 64 bytes at another, each closed at once;
 *	seven in a ring, at a third, that a collection takes;
 *	thirty-one stores, to one object, of which one is of null;
 *	an object too many, which the heap's limit refuses;
 *	three calls of a number that no command has.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <mheap.h>

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "known: %s\n", mh_explain(err));
	exit(1);
}

static mh_t keep(struct mh_session *session)
{
	mh_t handle, first = 0;

	for (int i = 0; i < 10; i++) {
		check(mh_alloc(session, 4, 1000, 1, &handle));
		first = first ? first : handle;
	}
	return first;
}

static void drop(struct mh_session *session)
{
	mh_t handle;

	for (int i = 0; i < 20; i++) {
		check(mh_alloc(session, 0, 64, 2, &handle));
		check(mh_close(session, handle));
	}
}

static void ring(struct mh_session *session)
{
	mh_t handles[7];

	for (int i = 0; i < 7; i++)
		check(mh_alloc(session, 1, 0, 3, &handles[i]));
	for (int i = 0; i < 7; i++)
		check(mh_store(session, handles[i], 0, handles[(i + 1) % 7]));
	for (int i = 0; i < 7; i++)
		check(mh_close(session, handles[i]));
	check(mh_collect_wait(session, NULL));
}

int main(void)
{
	const struct mh_session_options options = {
		.max_objects = 17, .suspect_age_ms = 3600000, .suspect_min = 1000,
	};
	mh_auto_session struct mh_session *session = NULL;
	struct mh_object_info info;
	mh_t hub, none;

	check(mh_session_create(&options, &session));
	hub = keep(session);
	drop(session);
	ring(session);
	for (unsigned int i = 0; i < 30; i++)
		check(mh_store(session, hub, i % 4, hub));
	check(mh_store(session, hub, 0, 0));
	for (int i = 0; i < 7; i++)
		check(mh_alloc(session, 0, 0, 4, &none));
	if (!mh_alloc(session, 0, 0, 4, &none))
		return 1;
	for (int i = 0; i < 3; i++)
		if (!ioctl(mh_session_fd(session), _IO(0xb9, 0xff)))
			return 1;
	check(mh_stat(session, hub, &info));
	printf("heap=%llu pid=%d hub=%u\n", (unsigned long long)mh_session_heap(session),
	       getpid(), (unsigned int)info.object);
	return 0;
}
