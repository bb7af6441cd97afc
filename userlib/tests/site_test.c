// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Sites, names of types, and looking at heaps: what the library sends for them, and when.
 * ioctl() is replaced.
 */
#undef MH_NO_SITES
#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <linux/mheap.h>
#include <mheap.h>

#include "tap.h"

/* What the last ioctl() was, and what those of a kind answer. */
static struct {
	unsigned long request;
	unsigned char in[256];
	char text[MH_TYPE_TEXT_MAX];
	int sites;		/* calls that ask for a site */
	int error;
} last;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);

int __wrap_open(const char *path, int flags, ...)
{
	(void)path;
	return __real_open("/dev/null", flags);
}

static void answer_site(struct mheap_site *site)
{
	last.sites++;
	memset(last.text, 0, sizeof(last.text));
	if (site->file_bytes)
		memcpy(last.text, (void *)(uintptr_t)site->file_uptr, site->file_bytes);
	last.text[site->file_bytes] = '|';
	if (site->function_bytes)
		memcpy(last.text + site->file_bytes + 1,
		       (void *)(uintptr_t)site->function_uptr, site->function_bytes);
	site->out_site = 100 + last.sites;
}

static void answer(unsigned long request, void *argument)
{
	struct mheap_type_set *set = argument;
	struct mheap_type_get *get = argument;
	struct mheap_site_list *list = argument;

	switch (request) {
	case MHEAP_SITE:
		answer_site(argument);
		break;
	case MHEAP_ALLOC:
		((struct mheap_alloc *)argument)->handle = 7;
		((struct mheap_alloc *)argument)->out_offset = 8;
		break;
	case MHEAP_INSPECT:
		((struct mheap_inspect *)argument)->out_rights = 0x30;
		break;
	case MHEAP_TYPE_SET:
		if (set->bytes)
			memcpy(last.text, (void *)(uintptr_t)set->text_uptr, set->bytes);
		break;
	case MHEAP_TYPE_GET:
		memcpy((void *)(uintptr_t)get->text_uptr, "abc", 4);
		get->out_bytes = 4;
		get->out_type = 9;
		get->cursor = 10;
		break;
	case MHEAP_SITE_LIST:
	case MHEAP_HEAP_LIST:
	case MHEAP_SESSION_LIST:
	case MHEAP_WALK:
		list->cursor = 55;
		list->out_count = 3;
		break;
	}
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	(void)fd;
	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);
	last.request = request;
	memset(last.in, 0, sizeof(last.in));
	memcpy(last.in, argument, *(__u32 *)argument < sizeof(last.in) ? *(__u32 *)argument : 8);
	if (last.error) {
		last.sites += request == MHEAP_SITE;
		errno = last.error;
		return -1;
	}
	answer(request, argument);
	return 0;
}

#define SENT(type)	((struct type *)(void *)last.in)

