// SPDX-License-Identifier: LGPL-2.1-or-later
/* What Chrome DevTools loads in its panel "Memory". Documentation/formats.rst tells more. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "export_ids.h"
#include "export_strings.h"
#include "export_text.h"
#include "export_trace.h"
#include "export_view.h"

#define NODE_FIELDS 7

/* Sizes are 32 bits to the viewers. */
#define SIZE_LIMIT UINT32_MAX
/* Viewers keep the number of an element in 32 bits, some of them with a sign. */
#define ELEMENT_LIMIT	0x7fffffffU

enum node_type { NODE_OBJECT = 3, NODE_SYNTHETIC = 9 };
enum edge_type { EDGE_ELEMENT = 1, EDGE_PROPERTY = 2, EDGE_SHORTCUT = 5, EDGE_WEAK = 6 };

/* Nodes that are no objects; sessions follow. */
enum place {
	PLACE_ROOT,		/* node 0 */
	PLACE_GC_ROOTS,		/* node 1 */
	PLACE_ROOTS,
	PLACE_FDS,
	PLACE_SESSIONS,		/* those that are not listed */
	PLACE_UNSEEN,
	PLACE_BEYOND,
	PLACE_GARBAGE,
	PLACE_COUNT,
};

static const char *const place_names[] = {
	[PLACE_ROOT] = "",
	[PLACE_GC_ROOTS] = "(GC roots)",
	[PLACE_ROOTS] = "named roots",
	[PLACE_FDS] = "exported descriptors",
	[PLACE_SESSIONS] = "sessions that are gone",
	[PLACE_UNSEEN] = "holders that were not seen",
	[PLACE_BEYOND] = "objects left out",
	[PLACE_GARBAGE] = "(unreachable, awaiting collection)",
};

/**
 * struct file - A file that is being written
 * @graph: what of
 * @options: and how
 * @to: where to
 * @view: what of the graph is shown
 * @strings: the strings so far
 * @ordinals: which node each object is
 * @ids: and their ids
 * @places: PLACE_COUNT and the sessions
 * @place_edges: how many edges each of them has; UINT64_MAX when it is not in the file
 * @held: holders, by place
 * @held_first: of each place, in @held; one more than there are places
 * @nodes: how many there are
 * @edges: how many there are
 * @first: nothing of the present array was written
 */
struct file {
	const struct graph *graph;
	const struct export_options *options;
	FILE *to;
	struct export_view view;
	struct export_strings strings;
	uint32_t *ordinals;
	struct export_ids ids;
	size_t places;
	uint64_t *place_edges;
	uint32_t *held;
	size_t *held_first;
	uint64_t nodes;
	uint64_t edges;
	bool first;
};

static bool is_shown(const struct file *file, uint32_t object)
{
	return file->view.flags[object] & EXPORT_SHOWN;
}

static size_t place_of(const struct file *file, const struct graph_holder *holder)
{
	size_t session;

	if (holder->kind == GRAPH_HOLDER_ROOT)
		return PLACE_ROOTS;
	if (holder->kind == GRAPH_HOLDER_FD)
		return PLACE_FDS;
	session = export_session(file->graph, holder->session);
	return session == EXPORT_NONE ? PLACE_SESSIONS : PLACE_COUNT + session;
}

/* Whether a holder is an edge of the file. */
static bool is_holding(const struct file *file, const struct graph_holder *holder)
{
	return is_shown(file, holder->object) &&
	       !(holder->kind == GRAPH_HOLDER_WEAK && file->options->no_weak);
}

/* Sort the holders by the node that they are edges of. */
static void sort_holders(struct file *file)
{
	const struct graph *graph = file->graph;
	size_t *first = file->held_first;

	for (size_t i = 0; i < graph->holder_count; i++)
		if (is_holding(file, &graph->holders[i]))
			first[place_of(file, &graph->holders[i]) + 1]++;
	for (size_t i = 0; i < file->places; i++) {
		file->place_edges[i] = first[i + 1];
		first[i + 1] += first[i];
	}
	/* Each first[] moves to its end meanwhile, which is where the next one began. */
	for (size_t i = 0; i < graph->holder_count; i++)
		if (is_holding(file, &graph->holders[i]))
			file->held[first[place_of(file, &graph->holders[i])]++] = (uint32_t)i;
	memmove(first + 1, first, file->places * sizeof(*first));
	first[0] = 0;
}

