// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "dominator.h"
#include "export_view.h"
#include "graph_name.h"
#include "memory.h"
#include "progress.h"

/* The size of a large page; what is smaller than that is not worth the trouble. */
#define ARRAY_ALIGN	(2UL << 20)

/* How far find_semi() is looked ahead of, and how many references of a node. */
#define AHEAD_NODES	16
#define AHEAD_REFERENCES 8

/**
 * struct place - Where a node is, while dominators are looked for
 * @ancestor: the node from which it was found first; of linked ones, some node above that
 * @label: while numbers are given, how many references were followed. Then the node with
 *	the smallest @semi between this one and its @ancestor
 * @least: that @semi; these three are wanted together
 * @semi: the smallest number from which a way leads there over larger numbers alone
 */
struct place {
	uint32_t ancestor;
	uint32_t label;
	uint32_t least;
	uint32_t semi;
};

/**
 * struct search - The algorithm under way
 * @tree: that is made
 * @progress: how far it is
 * @number: for each node its number, or GRAPH_NULL; in the end the tree's @above
 * @places: of nodes, by their numbers, as all below
 * @bucket: the first of the nodes whose @semi it is
 * @dominator: the next one in a bucket; of those that are in none, the dominator
 * @first: where references to it begin
 * @from: who they are from
 *
 * T. Lengauer, R. E. Tarjan: A Fast Algorithm for Finding Dominators in a Flowgraph
 * (1979), the simple version. Numbers are those that a search in depth gives to nodes: what
 * is close in the graph is then mostly close in memory.
 */
struct search {
	struct dominator_tree *tree;
	struct progress progress;
	uint32_t *number;
	struct place *places;
	uint32_t *bucket;
	uint32_t *dominator;
	size_t *first;
	uint32_t *from;
};

/* Memory that is written and read all over: large pages are worth most there. */
static void *make_array(size_t count, size_t size)
{
	size_t room = (count * size / ARRAY_ALIGN + 1) * ARRAY_ALIGN;
	void *array;

	if (room == ARRAY_ALIGN)
		return must_have(malloc(count * size));
	array = must_have(aligned_alloc(ARRAY_ALIGN, room));
	(void)madvise(array, room, MADV_HUGEPAGE);
	touch(array, count * size);
	return array;
}

static uint32_t *make_numbers(size_t count, bool clear)
{
	uint32_t *numbers = make_array(count, sizeof(*numbers));

	if (clear)
		memset(numbers, 0xff, count * sizeof(*numbers));
	return numbers;
}

/* Which node holds an object by a holder that is not weak; @root counts those of roots. */
static uint32_t holder_node(const struct dominator_tree *tree, const struct graph_holder *holder,
			    size_t *root)
{
	const struct graph *graph = tree->graph;
	size_t session;

	if (holder->kind != GRAPH_HOLDER_HANDLE)
		return (uint32_t)(graph->object_count + graph->session_count + (*root)++);
	session = export_session(graph, holder->session);
	return session == EXPORT_NONE ? tree->root - 1 : (uint32_t)(graph->object_count + session);
}

static size_t *holds(const struct dominator_tree *tree, uint32_t node)
{
	return &tree->holds[node - tree->graph->object_count];
}

/* Objects that have handles none of which is in the graph. */
static bool *find_unlisted(const struct graph *graph, size_t *ret_count)
{
	bool *unlisted = must_have(calloc(graph->object_count + 1, sizeof(*unlisted)));

	for (size_t i = 0; i < graph->object_count; i++)
		unlisted[i] = graph->objects[i].handle_refs;
	for (size_t i = 0; i < graph->holder_count; i++)
		if (graph->holders[i].kind != GRAPH_HOLDER_WEAK)
			unlisted[graph->holders[i].object] = false;
	*ret_count = 0;
	for (size_t i = 0; i < graph->object_count; i++)
		*ret_count += unlisted[i];
	return unlisted;
}

