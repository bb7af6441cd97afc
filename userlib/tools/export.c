// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "export.h"

const struct export_format export_formats[] = {
	{ "heapsnapshot", ".heapsnapshot", "Chrome DevTools, memlab", export_heapsnapshot },
	{ "pprof", ".pb.gz", "go tool pprof, speedscope", export_pprof },
	{ "pprof-text", ".heap", "google-pprof", export_pprof_text },
	{ "collapsed", ".collapsed", "speedscope, flame graphs", export_collapsed },
	{ "dot", ".dot", "graphviz", export_dot },
	{ "openmetrics", ".prom", "Prometheus", export_openmetrics },
	{ "json", ".json", "programs of your own", export_json },
	{ NULL, NULL, NULL, NULL },
};

const struct export_format *export_find(const char *name)
{
	for (const struct export_format *format = export_formats; format->name; format++)
		if (!strcmp(format->name, name))
			return format;
	return NULL;
}