/* The flags, of those in @mask, that make an object an edge of a place. */
static bool is_at(const struct file *file, size_t place, size_t object)
{
	uint8_t flags = file->view.flags[object];

	if (!(flags & EXPORT_SHOWN))
		return false;
	switch (place) {
	case PLACE_UNSEEN:
		return flags & EXPORT_UNSEEN;
	case PLACE_BEYOND:
		return flags & EXPORT_BEYOND;
	case PLACE_GARBAGE:
		return !(flags & EXPORT_LIVE);
	default:
		return false;
	}
}

static bool is_present(const struct file *file, size_t place)
{
	return file->place_edges[place] != UINT64_MAX;
}

/* Places that DevTools counts the distance from. */
static bool is_user_root(const struct file *file, size_t place)
{
	return place > PLACE_GC_ROOTS && place != PLACE_GARBAGE && is_present(file, place);
}

static void count_places(struct file *file)
{
	uint64_t roots = 0, all = 0;

	for (size_t i = 0; i < file->graph->object_count; i++)
		for (size_t place = PLACE_UNSEEN; place <= PLACE_GARBAGE; place++)
			file->place_edges[place] += is_at(file, place, i);
	for (size_t place = PLACE_ROOTS; place < PLACE_COUNT; place++)
		if (!file->place_edges[place] &&
		    !(place == PLACE_BEYOND && file->view.live_hidden))
			file->place_edges[place] = UINT64_MAX;
	for (size_t place = PLACE_ROOTS; place < file->places; place++) {
		roots += is_user_root(file, place);
		all += is_present(file, place);
	}
	file->place_edges[PLACE_ROOT] = roots + 1;
	file->place_edges[PLACE_GC_ROOTS] = all;
	for (size_t place = 0; place < file->places; place++) {
		if (is_present(file, place)) {
			file->nodes++;
			file->edges += file->place_edges[place];
		}
	}
}

static void write_numbers(struct file *file, const uint64_t *numbers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (i || !file->first)
			putc_unlocked(',', file->to);
		export_number(file->to, numbers[i]);
	}
	putc_unlocked('\n', file->to);
	file->first = false;
}

static void write_edge(struct file *file, enum edge_type type, uint64_t name, uint64_t ordinal)
{
	write_numbers(file, (uint64_t[]){ type, name, ordinal * NODE_FIELDS }, 3);
}

/* The slots of an object as edges; only counts them unless @write. */
static uint64_t object_edges(struct file *file, uint32_t from, bool write)
{
	const struct graph *graph = file->graph;
	const struct graph_object *object = &graph->objects[from];
	size_t type = export_type(graph, object->type);
	bool live = file->view.flags[from] & EXPORT_LIVE;
	uint64_t count = 0;

	for (uint32_t slot = 0; slot < object->slots; slot++) {
		uint32_t to = graph->edges[object->first_edge + slot];
		bool weak = graph_edge_is_weak(graph, object->first_edge + slot);
		const char *name;

		if (to == GRAPH_NULL || !is_shown(file, to) || (weak && file->options->no_weak))
			continue;
		count++;
		if (!write)
			continue;
		/* Garbage keeps nothing alive, but viewers do not know what is garbage. */
		if (!live && file->view.flags[to] & EXPORT_LIVE)
			weak = true;
		name = export_slot_name(graph, type, slot);
		if (name)
			write_edge(file, weak ? EDGE_WEAK : EDGE_PROPERTY,
				   export_string(&file->strings, name), file->ordinals[to]);
		else if (weak)
			write_edge(file, EDGE_WEAK,
				   export_string_format(&file->strings, "%u", slot),
				   file->ordinals[to]);
		else
			write_edge(file, EDGE_ELEMENT, slot, file->ordinals[to]);
	}
	return count;
}

static void number_objects(struct file *file)
{
	uint64_t next = file->nodes;

	for (uint32_t i = 0; i < file->graph->object_count; i++) {
		if (!is_shown(file, i))
			continue;
		file->ordinals[i] = (uint32_t)next++;
		file->edges += object_edges(file, i, false);
	}
	file->nodes = next;
}

static uint32_t clamp_size(const struct file *file, uint64_t bytes)
{
	if (bytes <= SIZE_LIMIT)
		return (uint32_t)bytes;
	if (file->options->notes)
		file->options->notes->clamped++;
	return SIZE_LIMIT;
}

static void write_node(struct file *file, enum node_type type, uint32_t name, uint64_t id,
		       uint64_t bytes, uint64_t edges, uint64_t trace)
{
	uint64_t fields[NODE_FIELDS] = {
		type, name, id, clamp_size(file, bytes), edges, trace, 0
	};

	write_numbers(file, fields, NODE_FIELDS);
}

