/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A graph as files that other people's viewers open: Documentation/formats.rst. */
#ifndef MHEAP_EXPORT_H
#define MHEAP_EXPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct graph;

/**
 * struct export_notes - What a file could not say, for the user to be told
 * @left_out: objects that the options left out
 * @garbage: objects that nothing holds any more
 * @clamped: objects whose size is shown as less than it is
 * @renumbered: objects whose id in the file is not made of their number alone, so that
 *	it is another in another file
 */
struct export_notes {
	size_t left_out;
	size_t garbage;
	size_t clamped;
	size_t renumbered;
};

/**
 * struct export_options - What goes into the file, and how. All zero is the default
 * @type: only objects of this type
 * @by_type: whether @type says anything
 * @max: no more objects than that; 0 is no limit. Those come first that are the
 *	fewest references away from a session
 * @no_garbage: leave out what nothing holds any more
 * @no_weak: leave out weak references
 * @no_stacks: heapsnapshot: leave out where objects were allocated, which
 *	vscode-v8-heap-parser refuses
 * @timeline: heapsnapshot: number objects by their age, and say when they were
 *	allocated; ids are then other ones in the next file
 * @no_symbols: pprof-text: leave out the names, as "go tool pprof" wants it
 * @count: collapsed: objects and not their bytes
 * @cycles: dot: only what is on a cycle
 * @from: dot: only what can be reached from the object of this number
 * @by_from: whether @from says anything
 * @depth: in no more steps than that; 0 is no limit
 * @notes: what the file could not say is added here. May be NULL
 */
struct export_options {
	uint32_t type;
	bool by_type;
	size_t max;
	bool no_garbage;
	bool no_weak;
	bool no_stacks;
	bool timeline;
	bool no_symbols;
	bool count;
	bool cycles;
	uint32_t from;
	bool by_from;
	size_t depth;
	struct export_notes *notes;
};

/*
 * Each writes the whole file to @to, while it is made; what it keeps in memory is a
 * few bytes an object. They return 0, -ENOMEM, -ENOENT when there is no object
 * @from, or what went wrong with the writing, -EIO when that is not known any more.
 */
int export_heapsnapshot(const struct graph *graph, FILE *to,
			const struct export_options *options);
int export_pprof(const struct graph *graph, FILE *to, const struct export_options *options);
int export_pprof_text(const struct graph *graph, FILE *to, const struct export_options *options);
int export_collapsed(const struct graph *graph, FILE *to, const struct export_options *options);
int export_dot(const struct graph *graph, FILE *to, const struct export_options *options);
int export_openmetrics(const struct graph *graph, FILE *to, const struct export_options *options);
int export_json(const struct graph *graph, FILE *to, const struct export_options *options);

/**
 * struct export_format - A kind of file
 * @name: what the user calls it
 * @suffix: of the names of such files
 * @what: what opens it
 * @write: writes it
 */
struct export_format {
	const char *name;
	const char *suffix;
	const char *what;
	int (*write)(const struct graph *graph, FILE *to, const struct export_options *options);
};

/* All formats; the last one has no name. */
extern const struct export_format export_formats[];

/* The format of a name, or NULL. */
const struct export_format *export_find(const char *name);

#endif /* MHEAP_EXPORT_H */
