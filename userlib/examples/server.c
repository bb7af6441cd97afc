// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * server SOCKET: serves clients that share objects with it. A client gets the heap; it
 * sends letters, which are objects, and the server writes an answer into each, by
 * pointer, and links it with the one before, both ways: so what a client leaves behind,
 * however it ends, is a chain of cycles. Ends when SIGTERM comes, and tells what the
 * heap has then.
 */
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <mheap.h>

#define CLIENTS_MAX	64
#define CLIENT_RIGHTS	(MH_RIGHTS_HANDLE | MH_RIGHT_MAP)

struct client {
	int socket;
	mh_t last;		/* its last letter */
	uint64_t letters;
};

struct server {
	struct mh_session *session;
	struct mh_window window;
	int epoll, listener, events, signals, heap;
	struct client clients[CLIENTS_MAX];
	uint64_t letters, gone;
};

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "server: %s\n", mh_explain(err));
	exit(1);
}

static void check_errno(int ret, const char *what)
{
	if (ret >= 0)
		return;
	perror(what);
	exit(1);
}

static void look_at(struct server *server, int fd, void *what)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = what };

	check_errno(epoll_ctl(server->epoll, EPOLL_CTL_ADD, fd, &event), "epoll_ctl");
}

static void listen_at(struct server *server, const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	unlink(path);
	server->listener = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	check_errno(server->listener, "socket");
	check_errno(bind(server->listener, (struct sockaddr *)&address, sizeof(address)), path);
	check_errno(listen(server->listener, CLIENTS_MAX), "listen");
}

static void begin(struct server *server, const char *path)
{
	sigset_t mask;

	sigemptyset(&mask);
	sigaddset(&mask, SIGTERM);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	signal(SIGPIPE, SIG_IGN);
	check(mh_session_create(NULL, &server->session));
	check(mh_map(server->session, MH_RIGHT_READ | MH_RIGHT_WRITE, &server->window));
	check(mh_session_export(server->session, CLIENT_RIGHTS, &server->heap));
	check(mh_events_open(server->session, 1U << MH_EVENT_GONE, 0, &server->events));
	check_errno(fcntl(server->events, F_SETFL, O_NONBLOCK), "fcntl");
	listen_at(server, path);
	server->signals = signalfd(-1, &mask, SFD_CLOEXEC);
	server->epoll = epoll_create1(EPOLL_CLOEXEC);
	check_errno(server->epoll, "epoll_create1");
	look_at(server, server->listener, &server->listener);
	look_at(server, server->events, &server->events);
	look_at(server, server->signals, &server->signals);
}

static void forget(struct server *server, struct client *client)
{
	/* Its letters hold each other: a collection takes them. */
	if (client->last)
		check(mh_close(server->session, client->last));
	close(client->socket);
	printf("a client is gone after %" PRIu64 " letters\n", client->letters);
	memset(client, 0, sizeof(*client));
}

static void welcome(struct server *server)
{
	int socket = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
	struct client *client;

	if (socket < 0)
		return;
	for (client = server->clients; client < server->clients + CLIENTS_MAX; client++) {
		if (client->socket)
			continue;
		client->socket = socket;
		look_at(server, socket, client);
		/* It may be gone already: then it is found to be. */
		if (mh_send_fd(socket, server->heap))
			forget(server, client);
		return;
	}
	close(socket);
}

static void answer(struct server *server, mh_t letter)
{
	struct mh_object_info info;
	char *text, *end;

	check(mh_stat(server->session, letter, &info));
	text = mh_payload(&server->window, info.offset);
	for (end = text + info.payload_bytes; text < end; text++)
		*text = (char)toupper((unsigned char)*text);
}

/* Links the letter with the one before. Returns whether it is fit for that. */
static int keep(struct server *server, struct client *client, mh_t letter)
{
	struct mh_session *s = server->session;

	if (client->last) {
		if (mh_store(s, letter, 0, client->last) || mh_store(s, client->last, 1, letter)) {
			check(mh_close(s, letter));
			return 0;
		}
		check(mh_close(s, client->last));
	}
	client->last = letter;
	client->letters++;
	server->letters++;
	return 1;
}

/* Lets the server be told when the letter is gone, if there is room for one more. */
static void watch(struct server *server, mh_t letter)
{
	mh_t weak;
	int err;

	check(mh_weaken(server->session, letter, &weak));
	err = mh_watch(server->session, server->events, weak, letter);
	if (err != -ENOSPC)
		check(err);
	check(mh_close(server->session, weak));
}

static void serve(struct server *server, struct client *client)
{
	mh_t letter;

	if (mh_recv_object(client->socket, server->session, &letter)) {
		forget(server, client);
		return;
	}
	answer(server, letter);
	watch(server, letter);
	if (!keep(server, client, letter) || send(client->socket, "", 1, 0) != 1)
		forget(server, client);
}

static void read_events(struct server *server)
{
	struct mh_event events[64];
	uint32_t count;

	if (mh_events_read(server->events, events, 64, &count))
		return;
	server->gone += count;
}

static int end(struct server *server)
{
	struct mh_heap_info info;
	struct client *client;

	for (client = server->clients; client < server->clients + CLIENTS_MAX; client++)
		if (client->socket)
			forget(server, client);
	/* Clients that have not found it out yet still have their last letter. */
	do {
		usleep(10000);
		check(mh_heap_stat(server->session, &info));
	} while (info.sessions > 1);
	check(mh_collect_wait(server->session, NULL));
	check(mh_heap_stat(server->session, &info));
	read_events(server);
	printf("%" PRIu64 " letters, %" PRIu64 " seen to go, %" PRIu64 " objects left\n",
	       server->letters, server->gone, info.objects);
	return info.objects ? 1 : 0;
}

int main(int argc, char **argv)
{
	static struct server server;
	struct epoll_event events[16];
	int count, i;

	if (argc != 2) {
		fprintf(stderr, "usage: server SOCKET\n");
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	begin(&server, argv[1]);
	printf("serving at %s\n", argv[1]);
	for (;;) {
		count = epoll_wait(server.epoll, events, 16, -1);
		for (i = 0; i < count; i++) {
			void *what = events[i].data.ptr;

			if (what == &server.signals)
				return end(&server);
			if (what == &server.listener)
				welcome(&server);
			else if (what == &server.events)
				read_events(&server);
			else if (((struct client *)what)->socket)
				serve(&server, what);
		}
	}
}
