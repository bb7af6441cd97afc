// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "live.h"
#include "memory.h"
#include "tool.h"

#define HEAPS_AT_ONCE 64

int live_explain(int error, const char *what, ...)
{
	char text[512];
	va_list arguments;
	int code = EXIT_FAILED;

	if (error == -ENODEV)
		return complain(EXIT_NO_MODULE, "the mheap module is not loaded: `sudo modprobe "
				"mheap', or `sudo insmod mheap.ko' where it was built");
	if (error == -EPERM || error == -EACCES)
		code = EXIT_NO_PERMISSION;
	va_start(arguments, what);
	vsnprintf(text, sizeof(text), what, arguments);
	va_end(arguments);
	return complain(code, "%s: %s%s", text, mh_explain(error),
			code == EXIT_NO_PERMISSION ? "; `mheap doctor' tells what mends it" : "");
}

int live_list(struct mh_heap_entry **ret_heaps, size_t *ret_count)
{
	struct mh_heap_entry *heaps = NULL;
	size_t count = 0, room = 0;
	uint64_t cursor = 0;

	while (cursor != MH_END) {
		uint32_t more = 0;
		int error;

		heaps = must_grow(heaps, &room, count + HEAPS_AT_ONCE, sizeof(*heaps));
		error = mh_heap_list(NULL, &cursor, heaps + count, HEAPS_AT_ONCE, &more);
		if (error) {
			free(heaps);
			return live_explain(error, "cannot list the heaps");
		}
		count += more;
	}
	*ret_heaps = heaps;
	*ret_count = count;
	return EXIT_OK;
}

bool live_find(uint64_t heap, struct mh_heap_entry *ret_entry)
{
	/* Lists go on at a number, and this one is the first that is looked for. */
	uint64_t cursor = heap;
	uint32_t count = 0;

	while (!count && cursor != MH_END)
		if (mh_heap_list(NULL, &cursor, ret_entry, 1, &count))
			return false;
	return count && ret_entry->heap == heap;
}

int live_open(uint64_t heap, struct mh_session **ret_session)
{
	int error = mh_session_inspect(heap, NULL, ret_session);

	if (error == -ENOENT && geteuid())
		return complain(EXIT_FAILED, "there is no heap %llu that you may look at; root "
				"may look at those of others: `sudo mheap ...'",
				(unsigned long long)heap);
	if (error == -ENOENT)
		return complain(EXIT_FAILED, "there is no heap %llu: `mheap stat' lists those "
				"that there are", (unsigned long long)heap);
	if (error)
		return live_explain(error, "cannot look at heap %llu",
				    (unsigned long long)heap);
	return EXIT_OK;
}
