// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * What graphviz draws, in the way of objgraph: a box an object, its type and number in
 * it, the names of slots on the arrows. Each cycle has a colour of its own, and its
 * arrows are thick; weak references are dashed.
 */
#include <inttypes.h>
#include <errno.h>
#include <stdlib.h>

#include "export.h"
#include "export_text.h"
#include "export_view.h"

/* Characters of a name that are drawn. */
#define LABEL_MAX 60

/**
 * struct file - A drawing that is being made
 * @graph: what of
 * @options: and how
 * @to: where to
 * @view: what of the graph is shown
 * @components: the cycle that each object is on, or 0
 */
struct file {
	const struct graph *graph;
	const struct export_options *options;
	FILE *to;
	struct export_view view;
	uint32_t *components;
};

static const char *escape_label(char character)
{
	switch (character) {
	case '"':
		return "\\\"";
	case '\\':
		return "\\\\";
	case '\n':
		return "\\n";
	case '&':
		return "&amp;";
	default:
		return (unsigned char)character < 32 || character == 127 ? "?" : NULL;
	}
}

/* As much of a name as there is room for. */
static void write_label(FILE *to, const char *text)
{
	for (size_t count = 0; *text; count++) {
		char one[8] = "";
		size_t length = export_character(text);

		if (count == LABEL_MAX) {
			fputs("\xe2\x80\xa6", to);
			return;
		}
		length = length ? length : 1;
		for (size_t i = 0; i < length; i++)
			one[i] = *text++;
		export_text(to, one, escape_label);
	}
}

static void write_object(const struct file *file, uint32_t index)
{
	const struct graph_object *object = &file->graph->objects[index];
	char buffer[EXPORT_TYPE_MAX];
	uint32_t component = file->components[index];

	fprintf(file->to, "  o%u [label=\"", object->number);
	write_label(file->to, export_type_name(file->graph, object->type, buffer));
	fprintf(file->to, "\\n#%u, ", object->number);
	export_number(file->to, object->bytes);
	fputs(" bytes\"", file->to);
	/* Hues of neighbours in the list are far apart: steps of the golden ratio. */
	if (component)
		fprintf(file->to, ",fillcolor=\"0.%03u 0.35 1.000\"",
			(unsigned int)((uint64_t)component * 618034 % 1000000 / 1000));
	if (!(file->view.flags[index] & EXPORT_LIVE))
		fputs(",style=\"filled,dashed\"", file->to);
	fputs("];\n", file->to);
}

static void write_slots(const struct file *file, uint32_t index)
{
	const struct graph *graph = file->graph;
	const struct graph_object *object = &graph->objects[index];
	size_t type = export_type(graph, object->type);

	for (uint32_t slot = 0; slot < object->slots; slot++) {
		size_t edge = object->first_edge + slot;
		uint32_t to = graph->edges[edge];
		const char *name = export_slot_name(graph, type, slot);
		bool weak = graph_edge_is_weak(graph, edge);

		if (to == GRAPH_NULL || !(file->view.flags[to] & EXPORT_SHOWN) ||
		    (weak && file->options->no_weak))
			continue;
		fprintf(file->to, "  o%u -> o%u [label=\"", object->number,
			graph->objects[to].number);
		if (name)
			write_label(file->to, name);
		else
			fprintf(file->to, "%u", slot);
		putc('"', file->to);
		if (weak)
			fputs(",style=dashed,constraint=false", file->to);
		else if (file->components[index] &&
			 file->components[index] == file->components[to])
			fputs(",color=red,penwidth=2", file->to);
		fputs("];\n", file->to);
	}
}

static void write_session(const struct file *file, size_t index)
{
	const struct graph_session *session = &file->graph->sessions[index];

	fprintf(file->to, "  s%u [shape=ellipse,fillcolor=lightgrey,label=\"process %u (",
		session->id, session->pid);
	write_label(file->to, session->comm);
	fputs(")\"];\n", file->to);
}

static void write_holder(const struct file *file, const struct graph_holder *holder)
{
	uint32_t number = file->graph->objects[holder->object].number;

	switch (holder->kind) {
	case GRAPH_HOLDER_HANDLE:
		fprintf(file->to, "  s%u -> o%u [label=\"0x%" PRIx64 "\"];\n", holder->session,
			number, holder->handle);
		break;
	case GRAPH_HOLDER_WEAK:
		if (!file->options->no_weak)
			fprintf(file->to, "  s%u -> o%u [label=\"0x%" PRIx64 "\",style=dashed];\n",
				holder->session, number, holder->handle);
		break;
	case GRAPH_HOLDER_ROOT:
		fprintf(file->to, "  roots -> o%u [label=\"", number);
		write_label(file->to, holder->name);
		fputs("\"];\n", file->to);
		break;
	case GRAPH_HOLDER_FD:
		fprintf(file->to, "  descriptors -> o%u;\n", number);
		break;
	}
}

