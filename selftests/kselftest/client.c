// SPDX-License-Identifier: GPL-2.0
/* A client that does random things; see client.h. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "client_steps.h"

#define STAMPED 0x57000000U	/* in the type of what carries a stamp */
#define TABLE 0x7ab1eU		/* the type of the shared table */

static __u32 stamp_type(__u64 value)
{
	return STAMPED | ((value ^ value >> 29) & 0xffffff);
}

int client_make_shared(int fd)
{
	__u64 table;

	return client_share_begin() ?:
	       raw_alloc(fd, CLIENT_SHARED, 0, TABLE, &table) ?:
	       raw_root_set(fd, "shared", table) ?: raw_close(fd, table);
}

int client_join(struct client *client, int heap_fd, __u64 seed)
{
	memset(client, 0, sizeof(*client));
	client->seed = seed * 2 + 1;
	client->fd = raw_joined(heap_fd);
	if (client->fd < 0)
		return client->fd;
	return raw_root_get(client->fd, "shared", &client->shared);
}

void client_end_shared(void)
{
	client_share_end();
}

void client_leave(struct client *client)
{
	if (client->window)
		munmap(client->window, client->window_bytes);
	if (client->queue)
		close(client->queue);
	close(client->fd);
}

int client_check_stamp(struct client *client, __u64 handle)
{
	struct mheap_stat stat;
	struct stamp stamp;

	MUST(raw_stat(client->fd, handle, &stat));
	MUST(raw_read(client->fd, handle, 0, &stamp, sizeof(stamp)));
	MUST(stamp.value != ~stamp.inverse ? -EUCLEAN : 0);
	MUST(stat.out_type != stamp_type(stamp.value) ? -EUCLEAN : 0);
	MUST(stat.out_slots != CLIENT_SLOTS ? -EUCLEAN : 0);
	return 0;
}

/* Put a handle in one of the places for own ones; close what was there. */
int client_keep(struct client *client, __u64 handle)
{
	__u64 *place = &client->own[random_below(&client->seed, CLIENT_OWN)];

	if (*place)
		MUST(raw_close(client->fd, *place));
	*place = handle;
	return 0;
}

__u64 client_any_own(struct client *client)
{
	unsigned int i, at = random_below(&client->seed, CLIENT_OWN);

	for (i = 0; i < CLIENT_OWN; i++)
		if (client->own[(at + i) % CLIENT_OWN])
			return client->own[(at + i) % CLIENT_OWN];
	return 0;
}

/* At a limit: let go of things. */
static int make_room(struct client *client)
{
	unsigned int i;

	for (i = 0; i < CLIENT_OWN; i++) {
		if (client->own[i])
			MUST(raw_close(client->fd, client->own[i]));
		client->own[i] = 0;
	}
	for (i = 0; i < 8; i++)
		MUST(raw_store(client->fd, client->shared,
			       random_below(&client->seed, CLIENT_SHARED), 0));
	return 0;
}

static int step_alloc(struct client *client)
{
	__u64 value = random_next(&client->seed), handle;
	struct stamp stamp = { value, ~value };
	__u32 length = random_below(&client->seed, 50) ? 16 + value % 200 : 16 + value % 100000;
	int ret = raw_alloc(client->fd, CLIENT_SLOTS, length, stamp_type(value), &handle);

	if (ret == -EDQUOT)
		return make_room(client);
	MUST(ret);
	MUST(raw_write(client->fd, handle, 0, &stamp, sizeof(stamp)));
	return client_keep(client, handle);
}

