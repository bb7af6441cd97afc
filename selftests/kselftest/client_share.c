// SPDX-License-Identifier: GPL-2.0
/* Steps of a client that pass objects on, refer to them weakly, and map them. */
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>

#include "client_steps.h"

/* What clients send each other: inherited by all of them, and drained at the end. */
static int post[2] = { -1, -1 };

int client_share_begin(void)
{
	unsigned int i;

	if (socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, post))
		return -errno;
	for (i = 0; i < 2; i++)
		fcntl(post[i], F_SETFD, FD_CLOEXEC);
	return 0;
}

void client_share_end(void)
{
	close(post[0]);
	close(post[1]);
	post[0] = -1;
	post[1] = -1;
}

static int step_send(struct client *client)
{
	__u64 own = client_any_own(client);
	int fd;

	if (!own)
		return 0;
	fd = raw_object_export(client->fd, own, MHEAP_RIGHTS_HANDLE);
	MUST(fd < 0 ? fd : 0);
	/* When nobody has read for long there is no room: it is lost, and let go. */
	send_fd(post[0], fd);
	close(fd);
	return 0;
}

static int step_receive(struct client *client)
{
	int fd = receive_fd(post[1]);
	__u64 handle;

	if (fd < 0)
		return 0;
	MUST(raw_object_import(client->fd, fd, 0, &handle));
	close(fd);
	MUST(client_check_stamp(client, handle));
	return client_keep(client, handle);
}

/* One of the places for weak handles; what was there is closed. */
static int keep_weak(struct client *client, __u64 weak)
{
	__u64 *place = &client->weak[random_below(&client->seed, CLIENT_WEAK)];

	if (*place)
		MUST(raw_close(client->fd, *place));
	*place = weak;
	return 0;
}

static int step_weaken(struct client *client)
{
	__u64 own = client_any_own(client), weak;
	int ret;

	if (!own)
		return 0;
	ret = raw_weaken(client->fd, own, &weak);
	if (ret == -EDQUOT)
		return 0;
	MUST(ret);
	return keep_weak(client, weak);
}

static int step_upgrade(struct client *client)
{
	unsigned int at = random_below(&client->seed, CLIENT_WEAK);
	__u64 handle;

	if (!client->weak[at])
		return 0;
	MUST(raw_upgrade(client->fd, client->weak[at], &handle));
	/* Null once is null for ever. */
	if (!handle)
		client->gone[at] = client->weak[at];
	if (!handle)
		return 0;
	MUST(client->gone[at] == client->weak[at] ? -EUCLEAN : 0);
	MUST(client_check_stamp(client, handle));
	return client_keep(client, handle);
}

static int step_store_weak(struct client *client)
{
	__u64 weak = client->weak[random_below(&client->seed, CLIENT_WEAK)];
	__u64 own = client_any_own(client);

	if (weak && own)
		MUST(raw_store(client->fd, own, random_below(&client->seed, CLIENT_SLOTS), weak));
	return 0;
}

/* The stamp, as it is found by pointer. */
static int step_look(struct client *client)
{
	__u64 own = client_any_own(client);
	const struct stamp *stamp;
	struct mheap_heap_stat heap;
	struct mheap_stat stat;

	if (!own)
		return 0;
	if (!client->window) {
		MUST(raw_heap_stat(client->fd, &heap));
		client->window = mmap(NULL, heap.out_window_bytes, PROT_READ, MAP_SHARED,
				      client->fd, 0);
		client->window_bytes = heap.out_window_bytes;
		MUST(client->window == MAP_FAILED ? -errno : 0);
	}
	MUST(raw_stat(client->fd, own, &stat));
	stamp = (const void *)(client->window + stat.out_offset);
	MUST(stamp->value != ~stamp->inverse ? -EUCLEAN : 0);
	return 0;
}

static int step_watch(struct client *client)
{
	__u64 weak = client->weak[random_below(&client->seed, CLIENT_WEAK)];
	struct mheap_events events = {
		.size = sizeof(events), .kinds = MHEAP_EVENT_KINDS, .capacity = 16,
		.event_size = sizeof(struct mheap_event),
	};
	struct mheap_watch watch = { .size = sizeof(watch), .handle = weak };
	struct mheap_event event[16];
	int ret;

	if (!client->queue) {
		MUST(raw_call(client->fd, MHEAP_EVENTS, &events));
		client->queue = events.out_fd;
		fcntl(client->queue, F_SETFL, O_NONBLOCK);
	}
	if (weak) {
		watch.events_fd = client->queue;
		ret = raw_call(client->fd, MHEAP_WATCH, &watch);
		MUST(ret == -ENOSPC || ret == -EMLINK ? 0 : ret);
	}
	ret = read(client->queue, event, sizeof(event));
	MUST(ret < 0 && errno != EAGAIN ? -errno : 0);
	if (random_below(&client->seed, 16))
		return 0;
	close(client->queue);
	client->queue = 0;
	return 0;
}

int client_step_share(struct client *client)
{
	switch (random_below(&client->seed, 8)) {
	case 0:
		return step_send(client);
	case 1:
		return step_receive(client);
	case 2:
		return step_weaken(client);
	case 3:
	case 4:
		return step_upgrade(client);
	case 5:
		return step_store_weak(client);
	case 6:
		return step_watch(client);
	default:
		return step_look(client);
	}
}
