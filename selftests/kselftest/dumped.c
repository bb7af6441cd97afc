// SPDX-License-Identifier: GPL-2.0
#include <stdlib.h>

#include "dumped.h"

/* Makes room for one more, doubling. */
static void *one_more(void *array, size_t count, size_t size)
{
	void *more = array;

	if (!(count & (count - 1)))
		more = realloc(array, (count ? count * 2 : 1) * size);
	if (more)
		memset((char *)more + count * size, 0, size);
	return more;
}

static struct dumped_object *add_object(struct dumped *d, __u32 number)
{
	struct dumped_object *objects = one_more(d->objects, d->object_count, sizeof(*objects));

	if (!objects)
		return NULL;
	d->objects = objects;
	objects[d->object_count].number = number;
	return &objects[d->object_count++];
}

static struct dumped_holder *add_holder(struct dumped *d, const struct mheap_dump_record *record)
{
	struct dumped_holder *holders = one_more(d->holders, d->holder_count, sizeof(*holders));

	if (!holders)
		return NULL;
	d->holders = holders;
	holders += d->holder_count++;
	holders->kind = record->kind;
	holders->flags = record->flags;
	return holders;
}

static int take_values(struct dumped_object *object, const void *record, __u32 offset, __u32 first,
		       __u32 count)
{
	const struct mheap_dump_record *head = record;

	if (count > MHEAP_DUMP_SLOTS_MAX || offset + count * 4ULL > head->bytes)
		return -EPROTO;
	object->slots = object->slots > first + count ? object->slots : first + count;
	object->values = calloc(count + 3, sizeof(__u32));
	if (!object->values)
		return -ENOMEM;
	/* Until all is there: where, and how many. */
	object->values[0] = first;
	object->values[1] = count;
	memcpy(object->values + 2, (const char *)record + offset, count * sizeof(__u32));
	return 0;
}

static int take_object(struct dumped *d, const struct mheap_dump_object *in)
{
	struct dumped_object *object = add_object(d, in->object);

	if (!object)
		return -ENOMEM;
	object->told = true;
	object->flags = in->flags;
	object->type = in->type;
	object->site = in->site;
	object->payload_bytes = in->payload_bytes;
	object->object_bytes = in->object_bytes;
	object->slots = in->slots;
	object->handle_refs = in->handle_refs;
	object->slot_refs = in->slot_refs;
	if (in->count > in->slots)
		return -EPROTO;
	return take_values(object, in, in->offset, 0, in->count);
}

static int take_slots(struct dumped *d, const struct mheap_dump_slots *in)
{
	struct dumped_object *object = add_object(d, in->object);

	return object ? take_values(object, in, in->offset, in->first, in->count) : -ENOMEM;
}

static int take_weak(struct dumped *d, const struct mheap_dump_weak *in)
{
	struct dumped_object *object = add_object(d, in->weak);

	if (!object)
		return -ENOMEM;
	object->told = true;
	object->weak = true;
	object->handle_refs = in->handle_refs;
	object->slot_refs = in->slot_refs;
	object->referent = in->object;
	return 0;
}

static int take_holder(struct dumped *d, const struct mheap_dump_record *record)
{
	const struct mheap_dump_handle *handle = (const void *)record;
	const struct mheap_dump_root *root = (const void *)record;
	const struct mheap_dump_fd *fd = (const void *)record;
	struct dumped_holder *holder = add_holder(d, record);

	if (!holder)
		return -ENOMEM;
	if (record->kind == MHEAP_DUMP_ROOT) {
		holder->object = root->object;
		memcpy(holder->name, root->name, sizeof(holder->name));
	} else if (record->kind == MHEAP_DUMP_HANDLE) {
		holder->object = handle->object;
		holder->session = handle->session;
		holder->handle = handle->handle;
		holder->rights = handle->rights;
	} else {
		holder->object = fd->object;
		holder->rights = fd->rights;
	}
	return 0;
}

static int take_record(struct dumped *d, const struct mheap_dump_record *record)
{
	static const __u32 sizes[] = {
		[MHEAP_DUMP_OBJECT] = sizeof(struct mheap_dump_object),
		[MHEAP_DUMP_SLOTS] = sizeof(struct mheap_dump_slots),
		[MHEAP_DUMP_WEAK] = sizeof(struct mheap_dump_weak),
		[MHEAP_DUMP_ROOT] = sizeof(struct mheap_dump_root),
		[MHEAP_DUMP_HANDLE] = sizeof(struct mheap_dump_handle),
		[MHEAP_DUMP_FD] = sizeof(struct mheap_dump_fd),
	};

	if (!record->kind || record->kind > MHEAP_DUMP_FD || record->bytes < sizes[record->kind])
		return -EPROTO;
	if (record->kind <= MHEAP_DUMP_WEAK && d->holder_count)
		d->disorder = true;
	switch (record->kind) {
	case MHEAP_DUMP_OBJECT:
		return take_object(d, (const void *)record);
	case MHEAP_DUMP_SLOTS:
		return take_slots(d, (const void *)record);
	case MHEAP_DUMP_WEAK:
		return take_weak(d, (const void *)record);
	}
	return take_holder(d, record);
}

static int take_records(struct dumped *d, const void *data, __u32 bytes)
{
	const struct mheap_dump_record *record;
	int ret = 0;

	for (; bytes && !ret; data = (const char *)data + record->bytes, bytes -= record->bytes) {
		record = data;
		if (bytes < sizeof(*record) || record->bytes < sizeof(*record) ||
		    record->bytes > bytes || record->bytes % 8)
			return -EPROTO;
		ret = take_record(d, record);
	}
	return ret;
}

static int by_number(const void *a, const void *b)
{
	const struct dumped_object *left = a, *right = b;

	return left->number < right->number ? -1 : left->number > right->number;
}

