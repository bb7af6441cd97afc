// SPDX-License-Identifier: LGPL-2.1-or-later
#include "graph_name.h"
#include "target.h"
#include "tool.h"

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct target *target = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		if (state->arg_num > 1)
			argp_error(state, "there is one object too many: `%s'", argument);
		target->name = target->object;
		target->object = argument;
		return 0;
	case ARGP_KEY_END:
		if (!target->object)
			argp_error(state, "an object is missing, such as 12 or Order#12");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp target_argp = { .parser = parse, .args_doc = "[HEAP|FILE] OBJECT" };

int target_read(const struct target *target, const struct source_options *options,
		struct graph *ret_graph, uint32_t *ret_index)
{
	struct source source;
	int code;

	if (!graph_is_object(target->object, ret_index))
		return complain(EXIT_USAGE, "`%s' is not an object: write 12, or Order#12",
				target->object);
	code = source_find(target->name, &source);
	if (!code)
		code = source_read(&source, SOURCE_GRAPH, options, ret_graph);
	if (code)
		return code;
	*ret_index = graph_find_object(ret_graph, target->object);
	if (*ret_index != GRAPH_NULL)
		return EXIT_OK;
	graph_free(ret_graph);
	return complain(EXIT_FAILED, "there is no object %s: `mheap ls' lists those that there "
			"are", target->object);
}
