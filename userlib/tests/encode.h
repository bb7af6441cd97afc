/* SPDX-License-Identifier: LGPL-2.1-or-later */
/*
 * What the library sends: ioctl() is replaced, and every byte of the structure
 * of every command is compared with what it has to be.
 */
#ifndef MHEAP_ENCODE_H
#define MHEAP_ENCODE_H

#include <errno.h>
#include <sys/types.h>

#include <linux/mheap.h>
#include <mheap.h>

#include "tap.h"

#define H1	0x0000010000000001ULL
#define H2	0x0000020000abcdefULL
#define OBJECT	0x00000000deadbeefULL

/* What the next ioctl() has to be, and what it answers. */
extern struct expected {
	unsigned long request;
	unsigned char in[256];
	unsigned char out[256];
	size_t size;
	int error;
	int calls;
	int wrong;
	int fd;
} expected;

extern struct opened {
	char path[64];
	int flags;
	int error;
	int calls;
	int fd;
} opened;

/* What the next read() has to ask for, and what it returns. */
extern struct reading {
	struct mheap_event events[3];
	size_t size;
	ssize_t result;
	int error;
	int calls;
	int fd;
} reading;

extern struct mapping {
	void *base;
	size_t length;
	int prot;
	int flags;
	int fd;
	off_t offset;
	int error;
	int maps;
	int unmaps;
} mapping;

void expect(unsigned long request, const void *in, const void *out, size_t size);

#define EXPECT(request, in, out) expect(request, &(in), &(out), sizeof(in))

/* A call that works sends what is expected; one that fails hands on the error. */
#define WORKS(call, name) do { \
	errno = 77; \
	ok((call) == 0 && expected.calls == 1 && !expected.wrong && errno == 77, name " works"); \
	expected.calls = 0; \
} while (0)

#define FAILS(call, number, name) do { \
	expected.error = number; \
	errno = 77; \
	ok((call) == -(number) && expected.calls == 1 && !expected.wrong && errno == 77, \
	   name " fails"); \
	expected.error = 0; \
	expected.calls = 0; \
} while (0)

/* A session of a heap; NULL, and the test has failed, when there is none. */
static inline struct mh_session *begin(void)
{
	struct mheap_create create = { .size = 64 };
	struct mh_session *session = NULL;

	EXPECT(MHEAP_CREATE, create, create);
	ok(mh_session_create(NULL, &session) == 0, "a session");
	return session;
}

#endif /* MHEAP_ENCODE_H */
