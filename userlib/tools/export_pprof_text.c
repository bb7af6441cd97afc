// SPDX-License-Identifier: LGPL-2.1-or-later
/* The heap profile of gperftools, which google-pprof reads, with its names in it. */
#include <inttypes.h>

#include "export.h"
#include "export_tally.h"
#include "export_text.h"
#include "export_view.h"

/* Sites have no addresses. These are unlike any that a program would have, and so far
 * apart that it does not matter that some readers subtract one from those of callers.
 */
#define ADDRESS(site) (UINT64_C(0x100000000) + ((uint64_t)(site) + 1) * 16)

/* google-pprof takes what is in parentheses for parameters, and leaves it out. */
#define UNKNOWN "unknown"

/* Lines end, and words do. Names are cut into those of inlined functions at "--". */
static const char *escape_symbol(char character)
{
	if ((unsigned char)character < 32 || character == 127)
		return "?";
	return character == '-' ? "\xe2\x80\x90" : NULL;
}

static void write_symbols(const struct graph *graph, FILE *to)
{
	fputs("--- symbol\n", to);
	for (size_t i = 0; i < graph->site_count; i++) {
		const struct graph_site *site = &graph->sites[i];

		fprintf(to, "0x%016" PRIx64 " ", ADDRESS(i));
		export_text(to, *site->function ? site->function : UNKNOWN, escape_symbol);
		putc('\n', to);
	}
	fprintf(to, "0x%016" PRIx64 " %s\n---\n", ADDRESS(graph->site_count), UNKNOWN);
}

static void write_figures(FILE *to, const uint64_t figures[4])
{
	fprintf(to, "%" PRIu64 ": %" PRIu64 " [%" PRIu64 ": %" PRIu64 "] @", figures[0],
		figures[1], figures[2], figures[3]);
}

static void write_row(const struct graph *graph, FILE *to, size_t site,
		      const uint64_t figures[4])
{
	write_figures(to, figures);
	do {
		fprintf(to, " 0x%016" PRIx64, ADDRESS(site));
		if (site == graph->site_count)
			break;
		site = export_parent(graph, site);
	} while (site != EXPORT_NONE);
	putc('\n', to);
}

/* What is in use at a site, and what was ever allocated there. */
static void find_figures(const struct graph *graph, size_t site, const struct export_sum *sum,
			 uint64_t figures[4])
{
	figures[0] = sum ? sum->objects : 0;
	figures[1] = sum ? sum->bytes : 0;
	if (site < graph->site_count) {
		figures[2] = graph->sites[site].total_objects;
		figures[3] = graph->sites[site].total_bytes;
	} else {
		figures[2] = figures[0];
		figures[3] = figures[1];
	}
}

/* Write the rows, or only add them up. */
static void each_row(const struct graph *graph, FILE *to, const struct export_tally *tally,
		     uint64_t totals[4])
{
	const struct export_sum *sum = tally->sums, *end = tally->sums + tally->count;
	uint64_t figures[4];

	for (size_t site = 0; site <= graph->site_count; site++) {
		bool in_use = sum < end && sum->site == site;

		find_figures(graph, site, in_use ? sum : NULL, figures);
		sum += in_use;
		if (totals)
			for (size_t i = 0; i < 4; i++)
				totals[i] += figures[i];
		else if (figures[0] || figures[2])
			write_row(graph, to, site, figures);
	}
}

int export_pprof_text(const struct graph *graph, FILE *to, const struct export_options *options)
{
	uint64_t totals[4] = { 0 };
	struct export_tally tally;
	int error;

	error = export_tally_graph(&tally, graph, options, EXPORT_BY_SITE);
	if (error)
		return error;
	if (!options->no_symbols)
		write_symbols(graph, to);
	each_row(graph, to, &tally, totals);
	fputs("heap profile: ", to);
	write_figures(to, totals);
	/* Without this word, readers take the figures for samples and rescale them. */
	fputs(" heapprofile\n", to);
	each_row(graph, to, &tally, NULL);
	export_tally_free(&tally);
	return export_finish(to);
}
