// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * client SOCKET [COUNT]: sends letters to the server and reads what it wrote into them,
 * so many times, or for ever. A letter is an object of the server's heap that is passed as
 * a descriptor.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <mheap.h>

#define TEXT_BYTES	64

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "client: %s\n", mh_explain(err));
	exit(1);
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s", path);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror(path);
		exit(1);
	}
	return fd;
}

/* Returns whether the server answered. */
static int write_letter(struct mh_session *s, const struct mh_window *window, int server,
			uint64_t number)
{
	char expected[TEXT_BYTES];
	uint64_t offset;
	char *text, reply;
	mh_t letter;
	int err;

	check(mh_alloc_offset(s, 2, TEXT_BYTES, 0, &letter, &offset));
	text = mh_payload(window, offset);
	snprintf(text, TEXT_BYTES, "letter %" PRIu64 " of %d", number, (int)getpid());
	/* Who is to link it with others must have all rights that it can have. */
	err = mh_send_object(server, s, letter, MH_RIGHTS_HANDLE);
	if (err || recv(server, &reply, 1, 0) != 1)
		return 0;
	snprintf(expected, sizeof(expected), "LETTER %" PRIu64 " OF %d", number, (int)getpid());
	if (strcmp(text, expected)) {
		fprintf(stderr, "client: the answer is %s\n", text);
		exit(3);
	}
	check(mh_close(s, letter));
	return 1;
}

int main(int argc, char **argv)
{
	uint64_t count, i;

	mh_auto_session struct mh_session *s = NULL;
	mh_auto_window struct mh_window window = MH_NO_WINDOW;
	mh_auto_fd int server = -1;
	mh_auto_fd int heap = -1;

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: client SOCKET [COUNT]\n");
		return 2;
	}
	count = argc > 2 ? strtoull(argv[2], NULL, 0) : 0;
	server = connect_to(argv[1]);
	check(mh_recv_fd(server, &heap));
	check(mh_session_join(heap, NULL, &s));
	check(mh_map(s, MH_RIGHT_READ | MH_RIGHT_WRITE, &window));
	printf("in the heap\n");
	fflush(stdout);
	for (i = 0; !count || i < count; i++)
		if (!write_letter(s, &window, server, i))
			break;
	printf("%" PRIu64 " letters were answered\n", i);
	return 0;
}