/* Counts first, then fills from behind. */
static void fill_holders(struct dominator_tree *tree, size_t holder_nodes)
{
	const struct graph *graph = tree->graph;
	size_t count, root = 0;
	bool *unlisted = find_unlisted(graph, &count);

	tree->holds = must_have(calloc(holder_nodes + 1, sizeof(*tree->holds)));
	*holds(tree, tree->root - 1) = count;
	for (size_t i = 0; i < graph->holder_count; i++) {
		const struct graph_holder *holder = &graph->holders[i];

		if (holder->kind == GRAPH_HOLDER_WEAK)
			continue;
		if (holder->kind != GRAPH_HOLDER_HANDLE)
			tree->roots[root] = i;
		++*holds(tree, holder_node(tree, holder, &root));
	}
	for (size_t i = 1; i <= holder_nodes; i++)
		tree->holds[i] += tree->holds[i - 1];
	tree->held = make_numbers(tree->holds[holder_nodes] + 1, false);
	root = 0;
	for (size_t i = 0; i < graph->holder_count; i++)
		if (graph->holders[i].kind != GRAPH_HOLDER_WEAK)
			tree->held[--*holds(tree, holder_node(tree, &graph->holders[i], &root))] =
				graph->holders[i].object;
	for (size_t i = 0; i < graph->object_count; i++)
		if (unlisted[i])
			tree->held[--*holds(tree, tree->root - 1)] = (uint32_t)i;
	free(unlisted);
}

/* The nodes behind the objects: sessions, roots and descriptors, what is not listed. */
static void make_holders(struct dominator_tree *tree)
{
	const struct graph *graph = tree->graph;
	size_t roots = 0, holder_nodes;

	for (size_t i = 0; i < graph->holder_count; i++)
		roots += graph->holders[i].kind == GRAPH_HOLDER_ROOT ||
			 graph->holders[i].kind == GRAPH_HOLDER_FD;
	holder_nodes = graph->session_count + roots + 1;
	/* Numbers have 32 bits; a graph with more of them has hundreds of gigabytes. */
	if (graph->object_count + holder_nodes >= GRAPH_NULL)
		must_have(NULL);
	tree->root = (uint32_t)(graph->object_count + holder_nodes);
	tree->roots = must_have(calloc(roots + 1, sizeof(*tree->roots)));
	fill_holders(tree, holder_nodes);
}

/* What a node refers to, one after the other; GRAPH_NULL when there is no more. */
static uint32_t next_reference(const struct dominator_tree *tree, uint32_t node, uint32_t *cursor)
{
	const struct graph *graph = tree->graph;
	const struct graph_object *object;
	size_t first;

	if (node == tree->root) {
		first = graph->object_count + (*cursor)++;
		return first < tree->root ? (uint32_t)first : GRAPH_NULL;
	}
	if (node >= graph->object_count) {
		first = *holds(tree, node) + (*cursor)++;
		return first < *holds(tree, node + 1) ? tree->held[first] : GRAPH_NULL;
	}
	object = &graph->objects[node];
	while (*cursor < object->slots) {
		size_t edge = object->first_edge + (*cursor)++;

		if (graph->edges[edge] != GRAPH_NULL && !graph_edge_is_weak(graph, edge))
			return graph->edges[edge];
	}
	return GRAPH_NULL;
}

/* Number what can be reached, in depth first; the way back is @ancestor, so no stack. */
static void give_numbers(struct search *search)
{
	struct dominator_tree *tree = search->tree;
	struct place *places = search->places;
	uint32_t *number = search->number;
	uint32_t at = 0;

	tree->order[0] = tree->root;
	number[tree->root] = 0;
	places[0] = (struct place){ .ancestor = GRAPH_NULL };
	search->first[0] = 0;
	tree->count = 1;
	while (at != GRAPH_NULL) {
		uint32_t to = next_reference(tree, tree->order[at], &places[at].label);

		if (to == GRAPH_NULL) {
			at = places[at].ancestor;
			continue;
		}
		if (number[to] != GRAPH_NULL) {
			search->first[number[to]]++;
			continue;
		}
		number[to] = tree->count;
		places[tree->count] = (struct place){ .ancestor = at };
		at = tree->count++;
		tree->order[at] = to;
		search->first[at] = 1;
		progress_step(&search->progress);
	}
}