/* Allocate, stamp, link and publish some in one batch, with chosen handles. */
static int step_batch(struct client *client)
{
	struct mheap_record records[CLIENT_CHOSEN * 5];
	struct stamp stamps[CLIENT_CHOSEN];
	unsigned int i, n = 0, count = 1 + random_below(&client->seed, CLIENT_CHOSEN);
	__u64 handles[CLIENT_CHOSEN];
	__u32 done = 0;
	int error = 0;

	for (i = 0; i < count; i++) {
		handles[i] = chosen_handle(i, client->generation[i] + 1);
		stamps[i].value = random_next(&client->seed);
		stamps[i].inverse = ~stamps[i].value;
		records[n++] = record_alloc(CLIENT_SLOTS, sizeof(struct stamp),
					    stamp_type(stamps[i].value), handles[i]);
		records[n++] = record_write(handles[i], 0, &stamps[i], sizeof(stamps[i]));
		if (i)
			records[n++] = record_store(handles[i], 0, handles[i - 1]);
	}
	/* Every other time the chain is a ring. */
	if (random_below(&client->seed, 2))
		records[n++] = record_store(handles[0], 0, handles[count - 1]);
	records[n++] = record_store(client->shared, random_below(&client->seed, CLIENT_SHARED),
				    handles[count - 1]);
	for (i = 0; i < count; i++)
		records[n++] = record_close(handles[i]);

	MUST(raw_batch(client->fd, records, n, &done, &error));
	if (!error) {
		MUST(done == n ? 0 : -EIO);
		for (i = 0; i < count; i++)
			client->generation[i]++;
		return 0;
	}
	MUST(error == -EDQUOT ? 0 : error);
	for (i = 0; i < count; i++)
		if (!raw_close(client->fd, handles[i]))
			client->generation[i]++;
	return make_room(client);
}

static int step_load(struct client *client, __u64 from, __u32 index)
{
	__u64 handle;

	MUST(raw_load(client->fd, from, index, &handle));
	if (!handle)
		return 0;
	MUST(client_check_stamp(client, handle));
	return client_keep(client, handle);
}

static int step_exchange(struct client *client)
{
	__u64 old;

	MUST(raw_exchange(client->fd, client->shared,
			  random_below(&client->seed, CLIENT_SHARED), client_any_own(client),
			  &old));
	if (!old)
		return 0;
	MUST(client_check_stamp(client, old));
	return client_keep(client, old);
}

static int step_compare_exchange(struct client *client)
{
	__u32 index = random_below(&client->seed, CLIENT_SHARED);
	__u64 old;
	int ret;

	MUST(raw_load(client->fd, client->shared, index, &old));
	ret = raw_compare_exchange(client->fd, client->shared, index, old, client_any_own(client));
	MUST(ret == -EAGAIN ? 0 : ret);
	if (old)
		MUST(raw_close(client->fd, old));
	return 0;
}

static int step_root(struct client *client)
{
	__u64 handle = client_any_own(client), old;
	char name[8];
	int ret;

	snprintf(name, sizeof(name), "r%u", random_below(&client->seed, 6));
	switch (random_below(&client->seed, 4)) {
	case 0:
		ret = raw_root_set(client->fd, name, handle);
		MUST(ret == -ENOENT && !handle ? 0 : ret);
		return 0;
	case 1:
		ret = raw_root_set(client->fd, name, 0);
		MUST(ret == -ENOENT ? 0 : ret);
		return 0;
	case 2:
		ret = raw_root_get(client->fd, name, &old);
		if (ret == -ENOENT)
			return 0;
		break;
	default:
		ret = raw_root_exchange(client->fd, name, handle, &old);
		if (!ret && !old)
			return 0;
	}
	MUST(ret);
	MUST(client_check_stamp(client, old));
	return client_keep(client, old);
}

static int step_other(struct client *client)
{
	static __thread struct mheap_walk_entry entries[64];
	__u64 handle = client_any_own(client), cursor = 0, objects[CLIENT_SLOTS], collection;
	__u32 written;

	switch (random_below(&client->seed, 8)) {
	case 0:
		MUST(raw_collect(client->fd));
		return 0;
	case 1:
		MUST(raw_collect_start(client->fd, &collection));
		return 0;
	case 2:
		MUST(raw_walk(client->fd, &cursor, entries, 64, &written));
		return 0;
	case 3:
		MUST(make_room(client));
		return 0;
	default:
		if (handle)
			MUST(raw_slot_list(client->fd, handle, &cursor, objects,
					   CLIENT_SLOTS, &written));
		return 0;
	}
}

