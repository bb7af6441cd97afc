/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Heaps by their numbers: those that the user has named, or all that he may look at. */
#ifndef MHEAP_HEAP_LIST_H
#define MHEAP_HEAP_LIST_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct heap_list - Numbers of heaps
 * @ids: in rising order, when they were found and not given
 * @count: of @ids
 */
struct heap_list {
	unsigned long long *ids;
	size_t count;
};

/* All heaps that there are, or that the user may look at. Returns an exit code. */
int heap_list_find(struct heap_list *ret_list);
/* One heap more, as the user gave it; false when that is no number. */
bool heap_list_add(struct heap_list *list, const char *text);
void heap_list_free(struct heap_list *list);

/* That a heap went away since it was found is not always an error. */
bool heap_list_is_there(unsigned long long heap);

#endif /* MHEAP_HEAP_LIST_H */
