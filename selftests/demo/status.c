// SPDX-License-Identifier: LGPL-2.1-or-later
/*
 * Reads a dpkg status file, by the rules in README. The script `oracle` does the
 * same once more, in another language and on its own.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "status.h"

#define SPACE	" \t\n"

enum field {
	PACKAGE, STATUS, ARCHITECTURE, VERSION, INSTALLED_SIZE, PROVIDES, PRE_DEPENDS, DEPENDS,
	FIELDS
};

static const char *const field_names[FIELDS] = {
	"Package", "Status", "Architecture", "Version", "Installed-Size", "Provides",
	"Pre-Depends", "Depends",
};

/* One paragraph of the file: the values of its fields, "" for those it lacks. */
struct paragraph {
	const char *value[FIELDS];
};

/* A name by which a package can be depended on. */
struct name {
	const char *text;
	uint32_t length;
	bool provided;			/* by Provides, not the package's own */
	uint32_t package;
};

struct reader {
	struct paragraph *paragraphs;	/* those of installed packages */
	uint32_t count;
	struct name *names;		/* sorted */
	uint32_t names_count;
};

static void *grow(void *array, uint32_t count, size_t size)
{
	/* To the next power of two, when the count has come to one. */
	if (count & (count - 1))
		return array;
	array = reallocarray(array, count ? count * 2UL : 1, size);
	if (!array)
		abort();
	return array;
}

static char *read_file(const char *path)
{
	FILE *file = fopen(path, "r");
	size_t size = 0;
	char *text = NULL;

	if (!file)
		return NULL;
	/* There is no NUL in the file, so this is all of it. */
	errno = 0;
	if (getdelim(&text, &size, '\0', file) < 0) {
		free(text);
		text = errno ? NULL : strdup("");
	}
	fclose(file);
	return text;
}

/* Is @status that of an installed package? Its third word tells. */
static bool is_installed(const char *status)
{
	char state[16];

	return sscanf(status, "%*s %*s %15s", state) == 1 && !strcmp(state, "installed");
}

static void take_paragraph(struct reader *reader, struct paragraph *paragraph)
{
	if (*paragraph->value[PACKAGE] && is_installed(paragraph->value[STATUS])) {
		reader->paragraphs = grow(reader->paragraphs, reader->count, sizeof(*paragraph));
		reader->paragraphs[reader->count++] = *paragraph;
	}
	for (int i = 0; i < FIELDS; i++)
		paragraph->value[i] = "";
}

static void take_field(struct paragraph *paragraph, char *line)
{
	char *colon = strchr(line, ':');

	if (!colon)
		return;
	*colon++ = '\0';
	for (int i = 0; i < FIELDS; i++)
		if (!strcasecmp(line, field_names[i]))
			paragraph->value[i] = colon + strspn(colon, SPACE);
}

/* Cuts @text into fields; lines that begin with a space go on with the one before. */
static void read_paragraphs(struct reader *reader, char *text)
{
	struct paragraph paragraph;
	char *end;

	paragraph.value[PACKAGE] = "";
	take_paragraph(reader, &paragraph);
	for (; *text; text = end) {
		if (*text == '\n') {
			take_paragraph(reader, &paragraph);
			end = text + 1;
			continue;
		}
		end = text + strcspn(text, "\n");
		while (end[0] && (end[1] == ' ' || end[1] == '\t'))
			end += 1 + strcspn(end + 1, "\n");
		if (*end)
			*end++ = '\0';
		take_field(&paragraph, text);
	}
	take_paragraph(reader, &paragraph);
}

/* The value of a field without the space behind it. */
static char *copy_word(const char *text)
{
	return strndup(text, strcspn(text, SPACE));
}

/*
 * The next name of a list such as "a (>= 1), b:any | c". Moves *@list to what
 * separates it from the one behind: a comma, a bar or the end.
 */
static bool next_name(const char **list, struct name *name)
{
	const char *text = *list + strspn(*list, SPACE ",|");

	name->text = text;
	name->length = (uint32_t)strcspn(text, SPACE ",|:([");
	*list = text + strcspn(text, ",|");
	return name->length > 0;
}

static void add_name(struct reader *reader, const struct name *name)
{
	reader->names = grow(reader->names, reader->names_count, sizeof(*name));
	reader->names[reader->names_count++] = *name;
}

static int compare_texts(const struct name *a, const struct name *b)
{
	uint32_t shorter = a->length < b->length ? a->length : b->length;
	int order = memcmp(a->text, b->text, shorter);

	return order ?: (a->length > b->length) - (a->length < b->length);
}

