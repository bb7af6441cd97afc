// SPDX-License-Identifier: GPL-2.0-only
#include <linux/build_bug.h>
#include <linux/errno.h>
#include <linux/math.h>
#include <linux/minmax.h>
#include <linux/random.h>
#include <linux/sched.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/string.h>

#include "core.h"
#include "site_table.h"
#include "trace.h"

#define MHEAP_SITE_BLOCK_SHIFT	13
#define MHEAP_SITE_BLOCK_BYTES	8192U
static_assert(MHEAP_SITE_BLOCK_BYTES == 1U << MHEAP_SITE_BLOCK_SHIFT);

/* What a reserved heap has for the names of a site, on average. */
#define MHEAP_SITE_RESERVED_BYTES	128U

/**
 * struct mheap_site_place - the names of a site
 * @line: as it was named
 * @hash: of all else
 * @parent: as it was named
 * @next: the site before it that has the same place among the buckets, or 0
 * @file_bytes: of @text, the first are those of the file
 * @function_bytes: and the rest are those of the function
 * @text: the names
 */
struct mheap_site_place {
	u32 line;
	u32 hash;
	u16 parent;
	u16 next;
	u8 file_bytes;
	u8 function_bytes;
	char text[];
};

#define MHEAP_SITE_PLACE_MAX	(sizeof(struct mheap_site_place) + MHEAP_SITE_FILE + \
				 MHEAP_SITE_FUNCTION)
static_assert(MHEAP_SITE_PLACE_MAX < MHEAP_SITE_BLOCK_BYTES);

/**
 * mheap_sites_init - a table that has no sites but 0
 * @core: the heap, with its limits
 *
 * Context: any.
 */
void mheap_sites_init(struct mheap_core *core)
{
	struct mheap_sites *sites = &core->sites;
	const u32 block = MHEAP_SITE_BLOCK_BYTES - MHEAP_SITE_PLACE_MAX;
	u32 bytes = MHEAP_SITE_PLACE_MAX + sizeof(u32);

	if (core->limits.reserved)
		bytes = MHEAP_SITE_RESERVED_BYTES;
	mutex_init(&sites->lock);
	get_random_bytes(&sites->key, sizeof(sites->key));
	mheap_site_init(&sites->none);
	sites->max = min(core->limits.max_sites, MHEAP_SITE_NUMBERS - 1);
	sites->count = 1;
	/* A block may end with a hole that is almost as long as the longest name. */
	sites->block_max = sites->max * bytes / block + 1;
	for (sites->buckets = 64; sites->buckets < sites->max / 4;)
		sites->buckets *= 2;
}

/* Zeroed memory for the table. */
static void *mheap_sites_alloc(struct mheap_core *core, size_t bytes, int *ret)
{
	void *memory;

	if (!mheap_memory_charge(&core->memory, bytes)) {
		*ret = -EDQUOT;
		return NULL;
	}
	memory = kvcalloc(1, bytes, MHEAP_GFP);
	if (!memory) {
		mheap_memory_uncharge(&core->memory, bytes);
		*ret = -ENOMEM;
		return NULL;
	}
	core->sites.held += bytes;
	return memory;
}

static u32 mheap_sites_leaves(const struct mheap_sites *sites)
{
	return DIV_ROUND_UP(sites->max + 1, MHEAP_SITE_LEAF);
}

/* The tables of tables, which a heap has from its first site on. */
static int mheap_sites_make_roots(struct mheap_core *core)
{
	struct mheap_sites *sites = &core->sites;
	int ret = 0;

	if (!sites->leaf)
		sites->leaf = mheap_sites_alloc(core, mheap_sites_leaves(sites) *
						sizeof(*sites->leaf), &ret);
	if (!ret && !sites->bucket)
		sites->bucket = mheap_sites_alloc(core, sites->buckets * sizeof(*sites->bucket),
						  &ret);
	if (!ret && !sites->block)
		sites->block = mheap_sites_alloc(core, sites->block_max * sizeof(*sites->block),
						 &ret);
	return ret;
}