static void write_place(struct file *file, size_t place)
{
	const struct graph_session *session;
	bool is_root = place <= PLACE_GC_ROOTS || place == PLACE_GARBAGE;
	uint64_t bytes = place == PLACE_BEYOND ? file->view.live_hidden_bytes : 0;
	uint32_t name, number = (uint32_t)place;

	if (place == PLACE_BEYOND) {
		name = export_string_format(&file->strings, "%zu %s (%" PRIu64 " bytes)",
					    file->view.live_hidden, place_names[place], bytes);
	} else if (place < PLACE_COUNT) {
		name = export_string(&file->strings, place_names[place]);
	} else {
		session = &file->graph->sessions[place - PLACE_COUNT];
		name = export_string_format(&file->strings, "process %u (%s)", session->pid,
					    session->comm);
		number = PLACE_COUNT + session->id;
	}
	write_node(file, is_root ? NODE_SYNTHETIC : NODE_OBJECT, name, export_ids_place(number),
		   bytes, file->place_edges[place], 0);
}

/* DevTools puts plain objects of JavaScript into classes of its own making. */
static uint32_t class_name(struct file *file, uint32_t type)
{
	char buffer[EXPORT_TYPE_MAX];
	const char *name = export_type_name(file->graph, type, buffer);

	if (!strncmp(name, "Object", 6) && strchr("( ", name[6]))
		return export_string_format(&file->strings, "type %s", name);
	return export_string(&file->strings, name);
}

static void write_object(struct file *file, uint32_t index)
{
	const struct graph_object *object = &file->graph->objects[index];
	size_t site = export_site(file->graph, object->site);
	bool traced = site != EXPORT_NONE && !file->options->no_stacks;

	write_node(file, NODE_OBJECT, class_name(file, object->type),
		   export_ids_object(&file->ids, index), object->bytes,
		   object_edges(file, index, false), traced ? EXPORT_TRACE_NODE(site) : 0);
}

static void write_nodes(struct file *file)
{
	file->first = true;
	for (size_t place = 0; place < file->places; place++)
		if (is_present(file, place))
			write_place(file, place);
	for (uint32_t i = 0; i < file->graph->object_count; i++)
		if (is_shown(file, i))
			write_object(file, i);
}

static void write_holder(struct file *file, const struct graph_holder *holder, uint64_t count)
{
	uint32_t to = file->ordinals[holder->object];

	switch (holder->kind) {
	case GRAPH_HOLDER_HANDLE:
		if (holder->handle <= ELEMENT_LIMIT)
			write_edge(file, EDGE_ELEMENT, holder->handle, to);
		else
			write_edge(file, EDGE_PROPERTY,
				   export_string_format(&file->strings, "%" PRIu64,
							holder->handle), to);
		break;
	case GRAPH_HOLDER_WEAK:
		write_edge(file, EDGE_WEAK,
			   export_string_format(&file->strings, "%" PRIu64, holder->handle), to);
		break;
	case GRAPH_HOLDER_ROOT:
		write_edge(file, EDGE_PROPERTY, export_string(&file->strings, holder->name), to);
		break;
	case GRAPH_HOLDER_FD:
		write_edge(file, EDGE_ELEMENT, count, to);
		break;
	}
}

static void write_place_edges(struct file *file, size_t place)
{
	bool weak = place == PLACE_GARBAGE;
	uint64_t count = 0;

	for (size_t i = file->held_first[place]; i < file->held_first[place + 1]; i++)
		write_holder(file, &file->graph->holders[file->held[i]], count++);
	if (place < PLACE_UNSEEN || place > PLACE_GARBAGE)
		return;
	for (uint32_t i = 0; i < file->graph->object_count; i++)
		if (is_at(file, place, i))
			write_edge(file, weak ? EDGE_WEAK : EDGE_ELEMENT,
				   weak ? export_string(&file->strings, "") : count++,
				   file->ordinals[i]);
}

static void write_root_edges(struct file *file)
{
	uint64_t ordinal = 2, count = 0;

	write_edge(file, EDGE_ELEMENT, 1, 1);
	for (size_t place = PLACE_ROOTS; place < file->places; place++) {
		if (is_user_root(file, place))
			write_edge(file, EDGE_SHORTCUT,
				   export_string_format(&file->strings, "%" PRIu64, ++count),
				   ordinal);
		ordinal += is_present(file, place);
	}
	ordinal = 2;
	for (size_t place = PLACE_ROOTS; place < file->places; place++) {
		if (is_present(file, place)) {
			write_edge(file, EDGE_ELEMENT, ordinal - 1, ordinal);
			ordinal++;
		}
	}
}

