// SPDX-License-Identifier: LGPL-2.1-or-later
#include <stdlib.h>
#include <unistd.h>

#include "debugfs.h"
#include "format.h"
#include "live.h"
#include "session_list.h"
#include "tool.h"

#define HEADER		"# id pid uid rights handles comm"
#define ENTRIES		256

static int parse(const struct heap_file *file, struct session_line *line)
{
	char *text = file->line;
	char *rights;

	if (!take_number(&text, &line->id) || !take_number(&text, &line->pid) ||
	    !take_number(&text, &line->uid))
		return heap_file_malformed(file, HEADER);
	rights = take_word(&text);
	if (!rights || !take_number(&text, &line->handles))
		return heap_file_malformed(file, HEADER);
	make_printable(rights);
	make_printable(text);
	line->rights = rights;
	line->comm = text;
	return EXIT_OK;
}

static int each_in_file(unsigned long long heap,
			void (*take)(const struct session_line *line, void *context),
			void *context)
{
	struct heap_file file;
	bool end = false;
	int code;

	code = heap_file_open(&file, heap, "sessions");
	if (code)
		return code;
	code = heap_file_header(&file, HEADER);
	while (!code && !end) {
		struct session_line line;

		code = heap_file_next(&file, &end);
		if (!code && !end)
			code = parse(&file, &line);
		if (!code && !end)
			take(&line, context);
	}
	heap_file_close(&file);
	return code;
}

static void take_entry(struct mh_session_entry *entry,
		       void (*take)(const struct session_line *line, void *context),
		       void *context)
{
	char rights[16];
	const struct session_line line = {
		.id = entry->session,
		.pid = entry->pid,
		.uid = entry->uid,
		.handles = entry->handles,
		.rights = rights,
		.comm = entry->comm,
	};

	if (entry->pid == (uint32_t)getpid())
		return;
	snprintf(rights, sizeof(rights), "0x%02x", entry->rights);
	make_printable(entry->comm);
	take(&line, context);
}

static int each_alive(struct mh_session *session,
		      void (*take)(const struct session_line *line, void *context),
		      void *context)
{
	struct mh_session_entry entries[ENTRIES];
	uint64_t cursor = 0;

	while (cursor != MH_END) {
		uint32_t count = 0;
		int error = mh_session_list(session, &cursor, entries, ENTRIES, &count);

		if (error)
			return live_explain(error, "cannot list the sessions of heap %llu",
					    (unsigned long long)mh_session_heap(session));
		for (uint32_t i = 0; i < count; i++)
			take_entry(&entries[i], take, context);
	}
	return EXIT_OK;
}

int session_list_each(unsigned long long heap,
		      void (*take)(const struct session_line *line, void *context),
		      void *context)
{
	struct mh_session *session;
	int code;

	if (debugfs_is_named())
		return each_in_file(heap, take, context);
	code = live_open(heap, &session);
	if (code)
		return code;
	code = each_alive(session, take, context);
	mh_session_close(session);
	return code;
}
