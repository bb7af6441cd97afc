// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>

#include "churn.h"
#include "export_view.h"
#include "graph_name.h"

/* Above these an object should be used again: half of them die young, and many do. */
#define REUSE_PER_MILLE		500
#define REUSE_PER_SECOND	100

enum churn_column {
	CHURN_NAME, CHURN_SITE, CHURN_ALLOCATED, CHURN_RATE, CHURN_BYTES_RATE, CHURN_YOUNG_RATE,
	CHURN_YOUNG_PART, CHURN_OBJECTS, CHURN_CHANGE, CHURN_ADVICE,
};

static const struct column columns[] = {
	[CHURN_NAME] = { "name", "SITE", COLUMN_TEXT },
	[CHURN_SITE] = { "site", NULL, COLUMN_COUNT },
	[CHURN_ALLOCATED] = { "allocated", "ALLOCATED", COLUMN_COUNT },
	[CHURN_RATE] = { "allocated_per_second", "PER SECOND", COLUMN_COUNT },
	[CHURN_BYTES_RATE] = { "bytes_per_second", "BYTES/S", COLUMN_BYTES },
	[CHURN_YOUNG_RATE] = { "young_per_second", "YOUNG/S", COLUMN_COUNT },
	[CHURN_YOUNG_PART] = { "young_percent", "YOUNG", COLUMN_PER_MILLE },
	[CHURN_OBJECTS] = { "objects", "ALIVE", COLUMN_COUNT },
	[CHURN_CHANGE] = { "objects_change", "CHANGE", COLUMN_CHANGE },
	[CHURN_ADVICE] = { "advice", "ADVICE", COLUMN_TEXT },
	{ 0 },
};

void churn_init(struct rows *rows)
{
	rows_init(rows, columns);
}

static void add_row(struct rows *rows, const struct recording *recording,
		    const struct graph_site *was, const struct graph_site *site)
{
	double seconds = (double)(recording->last.taken_ns - recording->first.taken_ns) / 1e9;
	double allocated = (double)(site->total_objects - was->total_objects);
	double young = (double)(site->young - was->young);
	struct cell *row = rows_add(rows);
	char *name = graph_name_site(&recording->last, site->id);

	/* One look tells nothing of time: all of the heap's life is taken for a second. */
	if (seconds <= 0)
		seconds = 1;
	cell_text(&row[CHURN_NAME], name);
	free(name);
	row[CHURN_SITE].number = site->id;
	row[CHURN_ALLOCATED].number = (long long)allocated;
	row[CHURN_RATE].number = (long long)(allocated / seconds);
	row[CHURN_BYTES_RATE].number =
		(long long)((double)(site->total_bytes - was->total_bytes) / seconds);
	row[CHURN_YOUNG_RATE].number = (long long)(young / seconds);
	row[CHURN_YOUNG_PART].number = (long long)(1000 * young / allocated);
	row[CHURN_OBJECTS].number = (long long)site->live_objects;
	row[CHURN_CHANGE].number = (long long)(site->live_objects - was->live_objects);
	if (row[CHURN_YOUNG_PART].number >= REUSE_PER_MILLE &&
	    row[CHURN_YOUNG_RATE].number >= REUSE_PER_SECOND)
		cell_text(&row[CHURN_ADVICE], "reuse: mh_object_reset(3)");
	else
		cell_text(&row[CHURN_ADVICE], "");
}

void churn_find(struct rows *rows, const struct recording *recording)
{
	const struct graph_site none = { .id = 0 };

	for (size_t i = 0; i < recording->last.site_count; i++) {
		const struct graph_site *site = &recording->last.sites[i];
		size_t at = export_site(&recording->first, site->id);
		const struct graph_site *was = &none;

		if (at != EXPORT_NONE && recording->looks > 1)
			was = &recording->first.sites[at];
		if (site->total_objects > was->total_objects && site->young >= was->young)
			add_row(rows, recording, was, site);
	}
}
