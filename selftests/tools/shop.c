// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * shop SEED OBJECTS: makes a heap with a graph of orders, customers and items at
 * random, tells its number and those of a few objects on standard output, and stays
 * until its standard input ends.
 *
 * Among it: a root "shop"; handles of this process to some objects, others are
 * reached from those, and some only from a session whose process is gone and whose
 * descriptor is on its way, in a socket; some from a session whose process is gone and
 * whose descriptor was received, and some from one that a child has inherited and that
 * was closed here; cycles that nothing holds; weak slots and a weak handle;
 * and an object with very many slots.
 */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mheap.h>

enum type { TYPE_SHOP = 1, TYPE_ORDER, TYPE_CUSTOMER, TYPE_ITEM, TYPE_PINNED, TYPE_PASSED };

#define SLOTS_MAX	6
#define WIDE_SLOTS	5000
#define PINNED		7
#define CYCLE		5

static uint64_t state;

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "shop: %s\n", mh_explain(err));
	exit(1);
}

static uint32_t below(uint32_t limit)
{
	state = state * 6364136223846793005ULL + 1442695040888963407ULL;
	return (uint32_t)((state >> 33) * limit >> 31);
}

static void name_types(struct mh_session *session)
{
	const char *const shop[] = { "best" };
	const char *const order[] = { "customer", "next", "items" };
	const char *const customer[] = { "last_order", NULL, "friend" };

	check(mh_type_set(session, TYPE_SHOP, "Shop", shop, 1));
	check(mh_type_set(session, TYPE_ORDER, "Order", order, 3));
	check(mh_type_set(session, TYPE_CUSTOMER, "Customer", customer, 3));
	check(mh_type_set(session, TYPE_PINNED, "Pinned", NULL, 0));
}

static mh_t make_object(struct mh_session *session)
{
	uint32_t payload = below(3) ? below(200) : 0;
	mh_t handle;

	switch (below(3)) {
	case 0:
		check(mh_alloc(session, SLOTS_MAX, payload, TYPE_ORDER, &handle));
		break;
	case 1:
		check(mh_alloc(session, SLOTS_MAX, payload, TYPE_CUSTOMER, &handle));
		break;
	default:
		check(mh_alloc(session, SLOTS_MAX, payload, TYPE_ITEM, &handle));
		break;
	}
	return handle;
}

static uint64_t number_of(struct mh_session *session, mh_t handle)
{
	struct mh_object_info info;

	check(mh_stat(session, handle, &info));
	return info.object;
}

/* A session of another process, which passes it on and is gone. */
static void make_passed(struct mh_session *session, uint32_t type, bool receive)
{
	int heap_fd, sockets[2], fd;
	pid_t pid;

	check(mh_session_export(session, MH_RIGHTS_ALL, &heap_fd));
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, sockets))
		exit(1);
	pid = fork();
	if (!pid) {
		struct mh_session *other;
		mh_t first, next;

		check(mh_session_join(heap_fd, NULL, &other));
		check(mh_alloc(other, 1, 100, type, &first));
		for (int i = 1; i < PINNED; i++) {
			check(mh_alloc(other, 1, 100, type, &next));
			check(mh_store(other, next, 0, first));
			check(mh_close(other, first));
			first = next;
		}
		check(mh_send_fd(sockets[1], mh_session_fd(other)));
		_exit(0);
	}
	waitpid(pid, NULL, 0);
	if (receive)
		check(mh_recv_fd(sockets[0], &fd));
	else
		printf("dead %d\n", pid);
	close(heap_fd);
}

/* A session that was opened here and that only a child has. */
static void make_inherited(struct mh_session *session)
{
	struct mh_session *other;
	int heap_fd, ends[2];
	mh_t handle;
	char byte;

	if (pipe(ends))
		exit(1);
	check(mh_session_export(session, MH_RIGHTS_ALL, &heap_fd));
	check(mh_session_join(heap_fd, NULL, &other));
	check(mh_alloc(other, 1, 100, TYPE_PASSED, &handle));
	if (!fork()) {
		close(ends[1]);
		_exit(read(ends[0], &byte, 1) != 0);
	}
	close(ends[0]);
	mh_session_close(other);
	close(heap_fd);
}

/* A ring that nothing holds any more. */
static void make_garbage(struct mh_session *session)
{
	mh_t ring[CYCLE];

	for (int i = 0; i < CYCLE; i++)
		check(mh_alloc(session, 2, 0, TYPE_ITEM, &ring[i]));
	for (int i = 0; i < CYCLE; i++)
		check(mh_store(session, ring[i], 1, ring[(i + 1) % CYCLE]));
	printf("garbage %llu\n", (unsigned long long)number_of(session, ring[0]));
	for (int i = 0; i < CYCLE; i++)
		check(mh_close(session, ring[i]));
}

static void join_up(struct mh_session *session, const mh_t *handles, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		for (uint32_t slot = 0; slot < SLOTS_MAX; slot++) {
			mh_t to = handles[below(count)];

			/* Mostly to those that came later, so that paths are long. */
			if (below(8))
				to = handles[i + below(count - i < 20 ? count - i : 20)];
			if (!below(3))
				continue;
			check(mh_store(session, handles[i], slot, to));
			if (!below(20)) {
				mh_t weak;

				check(mh_weaken(session, to, &weak));
				check(mh_store(session, handles[i], slot, weak));
				check(mh_close(session, weak));
			}
		}
}

static void make_wide(struct mh_session *session, const mh_t *handles, uint32_t count)
{
	mh_t wide;

	check(mh_alloc(session, WIDE_SLOTS, 0, TYPE_SHOP, &wide));
	for (uint32_t i = 0; i < 20; i++)
		check(mh_store(session, wide, i * (WIDE_SLOTS / 20), handles[below(count)]));
	check(mh_root_set(session, "shop", wide));
	printf("root %llu\n", (unsigned long long)number_of(session, wide));
	check(mh_close(session, wide));
}

int main(int argc, char **argv)
{
	const struct mh_session_options options = {
		.suspect_percent = 1000, .suspect_min = UINT32_MAX, .suspect_age_ms = 3600000,
		.local_objects = 1,
	};
	struct mh_session *session;
	uint32_t count;
	mh_t *handles, weak;
	char byte;

	if (argc != 3)
		return 2;
	state = strtoull(argv[1], NULL, 10) + 1;
	count = (uint32_t)strtoul(argv[2], NULL, 10);
	check(mh_session_create(&options, &session));
	name_types(session);
	handles = calloc(count, sizeof(*handles));
	for (uint32_t i = 0; i < count; i++)
		handles[i] = make_object(session);
	join_up(session, handles, count);
	make_wide(session, handles, count);
	make_garbage(session);
	make_passed(session, TYPE_PINNED, false);
	make_passed(session, TYPE_PASSED, true);
	make_inherited(session);
	printf("first %llu\n", (unsigned long long)number_of(session, handles[0]));
	printf("last %llu\n", (unsigned long long)number_of(session, handles[count - 1]));
	check(mh_weaken(session, handles[count - 1], &weak));
	for (uint32_t i = 3; i < count; i++)
		check(mh_close(session, handles[i]));
	printf("heap %llu\ndone\n", (unsigned long long)mh_session_heap(session));
	fflush(stdout);
	while (read(0, &byte, 1) == 1)
		;
	return 0;
}
