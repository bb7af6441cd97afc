// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * loader STATUS SOCKET: builds the graph of the installed packages in a heap,
 * gives the heap to whoever connects to SOCKET, and waits to be killed.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <mheap.h>

#include "package.h"
#include "status.h"

/* What the reader may do: all but changing payloads and giving the heap away. */
#define READER_RIGHTS	(MH_RIGHT_READ | MH_RIGHT_LINK | MH_RIGHT_COLLECT | MH_RIGHT_INSPECT)

static void check(int err)
{
	if (!err)
		return;
	fprintf(stderr, "loader: %s\n", mh_explain(err));
	exit(1);
}

/* One object for a package, with a slot for each package that it needs. */
static int add_package(struct mh_queue *queue, const struct package *package, mh_t *ret_handle)
{
	struct package_payload head = {
		.installed_size = package->installed_size,
		.name_length = (uint32_t)strlen(package->name),
		.version_length = (uint32_t)strlen(package->version),
	};
	uint32_t version_at = (uint32_t)sizeof(head) + head.name_length;
	mh_t handle;
	int err;

	err = mh_queue_alloc(queue, package->needs_count, version_at + head.version_length,
			     TYPE_PACKAGE, &handle);
	if (!err)
		err = mh_queue_write(queue, handle, 0, &head, sizeof(head));
	if (!err && head.name_length)
		err = mh_queue_write(queue, handle, sizeof(head), package->name,
				     head.name_length);
	if (!err && head.version_length)
		err = mh_queue_write(queue, handle, version_at, package->version,
				     head.version_length);
	if (!err)
		*ret_handle = handle;
	return err;
}

static int add_needs(struct mh_queue *queue, const struct package *package, mh_t handle,
		     const mh_t *handles)
{
	int err = 0;

	for (uint32_t i = 0; i < package->needs_count && !err; i++)
		err = mh_queue_store(queue, handle, i, handles[package->needs[i]]);
	return err;
}

/*
 * All operations go through a queue, so they reach the kernel hundreds at a time.
 * An object can be named as soon as it is queued: nobody waits for an answer.
 */
static int load(struct mh_session *session, const struct status *status,
		uint64_t *ret_operations)
{
	mh_auto_queue struct mh_queue *queue = NULL;
	mh_t *handles = calloc(status->count + 1UL, sizeof(*handles));
	mh_t index;
	int err;

	if (!handles)
		return -ENOMEM;
	err = mh_queue_create(session, 0, &queue);
	if (!err)
		err = mh_queue_alloc(queue, status->count, 0, TYPE_INDEX, &index);
	for (uint32_t i = 0; i < status->count && !err; i++) {
		err = add_package(queue, &status->packages[i], &handles[i]);
		if (!err)
			err = mh_queue_store(queue, index, i, handles[i]);
	}
	for (uint32_t i = 0; i < status->count && !err; i++)
		err = add_needs(queue, &status->packages[i], handles[i], handles);
	/* The error of an operation that failed earlier comes to light here. */
	if (!err || err == -ECANCELED)
		err = mh_queue_flush(queue);
	if (!err)
		err = mh_root_set(session, ROOT_NAME, index);
	if (!err)
		*ret_operations = mh_queue_position(queue);
	free(handles);			/* the handles themselves stay open */
	return err;
}

/* For those who look at the heap. */
static int name_types(struct mh_session *session)
{
	int err;

	err = mh_type_set(session, TYPE_INDEX, "Index", NULL, 0);
	if (!err)
		err = mh_type_set(session, TYPE_PACKAGE, "Package", NULL, 0);
	return err ?: mh_type_set(session, TYPE_NOTES, "Notes", NULL, 0);
}

/* An object that no other refers to: it is to go together with this process. */
static int take_notes(struct mh_session *session, const char *text)
{
	uint32_t length = (uint32_t)strlen(text);
	mh_t notes;
	int err;

	err = mh_alloc(session, 0, length, TYPE_NOTES, &notes);
	return err ?: mh_write(session, notes, 0, text, length);
}

static int listen_at(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || strlen(path) >= sizeof(address.sun_path))
		return -1;
	strcpy(address.sun_path, path);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address)) || listen(fd, 1))
		return -1;
	return fd;
}

int main(int argc, char **argv)
{
	/* Collections only when somebody asks, so that one can watch. */
	const struct mh_session_options options = {
		.suspect_percent = 1000,
		.suspect_min = UINT32_MAX,
		.suspect_age_ms = 3600000,
	};
	mh_auto_session struct mh_session *session = NULL;
	struct status status;
	int heap_fd, listener, peer;
	uint64_t operations;

	if (argc != 3) {
		fputs("usage: loader STATUS SOCKET\n", stderr);
		return 2;
	}
	if (status_read(argv[1], &status)) {
		fprintf(stderr, "loader: cannot read %s\n", argv[1]);
		return 1;
	}
	check(mh_session_create(&options, &session));
	check(name_types(session));
	check(load(session, &status, &operations));
	check(take_notes(session, argv[1]));
	check(mh_session_export(session, READER_RIGHTS, &heap_fd));
	listener = listen_at(argv[2]);
	if (listener < 0) {
		perror("loader: cannot listen");
		return 1;
	}
	printf("heap %llu\npackages %u\nneeds %u\nunmet %u\noperations %llu\ndone\n",
	       (unsigned long long)mh_session_heap(session), status.count, status.needs_count,
	       status.unmet, (unsigned long long)operations);
	fflush(stdout);
	peer = accept(listener, NULL, NULL);
	check(mh_send_fd(peer, heap_fd));
	for (;;)
		pause();
}