static int mheap_sites_make_leaf(struct mheap_core *core, u32 leaf)
{
	struct mheap_sites *sites = &core->sites;
	struct mheap_site_counter *counters;
	int ret = 0;
	u32 i;

	if (sites->leaf[leaf])
		return 0;
	counters = mheap_sites_alloc(core, MHEAP_SITE_LEAF_BYTES, &ret);
	for (i = 0; counters && i < MHEAP_SITE_LEAF; i++)
		mheap_site_init(&counters[i]);
	sites->leaf[leaf] = counters;
	return ret;
}

static int mheap_sites_make_block(struct mheap_core *core, u32 block)
{
	struct mheap_sites *sites = &core->sites;
	int ret = 0;

	if (!sites->block[block])
		sites->block[block] = mheap_sites_alloc(core, MHEAP_SITE_BLOCK_BYTES, &ret);
	return ret;
}

/**
 * mheap_sites_reserve - take all memory that the table may need
 * @core: the heap, which is being made
 *
 * Context: may sleep.
 * Return: 0; -EDQUOT at the heap's limit; -ENOMEM. mheap_sites_exit() is to be called in
 *	   any case.
 */
int mheap_sites_reserve(struct mheap_core *core)
{
	struct mheap_sites *sites = &core->sites;
	int ret;
	u32 i;

	if (!sites->max)
		return 0;
	ret = mheap_sites_make_roots(core);
	for (i = 0; !ret && i < mheap_sites_leaves(sites); i++)
		ret = mheap_sites_make_leaf(core, i);
	cond_resched();
	for (i = 0; !ret && i < sites->block_max; i++)
		ret = mheap_sites_make_block(core, i);
	return ret;
}

/**
 * mheap_sites_exit - free the table
 * @core: the heap, which nobody uses any more
 *
 * Context: may sleep.
 */
void mheap_sites_exit(struct mheap_core *core)
{
	struct mheap_sites *sites = &core->sites;
	u32 i;

	for (i = 0; sites->leaf && i < mheap_sites_leaves(sites); i++)
		kvfree(sites->leaf[i]);
	for (i = 0; sites->block && i < sites->block_max; i++)
		kvfree(sites->block[i]);
	kvfree(sites->leaf);
	kvfree(sites->bucket);
	kvfree(sites->block);
	mheap_memory_uncharge(&core->memory, sites->held);
	mutex_destroy(&sites->lock);
}

static struct mheap_site_place *mheap_site_place(const struct mheap_sites *sites, u32 place)
{
	return (void *)(sites->block[place >> MHEAP_SITE_BLOCK_SHIFT] +
			place % MHEAP_SITE_BLOCK_BYTES);
}

static struct mheap_site_counter *mheap_site_at(struct mheap_sites *sites, u32 site)
{
	return &sites->leaf[site >> MHEAP_SITE_LEAF_SHIFT][site % MHEAP_SITE_LEAF];
}

/* By a key of the heap's own, so that nobody can make up names that collide. */
static u32 mheap_site_hash(const struct mheap_sites *sites, const struct mheap_site_name *name)
{
	u64 file = siphash(name->file, name->file_bytes, &sites->key);
	u64 function = siphash(name->function, name->function_bytes, &sites->key);

	return siphash_3u64(file, function, (u64)name->parent << 32 | name->line, &sites->key);
}

static bool mheap_site_is(const struct mheap_site_place *place, u32 hash,
			  const struct mheap_site_name *name)
{
	return place->hash == hash && place->line == name->line &&
	       place->parent == name->parent && place->file_bytes == name->file_bytes &&
	       place->function_bytes == name->function_bytes &&
	       !memcmp(place->text, name->file, name->file_bytes) &&
	       !memcmp(place->text + name->file_bytes, name->function, name->function_bytes);
}

/* Returns 0 when there is no such site yet. */
static u32 mheap_site_find(struct mheap_sites *sites, u32 hash,
			   const struct mheap_site_name *name)
{
	struct mheap_site_place *place;
	u32 site;

	if (sites->count == 1)
		return 0;
	for (site = sites->bucket[hash % sites->buckets]; site; site = place->next) {
		place = mheap_site_place(sites, mheap_site_at(sites, site)->place);
		if (mheap_site_is(place, hash, name))
			return site;
	}
	return 0;
}

static int mheap_site_refuse(struct mheap_core *core)
{
	trace_mheap_limit(core, MHEAP_LIMIT_SITES, core->sites.max);
	return -ENOSPC;
}

