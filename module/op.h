/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The bodies of the commands. The UAPI header says what each does; table.c,
 * what it needs. All return 0 or a negative errno. Those that table.c calls
 * .execute run in a section, with the session's lock held; .prepare and .run
 * may sleep. .settle comes last: see &struct mheap_op.
 */
#ifndef _MHEAP_OP_H
#define _MHEAP_OP_H

#include <linux/types.h>

struct mheap_call;

int mheap_op_query(struct mheap_call *call);
int mheap_op_query_command(struct mheap_call *call);

int mheap_op_create(struct mheap_call *call);
int mheap_op_join(struct mheap_call *call);
void mheap_op_settle_heap(struct mheap_call *call, bool answered);
int mheap_op_set(struct mheap_call *call);
int mheap_op_heap_stat(struct mheap_call *call);

int mheap_op_export(struct mheap_call *call);
int mheap_op_object_export(struct mheap_call *call);
int mheap_op_object_import(struct mheap_call *call);
void mheap_op_settle_fd(struct mheap_call *call, bool answered);

int mheap_op_root_get(struct mheap_call *call);
int mheap_op_root_set(struct mheap_call *call);
int mheap_op_root_exchange(struct mheap_call *call);
int mheap_op_root_list(struct mheap_call *call);

int mheap_op_alloc(struct mheap_call *call);
int mheap_op_prepare_alloc(struct mheap_call *call);
int mheap_op_read(struct mheap_call *call);
int mheap_op_write(struct mheap_call *call);
int mheap_op_reset(struct mheap_call *call);
int mheap_op_stat(struct mheap_call *call);

int mheap_op_load(struct mheap_call *call);
int mheap_op_store(struct mheap_call *call);
int mheap_op_exchange(struct mheap_call *call);
int mheap_op_compare_exchange(struct mheap_call *call);
int mheap_op_slot_list(struct mheap_call *call);

int mheap_op_prepare_handle(struct mheap_call *call);
int mheap_op_dup(struct mheap_call *call);
int mheap_op_close(struct mheap_call *call);

int mheap_op_weaken(struct mheap_call *call);
int mheap_op_prepare_weaken(struct mheap_call *call);
int mheap_op_upgrade(struct mheap_call *call);

int mheap_op_events(struct mheap_call *call);
int mheap_op_watch(struct mheap_call *call);

int mheap_op_collect(struct mheap_call *call);
int mheap_op_collect_stat(struct mheap_call *call);

int mheap_op_walk(struct mheap_call *call);
int mheap_op_site(struct mheap_call *call);
int mheap_op_site_list(struct mheap_call *call);
int mheap_op_type_set(struct mheap_call *call);
int mheap_op_type_get(struct mheap_call *call);

int mheap_op_heap_list(struct mheap_call *call);
int mheap_op_inspect(struct mheap_call *call);
int mheap_op_session_list(struct mheap_call *call);

int mheap_op_dump(struct mheap_call *call);
int mheap_op_dump_snapshot(struct mheap_call *call);
int mheap_op_snapshot(struct mheap_call *call);
void mheap_op_settle_snapshot(struct mheap_call *call, bool answered);
int mheap_op_batch(struct mheap_call *call);

#endif