/* Sessions and the like, but only those that hold something that is drawn. */
static int write_holders(const struct file *file)
{
	static const char ellipse[] = "shape=ellipse,fillcolor=lightgrey";
	const struct graph *graph = file->graph;
	bool *drawn = calloc(graph->session_count + 1, sizeof(*drawn));
	bool roots = false, descriptors = false;

	if (!drawn)
		return -ENOMEM;
	for (size_t i = 0; i < graph->holder_count; i++) {
		const struct graph_holder *holder = &graph->holders[i];
		size_t session;

		if (!(file->view.flags[holder->object] & EXPORT_SHOWN))
			continue;
		write_holder(file, holder);
		roots |= holder->kind == GRAPH_HOLDER_ROOT;
		descriptors |= holder->kind == GRAPH_HOLDER_FD;
		session = export_session(graph, holder->session);
		if (holder->kind <= GRAPH_HOLDER_WEAK && session != EXPORT_NONE)
			drawn[session] |= holder->kind == GRAPH_HOLDER_HANDLE ||
					  !file->options->no_weak;
	}
	for (size_t i = 0; i < graph->session_count; i++)
		if (drawn[i])
			write_session(file, i);
	if (roots)
		fprintf(file->to, "  roots [%s,label=\"named roots\"];\n", ellipse);
	if (descriptors)
		fprintf(file->to, "  descriptors [%s,label=\"exported\"];\n", ellipse);
	free(drawn);
	return 0;
}

/* What can be reached from an object in so many steps, all of it when depth is 0. */
static int find_near(const struct file *file, bool *wanted)
{
	const struct graph *graph = file->graph;
	size_t from = export_object(graph, file->options->from);
	size_t count = 0, step = 0, end;
	uint32_t *queue;

	if (from == EXPORT_NONE)
		return -ENOENT;
	queue = malloc(graph->object_count * sizeof(*queue));
	if (!queue)
		return -ENOMEM;
	wanted[from] = true;
	queue[count++] = (uint32_t)from;
	end = count;
	for (size_t i = 0; i < count; i++) {
		const struct graph_object *object = &graph->objects[queue[i]];

		if (i == end) {
			step++;
			end = count;
		}
		if (file->options->depth && step == file->options->depth)
			break;
		for (size_t e = object->first_edge; e < object->first_edge + object->slots; e++) {
			uint32_t to = graph->edges[e];

			if (to == GRAPH_NULL || wanted[to] ||
			    (file->options->no_weak && graph_edge_is_weak(graph, e)))
				continue;
			wanted[to] = true;
			queue[count++] = to;
		}
	}
	free(queue);
	return 0;
}

static int find_wanted(const struct file *file, bool *wanted)
{
	int error = 0;

	if (file->options->by_from)
		error = find_near(file, wanted);
	for (size_t i = 0; i < file->graph->object_count; i++) {
		if (!file->options->by_from)
			wanted[i] = true;
		if (file->options->cycles && !file->components[i])
			wanted[i] = false;
	}
	return error;
}

static int write_file(struct file *file)
{
	fputs("digraph mheap {\n"
	      "  node[shape=box,style=filled,fillcolor=white];\n", file->to);
	for (uint32_t i = 0; i < file->graph->object_count; i++)
		if (file->view.flags[i] & EXPORT_SHOWN)
			write_object(file, i);
	for (uint32_t i = 0; i < file->graph->object_count; i++)
		if (file->view.flags[i] & EXPORT_SHOWN)
			write_slots(file, i);
	return write_holders(file);
}

int export_dot(const struct graph *graph, FILE *to, const struct export_options *options)
{
	struct file file = { .graph = graph, .options = options, .to = to };
	bool *wanted = malloc(graph->object_count + 1);
	uint32_t count;
	int error;

	if (!wanted)
		return -ENOMEM;
	for (size_t i = 0; i < graph->object_count; i++)
		wanted[i] = false;
	error = export_components(graph, &file.components, &count);
	if (error) {
		free(wanted);
		return error;
	}
	error = find_wanted(&file, wanted);
	if (!error)
		error = export_view_make(&file.view, graph, options, wanted);
	if (!error) {
		error = write_file(&file);
		fputs("}\n", to);
		export_view_free(&file.view);
	}
	free(file.components);
	free(wanted);
	return error ? error : export_finish(to);
}