/* Has room for so many bytes in the block that is being filled, or in the next one. */
static int mheap_sites_make_room(struct mheap_core *core, u32 bytes)
{
	struct mheap_sites *sites = &core->sites;

	if (sites->block_used + bytes > MHEAP_SITE_BLOCK_BYTES) {
		/* What is left of it is lost, once. */
		sites->block_next++;
		sites->block_used = 0;
	}
	if (sites->block_next >= sites->block_max)
		return mheap_site_refuse(core);
	return mheap_sites_make_block(core, sites->block_next);
}

/* Names a site that is not known yet. Returns where that is. */
static u32 mheap_site_write(struct mheap_sites *sites, u32 hash,
			    const struct mheap_site_name *name, u32 bytes)
{
	u32 at = (sites->block_next << MHEAP_SITE_BLOCK_SHIFT) + sites->block_used;
	struct mheap_site_place *place = mheap_site_place(sites, at);

	*place = (struct mheap_site_place) {
		.line = name->line, .hash = hash, .parent = name->parent,
		.next = sites->bucket[hash % sites->buckets],
		.file_bytes = name->file_bytes, .function_bytes = name->function_bytes,
	};
	memcpy(place->text, name->file, name->file_bytes);
	memcpy(place->text + name->file_bytes, name->function, name->function_bytes);
	sites->block_used += bytes;
	return at;
}

static int mheap_site_add_name(struct mheap_core *core, u32 hash,
			       const struct mheap_site_name *name)
{
	struct mheap_sites *sites = &core->sites;
	u32 site = sites->count, bytes;
	int ret;

	if (site > sites->max)
		return mheap_site_refuse(core);
	bytes = sizeof(struct mheap_site_place) + name->file_bytes + name->function_bytes;
	bytes = round_up(bytes, sizeof(u32));
	ret = mheap_sites_make_roots(core);
	if (!ret)
		ret = mheap_sites_make_leaf(core, site >> MHEAP_SITE_LEAF_SHIFT);
	if (!ret)
		ret = mheap_sites_make_room(core, bytes);
	if (ret)
		return ret;
	mheap_site_at(sites, site)->place = mheap_site_write(sites, hash, name, bytes);
	sites->bucket[hash % sites->buckets] = site;
	/* Pairs with mheap_sites_count(). */
	smp_store_release(&sites->count, site + 1);
	trace_mheap_site(core, site, name->line, name->parent);
	return 0;
}

/**
 * mheap_site_intern - the number of a site
 * @core: the heap
 * @name: what it is called
 * @ret_site: where the number goes
 *
 * Context: may sleep; takes the table's lock.
 * Return: 0; -EINVAL when the parent is not known; -ENOSPC when the table is full, which
 *	   it then remains; -EDQUOT at the heap's limit of memory; -ENOMEM.
 */
int mheap_site_intern(struct mheap_core *core, const struct mheap_site_name *name, u32 *ret_site)
{
	struct mheap_sites *sites = &core->sites;
	u32 hash = mheap_site_hash(sites, name), site;
	int ret = 0;

	mutex_lock(&sites->lock);
	if (name->parent >= sites->count)
		ret = -EINVAL;
	site = ret ? 0 : mheap_site_find(sites, hash, name);
	if (!ret && !site) {
		site = sites->count;
		ret = mheap_site_add_name(core, hash, name);
	}
	mutex_unlock(&sites->lock);
	if (!ret)
		*ret_site = site;
	return ret;
}

/**
 * mheap_site_name - what a site is called
 * @core: the heap
 * @site: 0, which has no name, or one that is known
 * @ret_name: where it goes; what it points to stays for as long as the heap does
 *
 * Context: any.
 */
void mheap_site_name(struct mheap_core *core, u32 site, struct mheap_site_name *ret_name)
{
	const struct mheap_site_place *place;

	*ret_name = (struct mheap_site_name) { .file = "", .function = "" };
	if (!site)
		return;
	place = mheap_site_place(&core->sites, mheap_site_at(&core->sites, site)->place);
	ret_name->file = place->text;
	ret_name->function = place->text + place->file_bytes;
	ret_name->file_bytes = place->file_bytes;
	ret_name->function_bytes = place->function_bytes;
	ret_name->line = place->line;
	ret_name->parent = place->parent;
}
