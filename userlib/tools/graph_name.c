// SPDX-License-Identifier: LGPL-2.1-or-later
#include <inttypes.h>
#include <json-c/json.h>
#include <stdlib.h>
#include <string.h>

#include "export_view.h"
#include "format.h"
#include "graph_name.h"
#include "json.h"
#include "memory.h"
#include "tool.h"

static char *printable(char *text)
{
	make_printable(text);
	return text;
}

char *graph_name_type(const struct graph *graph, uint32_t type)
{
	char buffer[EXPORT_TYPE_MAX];

	return printable(must_copy(export_type_name(graph, type, buffer)));
}

char *graph_name_object(const struct graph *graph, size_t object)
{
	const struct graph_object *it = &graph->objects[object];
	size_t type = export_type(graph, it->type);

	if (type != EXPORT_NONE && *graph->types[type].name)
		return printable(must_print("%s#%u", graph->types[type].name, it->number));
	return must_print("type%u#%u", it->type, it->number);
}

char *graph_name_slot(const struct graph *graph, size_t object, uint32_t slot)
{
	size_t type = export_type(graph, graph->objects[object].type);
	const char *name = export_slot_name(graph, type, slot);

	return name ? printable(must_copy(name)) : must_print("[%u]", slot);
}

char *graph_name_site(const struct graph *graph, uint32_t site)
{
	size_t at = export_site(graph, site);
	const struct graph_site *it;

	if (!site)
		return must_copy("no site");
	if (at == EXPORT_NONE)
		return must_print("site %u", site);
	it = &graph->sites[at];
	if (!*it->file)
		return printable(must_print("%s", *it->function ? it->function : "no name"));
	if (!*it->function)
		return printable(must_print("%s:%u", it->file, it->line));
	return printable(must_print("%s:%u (%s)", it->file, it->line, it->function));
}

char *graph_name_session(const struct graph *graph, uint32_t session)
{
	size_t at = export_session(graph, session);

	if (at == EXPORT_NONE)
		return must_print("session %u", session);
	return printable(must_print("process %u (%s)", graph->sessions[at].pid,
				    graph->sessions[at].comm));
}

char *graph_name_holder(const struct graph *graph, const struct graph_holder *holder)
{
	char *session, *text;

	switch (holder->kind) {
	case GRAPH_HOLDER_ROOT:
		return printable(must_print("root \"%s\"", holder->name ? holder->name : ""));
	case GRAPH_HOLDER_FD:
		return must_copy("exported file descriptor");
	case GRAPH_HOLDER_HANDLE:
	case GRAPH_HOLDER_WEAK:
		break;
	}
	session = graph_name_session(graph, holder->session);
	text = must_print("%s, %shandle 0x%" PRIx64, session,
			  holder->kind == GRAPH_HOLDER_WEAK ? "weak " : "", holder->handle);
	free(session);
	return text;
}

bool graph_is_object(const char *text, uint32_t *ret_number)
{
	const char *hash = strrchr(text, '#');
	unsigned long long number;

	if (!parse_number(hash ? hash + 1 : text, UINT32_MAX, &number))
		return false;
	*ret_number = (uint32_t)number;
	return true;
}

uint32_t graph_find_object(const struct graph *graph, const char *text)
{
	uint32_t number;
	size_t at;

	if (!graph_is_object(text, &number))
		return GRAPH_NULL;
	at = export_object(graph, number);
	return at == EXPORT_NONE ? GRAPH_NULL : (uint32_t)at;
}

static void add_text(struct json_object *to, const char *key, char *text)
{
	json_add_string(to, key, text);
	free(text);
}

struct json_object *graph_json_object(const struct graph *graph, size_t object)
{
	const struct graph_object *it = &graph->objects[object];
	struct json_object *json = json_new();

	json_add_number(json, "object", it->number);
	add_text(json, "name", graph_name_object(graph, object));
	json_add_number(json, "type", it->type);
	add_text(json, "type_name", graph_name_type(graph, it->type));
	json_add_number(json, "site", it->site);
	add_text(json, "site_name", graph_name_site(graph, it->site));
	if (it->age_ms == GRAPH_AGE_OLD)
		json_add_null(json, "age_ms");
	else
		json_add_number(json, "age_ms", it->age_ms);
	json_add_number(json, "bytes", it->bytes);
	json_add_number(json, "slots", it->slots);
	json_add_number(json, "payload_bytes", it->payload_bytes);
	json_add_number(json, "handle_refs", it->handle_refs);
	json_add_number(json, "slot_refs", it->slot_refs);
	return json;
}

struct json_object *graph_json_holder(const struct graph *graph,
				      const struct graph_holder *holder)
{
	static const char *const kinds[] = {
		[GRAPH_HOLDER_HANDLE] = "handle", [GRAPH_HOLDER_WEAK] = "weak",
		[GRAPH_HOLDER_ROOT] = "root", [GRAPH_HOLDER_FD] = "fd",
	};
	size_t session = export_session(graph, holder->session);
	struct json_object *json = json_new();

	json_add_string(json, "kind", kinds[holder->kind]);
	if (holder->kind == GRAPH_HOLDER_ROOT)
		add_text(json, "name", printable(must_copy(holder->name ? holder->name : "")));
	if (holder->kind == GRAPH_HOLDER_HANDLE || holder->kind == GRAPH_HOLDER_WEAK) {
		json_add_number(json, "session", holder->session);
		json_add_number(json, "handle", holder->handle);
		if (session != EXPORT_NONE) {
			json_add_number(json, "pid", graph->sessions[session].pid);
			add_text(json, "comm",
				 printable(must_copy(graph->sessions[session].comm)));
		}
	}
	add_text(json, "text", graph_name_holder(graph, holder));
	return json;
}
