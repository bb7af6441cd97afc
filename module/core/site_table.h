/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The table of a heap's sites: their numbers, names and figures. It only grows, so
 * whoever has a number that is known can look at the site without a lock.
 *
 * Names lie in blocks, one after another; a site's @place is the number of the block and
 * an offset. What has the same hash is a chain.
 *
 * Locks: @lock lets one site at a time come in. Memory is allocated under it.
 */
#ifndef _MHEAP_CORE_SITE_TABLE_H
#define _MHEAP_CORE_SITE_TABLE_H

#include <linux/build_bug.h>
#include <linux/compiler.h>
#include <linux/mutex.h>
#include <linux/siphash.h>
#include <linux/types.h>

#include "site.h"

struct mheap_core;

#define MHEAP_SITE_NUMBERS	65536U	/* 0 included, which is none */
#define MHEAP_SITE_FILE		255U	/* bytes of a file's name, at most */
#define MHEAP_SITE_FUNCTION	127U	/* bytes of a function's name, at most */

#define MHEAP_SITE_LEAF_SHIFT	6
#define MHEAP_SITE_LEAF		64U
static_assert(MHEAP_SITE_LEAF == 1U << MHEAP_SITE_LEAF_SHIFT);
#define MHEAP_SITE_LEAF_BYTES	(MHEAP_SITE_LEAF * sizeof(struct mheap_site_counter))

/**
 * struct mheap_site_name - what a site is called
 * @file: bytes of the file's name
 * @function: bytes of the function's name
 * @file_bytes: how many, 0 to MHEAP_SITE_FILE
 * @function_bytes: how many, 0 to MHEAP_SITE_FUNCTION
 * @line: any number
 * @parent: a site that is known, or 0
 */
struct mheap_site_name {
	const char *file;
	const char *function;
	u32 file_bytes;
	u32 function_bytes;
	u32 line;
	u32 parent;
};

/**
 * struct mheap_sites - see above
 * @lock: see above
 * @max: the largest number that there may be
 * @count: numbers below this are known; set last
 * @none: site 0
 * @leaf: tables of MHEAP_SITE_LEAF sites each, made as they are needed
 * @key: what hashes are made with
 * @bucket: for each hash the last site that has it, or 0 (protected by @lock)
 * @buckets: how many of those there are, a power of two
 * @block: blocks of names, made as they are needed
 * @block_max: how many there may be
 * @block_next: the one that is being filled, or is to be made (protected by @lock)
 * @block_used: bytes of it that are in use (protected by @lock)
 * @held: bytes that the table takes (protected by @lock)
 */
struct mheap_sites {
	struct mutex lock;	/* lets one site at a time come in */
	u32 max;
	u32 count;
	struct mheap_site_counter none;
	struct mheap_site_counter **leaf;
	siphash_key_t key;
	u16 *bucket;
	u32 buckets;
	u8 **block;
	u32 block_max;
	u32 block_next;
	u32 block_used;
	unsigned long held;
};

void mheap_sites_init(struct mheap_core *core);
int mheap_sites_reserve(struct mheap_core *core);
void mheap_sites_exit(struct mheap_core *core);
int mheap_site_intern(struct mheap_core *core, const struct mheap_site_name *name, u32 *ret_site);
void mheap_site_name(struct mheap_core *core, u32 site, struct mheap_site_name *ret_name);

/* Numbers below this are known, 0 included. */
static inline u32 mheap_sites_count(const struct mheap_sites *sites)
{
	/* Pairs with mheap_site_intern(): who sees the number sees the site. */
	return smp_load_acquire(&sites->count);
}

#endif