/* Turn references round, those of what can be reached; give_numbers() has counted them. */
static void turn_references(struct search *search)
{
	const struct dominator_tree *tree = search->tree;
	size_t *first = search->first;

	for (uint32_t i = 1; i < tree->count; i++)
		first[i] += first[i - 1];
	first[tree->count] = first[tree->count - 1];
	search->from = make_numbers(first[tree->count] + 1, false);
	for (uint32_t node = 0; node <= tree->root; node++) {
		uint32_t cursor = 0, to;

		if (search->number[node] == GRAPH_NULL)
			continue;
		while ((to = next_reference(tree, node, &cursor)) != GRAPH_NULL)
			search->from[--first[search->number[to]]] = search->number[node];
	}
}

/*
 * Have a node know the one with the smallest @semi above it, itself included and the one
 * that is not linked excluded; those from @linked on are linked, and it is one of them. On
 * the way up each @ancestor is made to lead down, and on the way back all of them to the top.
 */
static const struct place *evaluate(struct place *places, uint32_t node, uint32_t linked)
{
	uint32_t below = GRAPH_NULL, at = node, top;

	while (places[at].ancestor >= linked) {
		uint32_t up = places[at].ancestor;

		places[at].ancestor = below;
		below = at;
		at = up;
	}
	top = places[at].ancestor;
	while (below != GRAPH_NULL) {
		uint32_t next = places[below].ancestor;

		if (places[at].least < places[below].least) {
			places[below].least = places[at].least;
			places[below].label = places[at].label;
		}
		places[below].ancestor = top;
		at = below;
		below = next;
	}
	return &places[node];
}

/* All that @node is the @semi of were looked at before, since they have larger numbers. */
static void empty_bucket(struct search *search, uint32_t node)
{
	uint32_t next;

	for (uint32_t at = search->bucket[node]; at != GRAPH_NULL; at = next) {
		const struct place *found = evaluate(search->places, at, node + 1);

		next = search->dominator[at];
		/* Otherwise it has the dominator that @label has, which is not known yet. */
		search->dominator[at] = found->least < node ? found->label : node;
	}
}

static void find_semi(struct search *search, uint32_t node)
{
	struct place *place = &search->places[node];
	uint32_t semi = place->ancestor;

	for (size_t i = search->first[node]; i < search->first[node + 1]; i++) {
		uint32_t found = search->from[i];

		if (found > node)
			found = evaluate(search->places, found, node + 1)->least;
		if (found < semi)
			semi = found;
	}
	place->semi = semi;
	place->least = semi;
	place->label = node;
	search->dominator[node] = search->bucket[semi];
	search->bucket[semi] = node;
}

/* Have in the cache what find_semi() is about to look at: most of the time is waiting for it. */
static void look_ahead(const struct search *search, uint32_t node)
{
	size_t first = search->first[node], end = search->first[node + 1];

	for (size_t i = first; i < end && i < first + AHEAD_REFERENCES; i++)
		__builtin_prefetch(&search->places[search->from[i]], 1);
}

static void find_dominators(struct search *search)
{
	uint32_t count = search->tree->count;

	for (uint32_t i = count; i-- > 1;) {
		if (i > AHEAD_NODES)
			look_ahead(search, i - AHEAD_NODES);
		empty_bucket(search, i);
		find_semi(search, i);
		progress_step(&search->progress);
	}
	empty_bucket(search, 0);
	for (uint32_t i = 1; i < count; i++)
		if (search->dominator[i] != search->places[i].semi)
			search->dominator[i] = search->dominator[search->dominator[i]];
}

