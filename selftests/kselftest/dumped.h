/* SPDX-License-Identifier: GPL-2.0 */
/* What a dump tells, read as a whole, and whether it can be true of one instant. */
#ifndef DUMPED_H
#define DUMPED_H

#include "mheap_util.h"

struct dumped_object {
	__u32 number, flags;
	bool told;			/* there is a record of it, and not only of its slots */
	bool weak;			/* a weak cell */
	__u32 type, site, payload_bytes, object_bytes, slots, handle_refs, slot_refs;
	__u32 referent;			/* of a weak cell */
	__u32 *values;			/* of its slots */
};

struct dumped_holder {
	__u32 kind, flags, object, rights;
	__u64 session, handle;
	char name[MHEAP_ROOT_NAME_MAX];
};

struct dumped {
	struct dumped_object *objects;	/* sorted by number */
	size_t object_count;
	struct dumped_holder *holders;
	size_t holder_count;
	size_t bytes;			/* of all records */
	bool disorder;			/* something was told twice, or out of order */
};

/* Reads all of it, @bytes at a time. 0 or -errno; -EPROTO for what is no record. */
int dump_all(int fd, __u32 flags, __u32 bytes, struct dumped *ret_dumped);
void dump_free(struct dumped *dumped);

/* The same as a snapshot, which begins and ends here. */
int dump_instant(int fd, __u64 log_bytes, struct dumped *ret_dumped);

struct dumped_object *dump_find(const struct dumped *dumped, __u32 number);

/* Why it is not of one instant; NULL when it may be. What it is about goes to @ret_number. */
const char *dump_wrong(const struct dumped *dumped, __u32 *ret_number);

#endif
