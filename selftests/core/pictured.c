// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include "pictured.h"

static void take_cell(struct pictured_cell *to, struct mheap_core *core, u32 number)
{
	struct mheap_cell *cell = mheap_cell_of(core, number);
	u64 count = heap_count(core, number);
	u32 i;

	*to = (struct pictured_cell) {
		.number = number,
		.handles = mheap_count_handles(count),
		.slot_refs = mheap_count_slots(count),
		.weak = mheap_cell_weak(cell),
		.slots = mheap_cell_slots(cell),
	};
	if (to->weak) {
		to->referent = mheap_weak_referent(core, number);
		return;
	}
	to->type = count & MHEAP_COUNT_REFS ? cell->type : 0;
	to->payload_bytes = mheap_cell_payload_bytes(cell);
	to->values = calloc(to->slots + 1, sizeof(u32));
	if (!mheap_cell_wide(cell) || mheap_cell_spine(cell))
		for (i = 0; i < to->slots; i++)
			to->values[i] = *mheap_cell_slot(cell, i);
}

void pictured_take(struct pictured *p, struct mheap_core *core)
{
	struct mheap_scan scan;
	u32 number, steps = ~0U;

	pictured_drop(p);
	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps))) {
		p->cells = realloc(p->cells, (p->count + 1) * sizeof(*p->cells));
		take_cell(&p->cells[p->count++], core, number);
	}
	memcpy(p->roots, core->roots.entries, sizeof(p->roots));
}

void pictured_drop(struct pictured *p)
{
	u32 i;

	for (i = 0; i < p->count; i++)
		free(p->cells[i].values);
	free(p->cells);
	memset(p, 0, sizeof(*p));
}

static int by_number(const void *a, const void *b)
{
	const struct pictured_cell *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

static struct pictured_cell *find(struct pictured *p, u32 number)
{
	struct pictured_cell key = { .number = number };

	return p->count ? bsearch(&key, p->cells, p->count, sizeof(key), by_number) : NULL;
}

static const char *compare_slots(struct pictured_cell *cell, u32 first, u32 count,
				 const u32 *values)
{
	u32 i;

	if (first + count > cell->slots)
		return "more slots than there were";
	for (i = 0; i < count; i++) {
		if (values[i] != cell->values[first + i])
			return "a slot differs";
		cell->told_slots += !!values[i];
	}
	return NULL;
}

static const char *compare_object(struct pictured_cell *cell, const struct mheap_dump_object *in)
{
	if (cell->weak || cell->told)
		return "told twice, or not what it was";
	cell->told = true;
	if (in->handle_refs != cell->handles || in->slot_refs != cell->slot_refs)
		return "counts differ";
	if (in->type != cell->type || in->slots != cell->slots ||
	    in->payload_bytes != cell->payload_bytes)
		return "an object differs";
	if (in->bytes < in->offset + in->count * sizeof(u32))
		return "the record is too short";
	return compare_slots(cell, 0, in->count, (const void *)in + in->offset);
}

static const char *compare_weak(struct pictured_cell *cell, const struct mheap_dump_weak *in)
{
	if (!cell->weak || cell->told)
		return "told twice, or not what it was";
	cell->told = true;
	if (in->handle_refs != cell->handles || in->slot_refs != cell->slot_refs)
		return "counts of a weak cell differ";
	return in->object == cell->referent ? NULL : "a referent differs";
}

static const char *compare_record(struct pictured *p, const struct mheap_dump_record *record,
				  u32 *ret_number)
{
	const struct mheap_dump_slots *slots = (const void *)record;
	struct pictured_cell *cell;

	/* The number is where it is, in all of them. */
	*ret_number = slots->object;
	cell = find(p, slots->object);
	if (!cell)
		return "something is told that was not there";
	switch (record->kind) {
	case MHEAP_DUMP_OBJECT:
		return compare_object(cell, (const void *)record);
	case MHEAP_DUMP_SLOTS:
		if (cell->weak || record->bytes < slots->offset + slots->count * sizeof(u32))
			return "slots that cannot be";
		return compare_slots(cell, slots->first, slots->count,
				     (const void *)slots + slots->offset);
	case MHEAP_DUMP_WEAK:
		return compare_weak(cell, (const void *)record);
	}
	return "a record of an unknown kind";
}

const char *pictured_compare(struct pictured *p, const void *data, size_t bytes, u32 *ret_number)
{
	const struct mheap_dump_record *record;
	const char *why = NULL;
	u32 i, j, left;

	for (; !why && bytes; bytes -= record->bytes, data += record->bytes) {
		record = data;
		if (record->bytes < sizeof(*record) || record->bytes > bytes || record->bytes % 8)
			return "a record has a wrong size";
		why = compare_record(p, record, ret_number);
	}
	for (i = 0; !why && i < p->count; i++) {
		*ret_number = p->cells[i].number;
		for (j = left = 0; !p->cells[i].weak && j < p->cells[i].slots; j++)
			left += !!p->cells[i].values[j];
		if (!p->cells[i].told)
			return "an object is missing";
		if (left != p->cells[i].told_slots)
			return "slots are missing, or told twice";
	}
	return why;
}

const char *pictured_count(struct pictured *p, u32 (*holders)(u32 number), u32 *ret_number)
{
	u32 *slots = calloc(p->count + 1, sizeof(u32)), i, j;
	const char *why = NULL;
	struct pictured_cell *to;

	for (i = 0; !why && i < p->count; i++) {
		*ret_number = p->cells[i].number;
		for (j = 0; !why && !p->cells[i].weak && j < p->cells[i].slots; j++) {
			if (!p->cells[i].values[j])
				continue;
			to = find(p, p->cells[i].values[j]);
			if (!to)
				why = "at the instant a slot referred to what was not there";
			else
				slots[to - p->cells]++;
		}
	}
	for (i = 0; !why && i < p->count; i++) {
		*ret_number = p->cells[i].number;
		if (slots[i] != p->cells[i].slot_refs)
			why = "at the instant the slots of an object were miscounted";
		if (holders(p->cells[i].number) != p->cells[i].handles)
			why = "at the instant the handles of an object were miscounted";
	}
	free(slots);
	return why;
}
