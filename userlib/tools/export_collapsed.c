// SPDX-License-Identifier: LGPL-2.1-or-later
/* A stack a line: "outermost;...;innermost N", which flame graphs are made of. */
#include <errno.h>
#include <stdlib.h>

#include "export.h"
#include "export_tally.h"
#include "export_text.h"
#include "export_view.h"

/* What ends a frame or a line is not for names. */
static const char *escape_frame(char character)
{
	if (character == ';')
		return ":";
	return (unsigned char)character < 32 || character == 127 ? "?" : NULL;
}

static void write_frame(const struct graph *graph, FILE *to, size_t index)
{
	const struct graph_site *site = &graph->sites[index];

	export_text(to, *site->function ? site->function : "(unknown)", escape_frame);
	if (!*site->file)
		return;
	fputs(" (", to);
	export_text(to, site->file, escape_frame);
	fprintf(to, ":%u)", site->line);
}

static void write_stack(const struct graph *graph, FILE *to, size_t site, uint32_t *stack)
{
	size_t depth = 0;

	for (; site != EXPORT_NONE && site < graph->site_count; site = export_parent(graph, site))
		stack[depth++] = (uint32_t)site;
	if (!depth)
		fputs("(unknown)", to);
	while (depth--) {
		write_frame(graph, to, stack[depth]);
		if (depth)
			putc(';', to);
	}
}

int export_collapsed(const struct graph *graph, FILE *to, const struct export_options *options)
{
	struct export_tally tally;
	uint32_t *stack;
	int error;

	error = export_tally_graph(&tally, graph, options, EXPORT_BY_SITE);
	if (error)
		return error;
	stack = malloc((graph->site_count + 1) * sizeof(*stack));
	if (!stack) {
		export_tally_free(&tally);
		return -ENOMEM;
	}
	for (size_t i = 0; i < tally.count; i++) {
		const struct export_sum *sum = &tally.sums[i];

		write_stack(graph, to, sum->site, stack);
		putc(' ', to);
		export_number(to, options->count ? sum->objects : sum->bytes);
		putc('\n', to);
	}
	free(stack);
	export_tally_free(&tally);
	return export_finish(to);
}
