// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>

#include "export_text.h"
#include "export_trace.h"
#include "export_view.h"

#define ROOT_NAME "(root)"

static void write_values(FILE *to, const uint64_t *values, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		putc_unlocked(',', to);
		export_number(to, values[i]);
	}
}

void export_trace_functions(const struct graph *graph, FILE *to, struct export_strings *strings)
{
	uint64_t values[6] = { 0 };

	/* Without a comma before it: id, name, name and id of its file, line and column. */
	putc_unlocked('0', to);
	values[0] = export_string(strings, ROOT_NAME);
	values[1] = export_string(strings, "");
	write_values(to, values, 5);
	for (size_t i = 0; i < graph->site_count; i++) {
		const struct graph_site *site = &graph->sites[i];
		const char *name = *site->function ? site->function : "(unknown)";

		putc_unlocked('\n', to);
		values[0] = i + 1;
		values[1] = export_string(strings, name);
		values[2] = export_string(strings, site->file);
		/* Where the name of the file is, is as good a number for the file. */
		values[3] = *site->file ? values[2] + 1 : 0;
		values[4] = site->line ? site->line - 1 : 0;
		values[5] = 0;
		write_values(to, values, 6);
	}
}

/* A node up to its children, which follow each other without brackets of their own:
 * number, function, objects and bytes ever allocated.
 */
static void open_node(const struct graph *graph, FILE *to, size_t site)
{
	const struct graph_site *it = &graph->sites[site];

	export_number(to, EXPORT_TRACE_NODE(site));
	write_values(to, (uint64_t[]){ site + 1, it->total_objects, it->total_bytes }, 3);
	fputs(",[", to);
}

/* A recursive function would be as deep as the calls are. */
static void write_forest(const struct graph *graph, FILE *to, const size_t *first,
			 const size_t *next)
{
	size_t root = graph->site_count;
	size_t site = first[root];

	while (site != EXPORT_NONE) {
		open_node(graph, to, site);
		if (first[site] != EXPORT_NONE) {
			site = first[site];
			continue;
		}
		/* Its last child was the last that its parent waited for, and so on. */
		putc_unlocked(']', to);
		while (next[site] == EXPORT_NONE) {
			site = export_parent(graph, site);
			if (site == EXPORT_NONE)
				return;
			putc_unlocked(']', to);
		}
		putc_unlocked(',', to);
		site = next[site];
	}
}

int export_trace_tree(const struct graph *graph, FILE *to)
{
	size_t count = graph->site_count;
	size_t *first = malloc((count + 1) * 2 * sizeof(*first));
	size_t *next = first + count + 1;

	if (!first)
		return -ENOMEM;
	for (size_t i = 0; i <= count; i++)
		first[i] = EXPORT_NONE;
	/* From the last, so that children are in the order of the sites. */
	for (size_t i = count; i-- > 0;) {
		size_t parent = export_parent(graph, i);

		if (parent == EXPORT_NONE)
			parent = count;
		next[i] = first[parent];
		first[parent] = i;
	}
	fputs("1,0,0,0,[", to);
	write_forest(graph, to, first, next);
	putc_unlocked(']', to);
	free(first);
	return 0;
}