static void write_edges(struct file *file)
{
	file->first = true;
	write_root_edges(file);
	for (size_t place = PLACE_ROOTS; place < file->places; place++)
		if (is_present(file, place))
			write_place_edges(file, place);
	for (uint32_t i = 0; i < file->graph->object_count; i++)
		if (is_shown(file, i))
			object_edges(file, i, true);
}

static const char meta[] =
	"\"meta\":{\"node_fields\":[\"type\",\"name\",\"id\",\"self_size\",\"edge_count\","
	"\"trace_node_id\",\"detachedness\"],\n"
	"\"node_types\":[[\"hidden\",\"array\",\"string\",\"object\",\"code\",\"closure\","
	"\"regexp\",\"number\",\"native\",\"synthetic\",\"concatenated string\","
	"\"sliced string\",\"symbol\",\"bigint\",\"object shape\"],"
	"\"string\",\"number\",\"number\",\"number\",\"number\",\"number\"],\n"
	"\"edge_fields\":[\"type\",\"name_or_index\",\"to_node\"],\n"
	"\"edge_types\":[[\"context\",\"element\",\"property\",\"internal\",\"hidden\","
	"\"shortcut\",\"weak\"],\"string_or_number\",\"node\"],\n"
	"\"trace_function_info_fields\":[\"function_id\",\"name\",\"script_name\","
	"\"script_id\",\"line\",\"column\"],\n"
	"\"trace_node_fields\":[\"id\",\"function_info_index\",\"count\",\"size\","
	"\"children\"],\n"
	"\"sample_fields\":[\"timestamp_us\",\"last_assigned_id\"],\n"
	"\"location_fields\":[\"object_index\",\"script_id\",\"line\",\"column\"]}";

static int write_file(struct file *file)
{
	bool traced = file->graph->site_count && !file->options->no_stacks;
	FILE *to = file->to;
	int error = 0;

	fprintf(to, "{\"snapshot\":{%s,\n\"node_count\":%" PRIu64 ",\"edge_count\":%" PRIu64
		",\"trace_function_count\":%zu},\n\"nodes\":[", meta, file->nodes, file->edges,
		traced ? file->graph->site_count + 1 : 0);
	write_nodes(file);
	fputs("],\n\"edges\":[", to);
	write_edges(file);
	fputs("],\n\"trace_function_infos\":[", to);
	if (traced)
		export_trace_functions(file->graph, to, &file->strings);
	fputs("],\n\"trace_tree\":[", to);
	if (traced)
		error = export_trace_tree(file->graph, to);
	fputs("],\n\"samples\":[", to);
	export_ids_samples(&file->ids, to);
	fputs("],\n\"locations\":[],\n\"strings\":[", to);
	for (uint32_t i = 0; i < file->strings.count; i++) {
		fputs(i ? ",\n" : "", to);
		export_json_string(to, file->strings.texts[i]);
	}
	fputs("]}\n", to);
	return error ? error : file->strings.error;
}

static int prepare(struct file *file)
{
	const struct graph *graph = file->graph;

	file->places = PLACE_COUNT + graph->session_count;
	file->ordinals = malloc((graph->object_count + 1) * sizeof(*file->ordinals));
	file->place_edges = calloc(file->places, sizeof(*file->place_edges));
	file->held = malloc((graph->holder_count + 1) * sizeof(*file->held));
	file->held_first = calloc(file->places + 1, sizeof(*file->held_first));
	if (!file->ordinals || !file->place_edges || !file->held || !file->held_first)
		return -ENOMEM;
	sort_holders(file);
	count_places(file);
	number_objects(file);
	return export_ids_make(&file->ids, &file->view, file->options);
}

int export_heapsnapshot(const struct graph *graph, FILE *to,
			const struct export_options *options)
{
	struct file file = { .graph = graph, .options = options, .to = to };
	int error;

	error = export_view_make(&file.view, graph, options, NULL);
	if (error)
		return error;
	error = prepare(&file);
	if (!error)
		error = write_file(&file);
	export_strings_free(&file.strings);
	free(file.ordinals);
	free(file.place_edges);
	free(file.held);
	free(file.held_first);
	export_ids_free(&file.ids);
	export_view_free(&file.view);
	return error ? error : export_finish(to);
}
