// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * A tour: payloads as memory, an object that is passed to another process, use of
 * an object again in its place, weak references, and events.
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

#include <mheap.h>

#define TEXT_BYTES	32
#define LETTER_COOKIE	1
#define CYCLE_COOKIE	2

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "tour: %s\n", mh_explain(err));
	exit(1);
}

static void say(const char *what, const char *text)
{
	printf("%-28s %s\n", what, text);
	fflush(stdout);
}

/*
 * The heap lets the child see all payloads, and do nothing else; the letter is the
 * only object that it gets a handle to.
 */
static void pass_letter(struct mh_session *s, int socket, mh_t letter)
{
	mh_auto_fd int heap_fd = -1;
	const uint32_t rights = MH_RIGHT_READ | MH_RIGHT_WRITE;

	check(mh_session_export(s, rights | MH_RIGHT_MAP, &heap_fd));
	check(mh_send_fd(socket, heap_fd));
	check(mh_send_object(socket, s, letter, rights));
}

static const char *words_for(const struct mh_event *event)
{
	static char words[64];

	switch (event->kind) {
	case MH_EVENT_GONE:
		snprintf(words, sizeof(words), "watch %" PRIu64 ": gone, %s", event->cookie,
			 event->cause == MH_GONE_COUNT ? "because nothing refers to it" :
							 "with its cycle");
		return words;
	case MH_EVENT_COLLECTION:
		snprintf(words, sizeof(words), "collection %" PRIu64 ": freed %" PRIu64,
			 event->value, event->cookie);
		return words;
	default:
		return "another";
	}
}

/* Tell of the events up to the one that carries @cookie. */
static void tell_events(int events_fd, uint64_t cookie)
{
	struct mh_event events[8];
	uint32_t count;

	for (;;) {
		check(mh_events_read(events_fd, events, 8, &count));
		for (uint32_t i = 0; i < count; i++)
			say("  event,", words_for(&events[i]));
		for (uint32_t i = 0; i < count; i++)
			if (events[i].kind == MH_EVENT_GONE && events[i].cookie == cookie)
				return;
		if (!count)
			return;
	}
}

static mh_t weak_and_watched(struct mh_session *s, int events_fd, mh_t object, uint64_t cookie)
{
	mh_t weak;

	check(mh_weaken(s, object, &weak));
	check(mh_watch(s, events_fd, weak, cookie));
	return weak;
}

static const char *is_alive(struct mh_session *s, mh_t weak)
{
	mh_t handle;

	check(mh_upgrade(s, weak, &handle));
	if (!handle)
		return "gone";
	check(mh_close(s, handle));
	return "alive";
}

static void tour_of_letter(struct mh_session *s, int socket, int events_fd)
{
	mh_auto_window struct mh_window window = MH_NO_WINDOW;
	uint64_t offset;
	mh_t letter, weak;
	char *text;

	check(mh_map(s, MH_RIGHT_READ | MH_RIGHT_WRITE, &window));
	check(mh_alloc_offset(s, 0, TEXT_BYTES, 0, &letter, &offset));
	text = mh_payload(&window, offset);
	snprintf(text, TEXT_BYTES, "hello, child");
	say("a letter is written:", text);

	pass_letter(s, socket, letter);
	wait(NULL);
	say("the parent finds in it:", text);

	check(mh_object_reset(s, letter));
	say("reset, it is as new:", *text ? text : "(empty)");

	weak = weak_and_watched(s, events_fd, letter, LETTER_COOKIE);
	say("with a handle it is", is_alive(s, weak));
	check(mh_close(s, letter));
	say("with a weak one only,", is_alive(s, weak));
	tell_events(events_fd, LETTER_COOKIE);
}

static void tour_of_cycle(struct mh_session *s, int events_fd)
{
	mh_t ping, pong, weak;

	check(mh_alloc(s, 1, 0, 0, &ping));
	check(mh_alloc(s, 1, 0, 0, &pong));
	check(mh_store(s, ping, 0, pong));
	check(mh_store(s, pong, 0, ping));
	weak = weak_and_watched(s, events_fd, ping, CYCLE_COOKIE);
	check(mh_close(s, ping));
	check(mh_close(s, pong));
	say("a cycle of two is", is_alive(s, weak));
	check(mh_collect_wait(s, NULL));
	say("after a collection it is", is_alive(s, weak));
	tell_events(events_fd, CYCLE_COOKIE);
}

/* Where the payload of an object is, for who did not allocate it. */
static char *text_of(struct mh_session *s, const struct mh_window *window, mh_t object)
{
	struct mh_object_info info;

	check(mh_stat(s, object, &info));
	return mh_payload(window, info.offset);
}

/* Joins the heap, reads what is in the letter, and writes an answer in its place. */
static int child(int socket)
{
	mh_auto_session struct mh_session *s = NULL;
	mh_auto_window struct mh_window window = MH_NO_WINDOW;
	mh_auto_fd int heap_fd = -1;
	mh_t letter;
	char *text;
	int err;

	err = mh_recv_fd(socket, &heap_fd);
	if (err == -ECONNRESET)
		return 1;	/* the parent has said why */
	check(err);
	check(mh_session_join(heap_fd, NULL, &s));
	check(mh_map(s, MH_RIGHT_READ | MH_RIGHT_WRITE, &window));
	check(mh_recv_object(socket, s, &letter));
	text = text_of(s, &window, letter);
	say("the child reads:", text);
	snprintf(text, TEXT_BYTES, "thank you");
	return 0;
}

int main(void)
{
	mh_auto_session struct mh_session *s = NULL;
	mh_auto_fd int events_fd = -1;
	int sockets[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET, 0, sockets)) {
		perror("tour: socketpair");
		return 1;
	}
	/* Before there is a heap, so that the child has nothing of it but what it is sent. */
	pid = fork();
	if (pid < 0) {
		perror("tour: fork");
		return 1;
	}
	if (!pid) {
		close(sockets[0]);
		return child(sockets[1]);
	}
	close(sockets[1]);

	check(mh_session_create(NULL, &s));
	check(mh_events_open(s, 1 << MH_EVENT_GONE | 1 << MH_EVENT_COLLECTION, 0, &events_fd));
	tour_of_letter(s, sockets[0], events_fd);
	tour_of_cycle(s, events_fd);
	close(sockets[0]);
	return 0;
}
