// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * pprof's profile.proto, gzipped. It is a few numbers and strings in protobuf's simplest
 * form, so that no library for that is needed.
 *
 * What is in use is known by site and type; what was ever allocated only by site. So
 * each site has a sample for each of its types, labelled with it, and one without such
 * a label for what was allocated.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "export.h"
#include "export_gzip.h"
#include "export_strings.h"
#include "export_tally.h"
#include "export_text.h"
#include "export_view.h"

/* Fields of the messages that are written; see profile.proto. */
enum {
	PROFILE_SAMPLE_TYPE = 1, PROFILE_SAMPLE = 2, PROFILE_LOCATION = 4,
	PROFILE_FUNCTION = 5, PROFILE_STRING_TABLE = 6, PROFILE_TIME_NANOS = 9,
	PROFILE_PERIOD_TYPE = 11, PROFILE_PERIOD = 12, PROFILE_DEFAULT_SAMPLE_TYPE = 14,
	VALUE_TYPE_TYPE = 1, VALUE_TYPE_UNIT = 2,
	SAMPLE_LOCATION_ID = 1, SAMPLE_VALUE = 2, SAMPLE_LABEL = 3,
	LABEL_KEY = 1, LABEL_STR = 2, LABEL_NUM = 3,
	LOCATION_ID = 1, LOCATION_LINE = 4,
	LINE_FUNCTION_ID = 1, LINE_LINE = 2,
	FUNCTION_ID = 1, FUNCTION_NAME = 2, FUNCTION_SYSTEM_NAME = 3, FUNCTION_FILENAME = 4,
};

enum { WIRE_VARINT = 0, WIRE_BYTES = 2 };

enum value { ALLOC_OBJECTS, ALLOC_SPACE, INUSE_OBJECTS, INUSE_SPACE, VALUES };

/**
 * struct message - A message that is being made
 * @bytes: it
 * @count: of @bytes
 * @room: in @bytes
 * @error: 0 or -ENOMEM
 */
struct message {
	uint8_t *bytes;
	size_t count;
	size_t room;
	int error;
};

/**
 * struct file - A profile that is being written
 * @graph: what of
 * @gzip: where to
 * @strings: the strings so far
 * @message: the message at work
 * @part: what is in @message
 * @error: 0 or -ENOMEM
 */
struct file {
	const struct graph *graph;
	struct export_gzip gzip;
	struct export_strings strings;
	struct message message;
	struct message part;
	int error;
};

static void put_bytes(struct message *message, const void *bytes, size_t count)
{
	if (message->room - message->count < count) {
		size_t room = (message->room + count) * 2 + 64;
		uint8_t *larger = realloc(message->bytes, room);

		if (!larger) {
			message->error = -ENOMEM;
			return;
		}
		message->bytes = larger;
		message->room = room;
	}
	memcpy(message->bytes + message->count, bytes, count);
	message->count += count;
}

static size_t encode(uint8_t bytes[10], uint64_t number)
{
	size_t count = 0;

	for (; number >= 0x80; number >>= 7)
		bytes[count++] = (uint8_t)(number | 0x80);
	bytes[count++] = (uint8_t)number;
	return count;
}

static void put_varint(struct message *message, uint64_t number)
{
	uint8_t bytes[10];

	put_bytes(message, bytes, encode(bytes, number));
}

static void put_number(struct message *message, unsigned int field, uint64_t number)
{
	put_varint(message, field << 3 | WIRE_VARINT);
	put_varint(message, number);
}

/* A message within a message, which is empty afterwards. */
static void put_message(struct message *message, unsigned int field, struct message *part)
{
	put_varint(message, field << 3 | WIRE_BYTES);
	put_varint(message, part->count);
	if (part->count)
		put_bytes(message, part->bytes, part->count);
	message->error |= part->error;
	part->count = 0;
}

static void write_field(struct file *file, unsigned int field, const void *bytes, size_t count)
{
	uint8_t head[20];
	size_t length = encode(head, field << 3 | WIRE_BYTES);

	length += encode(head + length, count);
	export_gzip_write(&file->gzip, head, length);
	export_gzip_write(&file->gzip, bytes, count);
}

/* The message as a field of the profile. */
static void write_message(struct file *file, unsigned int field)
{
	if (file->message.error)
		file->error = -ENOMEM;
	write_field(file, field, file->message.bytes, file->message.count);
	file->message.count = 0;
}

static void write_number(struct file *file, unsigned int field, uint64_t number)
{
	uint8_t bytes[20];
	size_t length = encode(bytes, field << 3 | WIRE_VARINT);

	length += encode(bytes + length, number);
	export_gzip_write(&file->gzip, bytes, length);
}

static void write_value_type(struct file *file, unsigned int field, const char *type,
			     const char *unit)
{
	put_number(&file->message, VALUE_TYPE_TYPE, export_string(&file->strings, type));
	put_number(&file->message, VALUE_TYPE_UNIT, export_string(&file->strings, unit));
	write_message(file, field);
}

/* The site and those that called it, or the one that stands for what is unknown. */
static void put_stack(struct file *file, size_t site)
{
	do {
		put_varint(&file->part, site + 1);
		if (site == file->graph->site_count)
			break;
		site = export_parent(file->graph, site);
	} while (site != EXPORT_NONE);
	put_message(&file->message, SAMPLE_LOCATION_ID, &file->part);
}