/* By text; then own names before provided ones; then in the order of the file. */
static int compare_names(const void *left, const void *right)
{
	const struct name *a = left, *b = right;

	return compare_texts(a, b) ?: a->provided - b->provided ?:
	       (a->package > b->package) - (a->package < b->package);
}

static void collect_names(struct reader *reader)
{
	struct name name;
	const char *list;

	for (name.package = 0; name.package < reader->count; name.package++) {
		name.provided = false;
		list = reader->paragraphs[name.package].value[PACKAGE];
		if (next_name(&list, &name))
			add_name(reader, &name);
		name.provided = true;
		list = reader->paragraphs[name.package].value[PROVIDES];
		while (next_name(&list, &name))
			add_name(reader, &name);
	}
	if (reader->names_count)
		qsort(reader->names, reader->names_count, sizeof(name), compare_names);
}

static bool same_architecture(const struct reader *reader, uint32_t a, uint32_t b)
{
	return !strcmp(reader->paragraphs[a].value[ARCHITECTURE],
		       reader->paragraphs[b].value[ARCHITECTURE]);
}

/*
 * Looks for the package that @name stands for, as @package says it: one of that
 * name, else one that provides it; of those the first of the same architecture,
 * else the first.
 */
static bool resolve(const struct reader *reader, const struct name *name, uint32_t package,
		    uint32_t *ret_package)
{
	uint32_t low = 0, high = reader->names_count;
	const struct name *first, *at;

	while (low < high) {
		uint32_t middle = low + (high - low) / 2;

		if (compare_texts(&reader->names[middle], name) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	first = &reader->names[low];
	if (low == reader->names_count || compare_texts(first, name))
		return false;
	*ret_package = first->package;
	for (at = first; at < &reader->names[reader->names_count]; at++) {
		if (compare_texts(at, name) || at->provided != first->provided)
			break;
		if (same_architecture(reader, at->package, package)) {
			*ret_package = at->package;
			break;
		}
	}
	return true;
}

/* Nobody needs itself, and nobody needs another twice. */
static void add_need(struct package *packages, uint32_t from, uint32_t to)
{
	struct package *package = &packages[from];

	if (from == to)
		return;
	for (uint32_t i = 0; i < package->needs_count; i++)
		if (package->needs[i] == to)
			return;
	package->needs = grow(package->needs, package->needs_count, sizeof(to));
	package->needs[package->needs_count++] = to;
}

/* Of the alternatives "a | b" the first that can be resolved is what is needed. */
static void read_needs(const struct reader *reader, struct status *status, uint32_t package,
		       const char *list)
{
	struct name name;
	bool met = false;
	uint32_t to;

	while (next_name(&list, &name)) {
		if (!met && resolve(reader, &name, package, &to)) {
			add_need(status->packages, package, to);
			met = true;
		}
		if (*list == '|')
			continue;
		status->unmet += !met;
		met = false;
	}
}

static bool is_first_of_name(const struct reader *reader, const char *name, uint32_t package)
{
	struct name wanted = { .text = name, .length = (uint32_t)strlen(name) };
	const struct name *found;

	wanted.package = package;
	found = bsearch(&wanted, reader->names, reader->names_count, sizeof(wanted),
			compare_names);
	return !found || found == reader->names || compare_texts(found - 1, found) != 0;
}

static void read_package(const struct reader *reader, struct status *status, uint32_t i)
{
	const struct paragraph *paragraph = &reader->paragraphs[i];
	struct package *package = &status->packages[i];
	char *name = copy_word(paragraph->value[PACKAGE]);

	if (is_first_of_name(reader, name, i))
		package->name = name;
	else if (asprintf(&package->name, "%s:%s", name, paragraph->value[ARCHITECTURE]) < 0)
		abort();
	package->version = copy_word(paragraph->value[VERSION]);
	package->installed_size = strtoull(paragraph->value[INSTALLED_SIZE], NULL, 10);
	read_needs(reader, status, i, paragraph->value[PRE_DEPENDS]);
	read_needs(reader, status, i, paragraph->value[DEPENDS]);
	status->needs_count += package->needs_count;
}

int status_read(const char *path, struct status *ret_status)
{
	struct reader reader = { .count = 0 };
	char *text = read_file(path);

	if (!text)
		return errno ? -errno : -EIO;
	read_paragraphs(&reader, text);
	collect_names(&reader);
	*ret_status = (struct status){ .count = reader.count };
	ret_status->packages = calloc(reader.count + 1UL, sizeof(struct package));
	if (!ret_status->packages)
		return -ENOMEM;
	for (uint32_t i = 0; i < reader.count; i++)
		read_package(&reader, ret_status, i);
	return 0;
}
