// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "export_text.h"
#include "graph_maker.h"
#include "json.h"
#include "memory.h"
#include "recording.h"
#include "tool.h"

#define FORMAT	"mheap-record"
#define VERSION	1

#define FIGURE(name) { #name, offsetof(struct graph_site, name) }

static const struct {
	const char *key;
	size_t offset;
} figures[] = {
	FIGURE(live_objects), FIGURE(live_bytes), FIGURE(peak_objects), FIGURE(peak_bytes),
	FIGURE(total_objects), FIGURE(total_bytes), FIGURE(young),
};

#define FIGURES (sizeof(figures) / sizeof(figures[0]))

static uint64_t *figure(struct graph_site *site, size_t i)
{
	return (uint64_t *)((char *)site + figures[i].offset);
}

void recording_write(FILE *to, const struct graph *graph)
{
	fprintf(to, "{\"format\":\"" FORMAT "\",\"version\":%d,\"heap\":%llu,\"taken_ns\":%llu,"
		"\"sites\":[", VERSION, (unsigned long long)graph->heap,
		(unsigned long long)graph->taken_ns);
	for (size_t i = 0; i < graph->site_count; i++) {
		struct graph_site site = graph->sites[i];

		fprintf(to, "%s{\"id\":%u,\"parent\":%u,\"line\":%u,\"file\":", i ? "," : "",
			site.id, site.parent, site.line);
		export_json_string(to, site.file);
		fputs(",\"function\":", to);
		export_json_string(to, site.function);
		for (size_t f = 0; f < FIGURES; f++)
			fprintf(to, ",\"%s\":%llu", figures[f].key,
				(unsigned long long)*figure(&site, f));
		putc('}', to);
	}
	fputs("]}\n", to);
}

static uint64_t number_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value))
		return 0;
	return json_object_get_uint64(value);
}

static const char *text_of(struct json_object *object, const char *key)
{
	struct json_object *value;

	if (!json_object_object_get_ex(object, key, &value) ||
	    !json_object_is_type(value, json_type_string))
		return "";
	return json_object_get_string(value);
}

static void add_site(struct graph_maker *maker, struct json_object *object)
{
	struct graph_site site = {
		.id = (uint32_t)number_of(object, "id"),
		.parent = (uint32_t)number_of(object, "parent"),
		.line = (uint32_t)number_of(object, "line"),
		.file = must_copy(text_of(object, "file")),
		.function = must_copy(text_of(object, "function")),
	};

	for (size_t f = 0; f < FIGURES; f++)
		*figure(&site, f) = number_of(object, figures[f].key);
	graph_maker_site(maker, &site);
	free(site.file);
	free(site.function);
}

/* Returns what is wrong, or NULL. */
static const char *parse_look(const char *line, struct graph *ret_graph)
{
	struct json_object *look = json_tokener_parse(line);
	struct graph_maker maker = { .lost = 0 };
	const char *wrong = "it is no recording of this version";
	struct json_object *sites;

	if (look && json_object_is_type(look, json_type_object) &&
	    !strcmp(text_of(look, "format"), FORMAT) && number_of(look, "version") == VERSION &&
	    json_object_object_get_ex(look, "sites", &sites) &&
	    json_object_is_type(sites, json_type_array)) {
		maker.graph.heap = number_of(look, "heap");
		maker.graph.taken_ns = number_of(look, "taken_ns");
		for (size_t i = 0; i < json_object_array_length(sites); i++)
			add_site(&maker, json_object_array_get_idx(sites, i));
		wrong = graph_maker_end(&maker, false, ret_graph);
	}
	json_object_put(look);
	return wrong;
}

/* The first line, and the last one that is whole: the writer may have been killed. */
static const char *read_looks(FILE *file, struct recording *recording)
{
	const char *wrong = NULL;
	char *line = NULL, *last = NULL;
	size_t room = 0;

	while (!wrong && getline(&line, &room, file) > 0) {
		if (!strchr(line, '\n'))
			break;
		if (!recording->looks)
			wrong = parse_look(line, &recording->first);
		recording->looks++;
		free(last);
		last = line;
		line = NULL;
		room = 0;
	}
	if (!wrong && !recording->looks)
		wrong = "there is nothing in it";
	if (!wrong)
		wrong = parse_look(last, &recording->last);
	free(line);
	free(last);
	return wrong;
}

int recording_read(const char *path, struct recording *ret_recording)
{
	struct recording recording = { .looks = 0 };
	const char *wrong;
	FILE *file;

	file = fopen(path, "re");
	if (!file)
		return complain(EXIT_FAILED, "cannot read %s: %s", path, strerror(errno));
	wrong = read_looks(file, &recording);
	fclose(file);
	if (wrong) {
		recording_free(&recording);
		return complain(EXIT_FAILED, "cannot read %s: %s", path, wrong);
	}
	*ret_recording = recording;
	return EXIT_OK;
}

void recording_free(struct recording *recording)
{
	graph_free(&recording->first);
	graph_free(&recording->last);
}