static void write_sample(struct file *file, size_t site, const uint64_t values[VALUES],
			 const char *type)
{
	put_stack(file, site);
	for (size_t i = 0; i < VALUES; i++)
		put_varint(&file->part, values[i]);
	put_message(&file->message, SAMPLE_VALUE, &file->part);

	put_number(&file->part, LABEL_KEY, export_string(&file->strings, "heap"));
	put_number(&file->part, LABEL_NUM, file->graph->heap);
	put_message(&file->message, SAMPLE_LABEL, &file->part);
	if (type) {
		put_number(&file->part, LABEL_KEY, export_string(&file->strings, "type"));
		put_number(&file->part, LABEL_STR, export_string(&file->strings, type));
		put_message(&file->message, SAMPLE_LABEL, &file->part);
	}
	write_message(file, PROFILE_SAMPLE);
}

static void write_samples(struct file *file, const struct export_tally *tally, bool allocated)
{
	const struct graph *graph = file->graph;
	char buffer[EXPORT_TYPE_MAX];

	for (size_t i = 0; i < graph->site_count && allocated; i++) {
		const struct graph_site *site = &graph->sites[i];
		uint64_t values[VALUES] = { 0 };

		values[ALLOC_OBJECTS] = site->total_objects;
		values[ALLOC_SPACE] = site->total_bytes;
		if (site->total_objects)
			write_sample(file, i, values, NULL);
	}
	for (size_t i = 0; i < tally->count; i++) {
		const struct export_sum *sum = &tally->sums[i];
		uint64_t values[VALUES] = { 0 };

		values[INUSE_OBJECTS] = sum->objects;
		values[INUSE_SPACE] = sum->bytes;
		/* Nobody counted these, but they were allocated. */
		if (sum->site == graph->site_count && allocated) {
			values[ALLOC_OBJECTS] = sum->objects;
			values[ALLOC_SPACE] = sum->bytes;
		}
		write_sample(file, sum->site, values,
			     export_type_name(graph, sum->type, buffer));
	}
}

/* A location and a function for a site: both have its index plus one as their ids. */
static void write_place(struct file *file, size_t id, const char *function, const char *name,
			uint32_t line)
{
	uint32_t string = export_string(&file->strings, function);

	put_number(&file->message, FUNCTION_ID, id);
	put_number(&file->message, FUNCTION_NAME, string);
	put_number(&file->message, FUNCTION_SYSTEM_NAME, string);
	put_number(&file->message, FUNCTION_FILENAME, export_string(&file->strings, name));
	write_message(file, PROFILE_FUNCTION);

	put_number(&file->part, LINE_FUNCTION_ID, id);
	put_number(&file->part, LINE_LINE, line);
	put_number(&file->message, LOCATION_ID, id);
	put_message(&file->message, LOCATION_LINE, &file->part);
	write_message(file, PROFILE_LOCATION);
}

static void write_places(struct file *file)
{
	const struct graph *graph = file->graph;

	for (size_t i = 0; i < graph->site_count; i++) {
		const struct graph_site *site = &graph->sites[i];

		write_place(file, i + 1, *site->function ? site->function : "(unknown)",
			    site->file, site->line);
	}
	write_place(file, graph->site_count + 1, "(unknown)", "", 0);
}

/* A string as UTF-8, which protobuf's strings have to be. */
static int write_string(struct file *file, const char *text)
{
	char *clean;
	size_t size;
	FILE *memory = open_memstream(&clean, &size);

	if (!memory)
		return -ENOMEM;
	export_text(memory, text, NULL);
	if (fclose(memory)) {
		free(clean);
		return -ENOMEM;
	}
	write_field(file, PROFILE_STRING_TABLE, clean, size);
	free(clean);
	return 0;
}

static int write_strings(struct file *file)
{
	int error = file->strings.error;

	for (uint32_t i = 0; i < file->strings.count && !error; i++)
		error = write_string(file, file->strings.texts[i]);
	return error;
}

static int write_profile(struct file *file, const struct export_tally *tally, bool allocated)
{
	int error;

	/* The first string has to be this one. */
	export_string(&file->strings, "");
	write_value_type(file, PROFILE_SAMPLE_TYPE, "alloc_objects", "count");
	write_value_type(file, PROFILE_SAMPLE_TYPE, "alloc_space", "bytes");
	write_value_type(file, PROFILE_SAMPLE_TYPE, "inuse_objects", "count");
	write_value_type(file, PROFILE_SAMPLE_TYPE, "inuse_space", "bytes");
	write_samples(file, tally, allocated);
	write_places(file);
	write_number(file, PROFILE_TIME_NANOS, file->graph->taken_ns);
	write_value_type(file, PROFILE_PERIOD_TYPE, "space", "bytes");
	write_number(file, PROFILE_PERIOD, 1);
	write_number(file, PROFILE_DEFAULT_SAMPLE_TYPE,
		     export_string(&file->strings, "inuse_space"));
	error = write_strings(file);
	return error ? error : file->error;
}

int export_pprof(const struct graph *graph, FILE *to, const struct export_options *options)
{
	struct file file = { .graph = graph };
	struct export_tally tally;
	int error, end;

	error = export_tally_graph(&tally, graph, options, EXPORT_BY_SITE | EXPORT_BY_TYPE);
	if (error)
		return error;
	error = export_gzip_begin(&file.gzip, to);
	if (!error) {
		error = write_profile(&file, &tally, !options->by_type);
		end = export_gzip_end(&file.gzip);
		error = error ? error : end;
	}
	export_strings_free(&file.strings);
	free(file.message.bytes);
	free(file.part.bytes);
	export_tally_free(&tally);
	return error ? error : export_finish(to);
}