int client_step(struct client *client)
{
	__u64 from = client_any_own(client), handle;

	client->steps++;
	switch (random_below(&client->seed, 40)) {
	case 32 ... 39:
		return client_step_share(client);
	case 0 ... 5:
		return step_alloc(client);
	case 6 ... 9:
		return step_batch(client);
	case 10 ... 14:
		return step_load(client, client->shared,
				 random_below(&client->seed, CLIENT_SHARED));
	case 15 ... 18:
		if (from)
			return step_load(client, from, random_below(&client->seed, CLIENT_SLOTS));
		return 0;
	case 19 ... 22:
		if (from)
			MUST(raw_store(client->fd, from,
				       random_below(&client->seed, CLIENT_SLOTS),
				       client_any_own(client)));
		return 0;
	case 23 ... 24:
		return step_exchange(client);
	case 25 ... 26:
		return step_compare_exchange(client);
	case 27 ... 28:
		return step_root(client);
	case 29 ... 30:
		if (from) {
			MUST(raw_dup(client->fd, from, &handle));
			return client_keep(client, handle);
		}
		return 0;
	default:
		return random_below(&client->seed, 4) ? 0 : step_other(client);
	}
}

int client_clear_shared(int fd)
{
	struct mheap_root_entry entries[16];
	__u64 cursor;
	__u32 written, i;
	int ret;

	do {
		cursor = 0;
		ret = raw_root_list(fd, &cursor, entries, 16, &written);
		for (i = 0; !ret && i < written; i++)
			ret = raw_root_set(fd, entries[i].name, 0);
	} while (!ret && written);
	return ret;
}

/* Depth first from the roots by handles; marks are the walk's numbers. */
struct search {
	int fd;
	__u64 *seen, *stack;
	size_t size, found, depth;
};

static bool search_add(struct search *search, __u64 object)
{
	size_t at = object * 0x9e3779b97f4a7c15ULL % search->size;

	while (search->seen[at] && search->seen[at] != object)
		at = (at + 1) % search->size;
	if (search->seen[at])
		return false;
	search->seen[at] = object;
	search->found++;
	return true;
}

static int search_visit(struct search *search, __u64 handle)
{
	struct client checker = { .fd = search->fd }, *client = &checker;
	struct mheap_stat stat;
	__u64 next;
	__u32 i;

	MUST(raw_stat(search->fd, handle, &stat));
	if (stat.out_type != TABLE)
		MUST(client_check_stamp(client, handle));
	for (i = 0; i < stat.out_slots; i++) {
		MUST(raw_load(search->fd, handle, i, &next));
		if (!next)
			continue;
		MUST(raw_stat(search->fd, next, &stat));
		if (search_add(search, stat.out_object))
			search->stack[search->depth++] = next;
		else
			MUST(raw_close(search->fd, next));
		MUST(raw_stat(search->fd, handle, &stat));
	}
	MUST(raw_close(search->fd, handle));
	return 0;
}

int client_check_all(int fd, long *reachable)
{
	struct search search = { .fd = fd, .size = 4 * heap_objects(fd) + 64 };
	struct mheap_root_entry entries[64];
	__u64 cursor = 0, handle;
	__u32 written, i;
	int ret;

	search.seen = calloc(search.size, sizeof(__u64));
	search.stack = calloc(search.size, sizeof(__u64));
	ret = search.seen && search.stack ? 0 : -ENOMEM;
	while (!ret && cursor != DONE) {
		ret = raw_root_list(fd, &cursor, entries, 64, &written);
		for (i = 0; !ret && i < written; i++) {
			if (!search_add(&search, entries[i].object))
				continue;
			ret = raw_root_get(fd, entries[i].name, &handle);
			search.stack[search.depth++] = handle;
		}
	}
	while (!ret && search.depth)
		ret = search_visit(&search, search.stack[--search.depth]);
	free(search.seen);
	free(search.stack);
	*reachable = search.found;
	return ret;
}

pid_t client_fork(int heap_fd, __u64 seed)
{
	struct client client;
	pid_t child = fork();

	if (child)
		return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (client_join(&client, heap_fd, seed))
		_exit(1);
	while (!client_step(&client))
		;
	fprintf(stderr, "# child with seed %llu failed at client.c:%d\n",
		(unsigned long long)seed, client.line);
	_exit(2);
}
