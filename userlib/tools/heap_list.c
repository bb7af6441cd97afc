// SPDX-License-Identifier: LGPL-2.1-or-later
#include <limits.h>
#include <stdlib.h>

#include "debugfs.h"
#include "heap_list.h"
#include "live.h"
#include "memory.h"
#include "tool.h"

static void add(struct heap_list *list, unsigned long long id)
{
	list->ids = must_have(realloc(list->ids, (list->count + 1) * sizeof(*list->ids)));
	list->ids[list->count++] = id;
}

bool heap_list_add(struct heap_list *list, const char *text)
{
	unsigned long long id;

	if (!parse_number(text, ULLONG_MAX, &id))
		return false;
	add(list, id);
	return true;
}

int heap_list_find(struct heap_list *ret_list)
{
	struct mh_heap_entry *heaps;
	size_t count;
	int code;

	*ret_list = (struct heap_list){ .count = 0 };
	if (debugfs_is_named())
		return debugfs_find(ret_list);
	code = live_list(&heaps, &count);
	if (code)
		return code;
	for (size_t i = 0; i < count; i++)
		add(ret_list, heaps[i].heap);
	free(heaps);
	return EXIT_OK;
}

void heap_list_free(struct heap_list *list)
{
	free(list->ids);
}

bool heap_list_is_there(unsigned long long heap)
{
	struct mh_heap_entry entry;

	return debugfs_is_named() ? heap_exists(heap) : live_find(heap, &entry);
}