/* From numbers back to nodes, and sums from the leaves to the root. */
static void add_up(struct search *search)
{
	struct dominator_tree *tree = search->tree;
	const struct graph *graph = tree->graph;

	tree->above = search->number;
	tree->above[tree->root] = GRAPH_NULL;
	for (uint32_t i = 1; i < tree->count; i++)
		tree->above[tree->order[i]] = tree->order[search->dominator[i]];
	tree->bytes = must_have(calloc(tree->root + 1UL, sizeof(*tree->bytes)));
	tree->objects = must_have(calloc(tree->root + 1UL, sizeof(*tree->objects)));
	for (uint32_t i = tree->count; i-- > 1;) {
		uint32_t node = tree->order[i];

		if (node < graph->object_count) {
			tree->bytes[node] += graph->objects[node].bytes;
			tree->objects[node]++;
		}
		tree->bytes[tree->above[node]] += tree->bytes[node];
		tree->objects[tree->above[node]] += tree->objects[node];
	}
}

void dominator_tree_make(struct dominator_tree *tree, const struct graph *graph, bool quiet)
{
	struct search search = { .tree = tree };
	size_t count;

	*tree = (struct dominator_tree){ .graph = graph };
	make_holders(tree);
	count = tree->root + 1UL;
	search.number = make_numbers(count, true);
	tree->order = make_numbers(count, false);
	search.places = make_array(count, sizeof(*search.places));
	search.first = make_array(count + 1, sizeof(*search.first));
	progress_begin(&search.progress, graph->object_count, "followed", quiet);
	give_numbers(&search);
	progress_end(&search.progress);
	turn_references(&search);
	search.bucket = make_numbers(count, true);
	search.dominator = make_numbers(count, true);
	progress_begin(&search.progress, tree->count, "weighed", quiet);
	find_dominators(&search);
	progress_end(&search.progress);
	free(search.places);
	free(search.first);
	free(search.from);
	free(search.bucket);
	add_up(&search);
	free(search.dominator);
}

void dominator_tree_free(struct dominator_tree *tree)
{
	free(tree->above);
	free(tree->order);
	free(tree->bytes);
	free(tree->objects);
	free(tree->holds);
	free(tree->held);
	free(tree->roots);
}

size_t dominator_holder(const struct dominator_tree *tree, uint32_t node)
{
	size_t at = node - tree->graph->object_count;

	if (at < tree->graph->session_count)
		return at;
	return tree->roots[at - tree->graph->session_count];
}

enum dominator_kind dominator_kind(const struct dominator_tree *tree, uint32_t node)
{
	const struct graph *graph = tree->graph;

	if (node < graph->object_count)
		return DOMINATOR_OBJECT;
	if (node >= tree->root - 1)
		return node == tree->root ? DOMINATOR_HEAP : DOMINATOR_UNLISTED;
	if (node < graph->object_count + graph->session_count)
		return DOMINATOR_SESSION;
	return graph->holders[dominator_holder(tree, node)].kind == GRAPH_HOLDER_ROOT ?
	       DOMINATOR_ROOT : DOMINATOR_FD;
}

char *dominator_name(const struct dominator_tree *tree, uint32_t node)
{
	const struct graph *graph = tree->graph;

	switch (dominator_kind(tree, node)) {
	case DOMINATOR_OBJECT:
		return graph_name_object(graph, node);
	case DOMINATOR_SESSION:
		return graph_name_session(graph,
					  graph->sessions[dominator_holder(tree, node)].id);
	case DOMINATOR_UNLISTED:
		return must_copy("holders that were not seen");
	case DOMINATOR_HEAP:
		return must_print("heap %llu", (unsigned long long)graph->heap);
	default:
		return graph_name_holder(graph, &graph->holders[dominator_holder(tree, node)]);
	}
}