static void test_site(struct mh_session *s)
{
	char file[400], function[300];
	uint32_t site = 1;

	ok(!mh_site(s, "a.c", "f", 12, 34, &site) && site == 101 && last.request == MHEAP_SITE,
	   "a site");
	ok(SENT(mheap_site)->size == 48 && SENT(mheap_site)->line == 12 &&
	   SENT(mheap_site)->parent == 34 && SENT(mheap_site)->file_bytes == 3 &&
	   SENT(mheap_site)->function_bytes == 1 && !strcmp(last.text, "a.c|f"), "as it was named");
	ok(!mh_site(s, NULL, NULL, 0, 0, &site) && !strcmp(last.text, "|"), "without names");
	memset(file, 'x', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	file[sizeof(file) - 256] = 'B';
	memset(function, 'y', sizeof(function) - 1);
	function[sizeof(function) - 1] = '\0';
	function[126] = 'E';
	ok(!mh_site(s, file, function, 0, 0, &site) && SENT(mheap_site)->file_bytes == 255 &&
	   SENT(mheap_site)->function_bytes == 127 && last.text[0] == 'B' &&
	   last.text[255 + 127] == 'E', "long names are cut");
	last.error = EDQUOT;
	site = 5;
	ok(mh_site(s, "a", "b", 1, 0, &site) == -EDQUOT && site == 5, "no site is left");
	last.error = 0;
}

static int alloc_somewhere(struct mh_session *s, mh_t *handle)
{
	return mh_alloc(s, 1, 2, 3, handle);
}

static void test_places(struct mh_session *s, struct mh_session *other)
{
	uint64_t offset = 0;
	int before = last.sites;
	uint32_t site;
	mh_t h = 0;

	ok(!alloc_somewhere(s, &h) && h == 7 && last.sites == before + 1, "a place asks once");
	site = SENT(mheap_alloc)->site;
	ok(site == 100u + (uint32_t)last.sites && strstr(last.text, "site_test.c|alloc_somewhere"),
	   "by the names of the file and the function");
	ok(!alloc_somewhere(s, &h) && last.sites == before + 1 && SENT(mheap_alloc)->site == site,
	   "and never again");
	ok(!alloc_somewhere(other, &h) && last.sites == before + 2 &&
	   SENT(mheap_alloc)->site == site + 1, "but in another session");
	ok(!alloc_somewhere(s, &h) && SENT(mheap_alloc)->site == site &&
	   !alloc_somewhere(other, &h) && SENT(mheap_alloc)->site == site + 1 &&
	   last.sites == before + 2, "which know their own");
	ok(!mh_alloc_offset(s, 1, 2, 3, &h, &offset) && offset == 8 && last.sites == before + 3 &&
	   SENT(mheap_alloc)->site == site + 2 && SENT(mheap_alloc)->flags == MHEAP_ALLOC_OFFSET,
	   "other places have other sites");
	ok(!(mh_alloc)(s, 1, 2, 3, &h) && SENT(mheap_alloc)->site == 0, "the function has none");
	ok(!mh_alloc_site(s, 77, 1, 2, 3, &h, NULL) && SENT(mheap_alloc)->site == 77 &&
	   !SENT(mheap_alloc)->flags && SENT(mheap_alloc)->type == 3, "or the one that is said");
}

static void test_refused_places(struct mh_session *s)
{
	static struct mh_place refused = { "f", "g", 1, 0 }, short_of = { "f", "g", 2, 0 };
	int before = last.sites;

	last.error = EDQUOT;
	ok(mh_place_site(s, &refused) == 0, "no site is left for a place");
	last.error = ENOMEM;
	ok(mh_place_site(s, &short_of) == 0, "or no memory");
	last.error = 0;
	ok(mh_place_site(s, &refused) == 0 && last.sites == before + 2, "the former is final");
	ok(mh_place_site(s, &short_of) == 100u + (uint32_t)last.sites && last.sites == before + 3,
	   "the latter is not");
}

static void test_many_places(struct mh_session *s)
{
	enum { MANY = 70000 };
	static struct mh_place places[MANY];
	int before = last.sites, good = 1;

	for (int round = 0; round < 2; round++)
		for (int i = 0; i < MANY; i++)
			good &= mh_place_site(s, &places[i]) > 100;
	ok(good && last.sites - before >= MANY && last.sites - before < MANY + 5000,
	   "many places; those beyond 65536 ask each time");
}

static void test_queue(struct mh_session *s)
{
	struct mh_queue *q = NULL;
	mh_t h = 0;

	ok(!mh_queue_create(s, 8, &q) && mh_queue_session(q) == s, "a queue knows its session");
	ok(!mh_queue_alloc(q, 1, 2, 3, &h) && last.request == MHEAP_SITE &&
	   strstr(last.text, "|test_queue"), "and has its site before it goes out");
	mh_queue_destroy(q);
}

static void test_types(struct mh_session *s)
{
	static const char *const slots[] = { "left", NULL, "right" };
	char name[5000], text[16];
	uint64_t cursor = 3;
	uint32_t type, bytes;

	ok(!mh_type_set(s, 9, "Node", slots, 3) && last.request == MHEAP_TYPE_SET &&
	   SENT(mheap_type_set)->type == 9 && SENT(mheap_type_set)->bytes == 17 &&
	   !memcmp(last.text, "Node\0left\0\0right", 17), "names of a type");
	ok(!mh_type_set(s, 9, "Node", NULL, 0) && SENT(mheap_type_set)->bytes == 5, "its own only");
	ok(!mh_type_set(s, 9, NULL, NULL, 0) && SENT(mheap_type_set)->bytes == 0, "none");
	ok(mh_type_set(s, 9, NULL, slots, 3) == -EINVAL, "slots need a type");
	memset(name, 'x', sizeof(name));
	name[4095] = '\0';
	ok(!mh_type_set(s, 9, name, NULL, 0) && SENT(mheap_type_set)->bytes == 4096, "a long name");
	ok(mh_type_set(s, 9, name, slots, 1) == -EINVAL, "too long with a slot");
	name[4095] = 'x';
	name[4096] = '\0';
	ok(mh_type_set(s, 9, name, NULL, 0) == -EINVAL, "too long");
	ok(!mh_type_get(s, &cursor, &type, text, sizeof(text), &bytes) && cursor == 10 &&
	   type == 9 && bytes == 4 && !strcmp(text, "abc") && SENT(mheap_type_get)->cursor == 3 &&
	   SENT(mheap_type_get)->bytes == sizeof(text), "the next type");
}

static void check_list(const char *name, int err, unsigned long request, uint64_t cursor,
		       uint32_t count, uint32_t entry_size)
{
	ok(!err && last.request == request && cursor == 55 && count == 3, "%s", name);
	ok(SENT(mheap_site_list)->size == 40 && SENT(mheap_site_list)->cursor == 5 &&
	   SENT(mheap_site_list)->count == 2 && SENT(mheap_site_list)->entry_size == entry_size,
	   "as it was asked for");
}

static void test_lists(struct mh_session *s)
{
	struct mh_session_entry sessions[2];
	struct mh_site_entry sites[2];
	struct mh_object_row rows[2];
	struct mh_heap_entry heaps[2];
	uint64_t cursor = 5;
	uint32_t count = 0;
	int err;

	err = mh_site_list(s, &cursor, sites, 2, &count);
	check_list("sites", err, MHEAP_SITE_LIST, cursor, count, 456);
	cursor = 5;
	err = mh_session_list(s, &cursor, sessions, 2, &count);
	check_list("sessions", err, MHEAP_SESSION_LIST, cursor, count, 40);
	cursor = 5;
	err = mh_object_list(s, &cursor, rows, 2, &count);
	check_list("objects", err, MHEAP_WALK, cursor, count, 40);
	cursor = 5;
	err = mh_heap_list(s, &cursor, heaps, 2, &count);
	check_list("heaps", err, MHEAP_HEAP_LIST, cursor, count, 72);
	cursor = 5;
	err = mh_heap_list(NULL, &cursor, heaps, 2, &count);
	check_list("heaps without a session", err, MHEAP_HEAP_LIST, cursor, count, 72);
	last.error = EACCES;
	cursor = 5;
	count = 6;
	ok(mh_site_list(s, &cursor, sites, 2, &count) == -EACCES &&
	   mh_session_list(s, &cursor, sessions, 2, &count) == -EACCES &&
	   mh_heap_list(NULL, &cursor, heaps, 2, &count) == -EACCES && cursor == 5 && count == 6,
	   "errors leave the outputs");
	last.error = 0;
}

static void test_inspect(void)
{
	struct mh_session_options options = { .max_handles = 1 };
	struct mh_session *s = NULL;

	ok(!mh_session_inspect(1234, NULL, &s) && last.request == MHEAP_INSPECT &&
	   SENT(mheap_inspect)->size == 24 && SENT(mheap_inspect)->heap_id == 1234, "inspect");
	ok(s && mh_session_heap(s) == 1234 && mh_session_rights(s) == 0x30, "makes a session");
	mh_session_close(s);
	s = NULL;
	ok(mh_session_inspect(1234, &options, &s) == -EINVAL, "it has no options");
	last.error = ENOENT;
	ok(mh_session_inspect(1234, NULL, &s) == -ENOENT && !s, "no such heap");
	last.error = 0;
}

int main(void)
{
	struct mh_session *s = NULL, *other = NULL;

	if (!ok(!mh_session_create(NULL, &s) && !mh_session_create(NULL, &other), "sessions"))
		return tap_end();
	test_site(s);
	test_places(s, other);
	test_refused_places(s);
	test_many_places(s);
	test_queue(s);
	test_types(s);
	test_lists(s);
	test_inspect();
	mh_session_close(s);
	mh_session_close(other);
	return tap_end();
}