/* Makes one of what several records tell of one object. */
static int merge(struct dumped *d, size_t from, size_t end, struct dumped_object *into)
{
	struct dumped_object all = { .number = d->objects[from].number };
	__u32 *values, slots = 0, told = 0;
	size_t i;

	for (i = from; i < end; i++)
		if (d->objects[i].slots > slots)
			slots = d->objects[i].slots;
	values = calloc(slots + 1, sizeof(*values));
	if (!values)
		return -ENOMEM;
	for (i = from; i < end; i++) {
		struct dumped_object *part = &d->objects[i];

		if (part->told) {
			d->disorder |= told++;
			all = *part;
		}
		if (part->values) {
			memcpy(values + part->values[0], part->values + 2,
			       part->values[1] * sizeof(*values));
			free(part->values);
			part->values = NULL;
		}
	}
	all.slots = slots;
	all.values = values;
	*into = all;
	return 0;
}

static int merge_all(struct dumped *d)
{
	size_t from, end, to = 0;
	int ret;

	qsort(d->objects, d->object_count, sizeof(*d->objects), by_number);
	for (from = 0; from < d->object_count; from = end) {
		for (end = from + 1; end < d->object_count; end++)
			if (d->objects[end].number != d->objects[from].number)
				break;
		ret = merge(d, from, end, &d->objects[to]);
		if (ret)
			return ret;
		to++;
	}
	for (from = to; from < d->object_count; from++)
		d->objects[from].values = NULL;
	d->object_count = to;
	return 0;
}

int dump_all(int fd, __u32 flags, __u32 bytes, struct dumped *ret_dumped)
{
	void *data = malloc(bytes);
	__u64 cursor = 0;
	__u32 written;
	int ret = data ? 0 : -ENOMEM;

	memset(ret_dumped, 0, sizeof(*ret_dumped));
	while (!ret && cursor != DONE) {
		written = ~0U;
		ret = raw_dump(fd, flags, &cursor, data, bytes, &written);
		if (!ret && written > bytes)
			ret = -EPROTO;
		if (!ret)
			ret = take_records(ret_dumped, data, written);
		if (!ret)
			ret_dumped->bytes += written;
	}
	free(data);
	return ret ?: merge_all(ret_dumped);
}

int dump_instant(int fd, __u64 log_bytes, struct dumped *ret_dumped)
{
	int ret = raw_snapshot(fd, log_bytes), end;

	memset(ret_dumped, 0, sizeof(*ret_dumped));
	if (ret)
		return ret;
	ret = dump_all(fd, MHEAP_DUMP_SNAPSHOT, 1 << 16, ret_dumped);
	end = raw_snapshot_end(fd);
	return ret ?: end;
}

void dump_free(struct dumped *dumped)
{
	size_t i;

	for (i = 0; i < dumped->object_count; i++)
		free(dumped->objects[i].values);
	free(dumped->objects);
	free(dumped->holders);
	memset(dumped, 0, sizeof(*dumped));
}

struct dumped_object *dump_find(const struct dumped *dumped, __u32 number)
{
	const struct dumped_object key = { .number = number };

	if (!dumped->object_count)
		return NULL;
	return bsearch(&key, dumped->objects, dumped->object_count, sizeof(key), by_number);
}

/* Counts what refers to each. Returns what is wrong with a reference, or NULL. */
static const char *count_refs(const struct dumped *d, __u32 *slots, __u32 *handles, __u32 *number)
{
	struct dumped_object *object, *other;
	size_t i;
	__u32 j;

	for (i = 0; i < d->object_count; i++) {
		object = &d->objects[i];
		*number = object->number;
		if (!object->told)
			return "there are slots of an object that is not there";
		for (j = 0; j < object->slots; j++) {
			if (!object->values[j])
				continue;
			other = dump_find(d, object->values[j]);
			if (!other)
				return "a slot refers to what is not there";
			slots[other - d->objects]++;
		}
		if (object->weak && object->referent) {
			other = dump_find(d, object->referent);
			if (!other || other->weak)
				return "a weak cell stands for what is not there";
		}
	}
	for (i = 0; i < d->holder_count; i++) {
		other = dump_find(d, d->holders[i].object);
		*number = d->holders[i].object;
		if (!other)
			return "something holds what is not there";
		if (other->weak != !!(d->holders[i].flags & MHEAP_DUMP_IS_WEAK))
			return "a handle is weak, or not, as what it refers to is not";
		handles[other - d->objects]++;
	}
	return NULL;
}

const char *dump_wrong(const struct dumped *d, __u32 *ret_number)
{
	__u32 *slots = calloc(d->object_count + 1, sizeof(*slots));
	__u32 *handles = calloc(d->object_count + 1, sizeof(*handles));
	const char *why = NULL;
	size_t i;

	*ret_number = 0;
	if (!slots || !handles)
		why = "no memory";
	else if (d->disorder)
		why = "something is told twice, or objects behind their holders";
	else
		why = count_refs(d, slots, handles, ret_number);
	for (i = 0; !why && i < d->object_count; i++) {
		struct dumped_object *object = &d->objects[i];

		*ret_number = object->number;
		if (object->slot_refs != slots[i])
			why = "slots were miscounted";
		/* A weak cell has handles of those who watch, too. */
		else if (object->weak ? object->handle_refs < handles[i] :
					object->handle_refs != handles[i])
			why = "handles were miscounted";
		else if (!object->weak && !(object->flags & MHEAP_DUMP_IS_DEAD) !=
					  !!(object->slot_refs | object->handle_refs))
			why = "an object is dead, or not, as it should not be";
	}
	free(slots);
	free(handles);
	return why;
}
