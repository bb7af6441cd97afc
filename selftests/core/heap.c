// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/math.h>

#include "age.h"
#include "heap.h"

u64 mheap_trace_id(const struct mheap_core *core)
{
	(void)core;
	return 1;
}

u32 tiny_slice_steps = 5, tiny_section_steps = 5;

__attribute__((constructor)) static void heap_begin(void)
{
	mheap_class_init();
}

int heap_try_new(const struct mheap_limits *limits, struct mheap_core **ret_core)
{
	struct mheap_core *core = calloc(1, sizeof(*core));
	int ret = mheap_core_init(core, limits, NULL);

	if (ret) {
		mheap_core_destroy(core);
		free(core);
		core = NULL;
	}
	*ret_core = core;
	return ret;
}

struct mheap_core *heap_new(u64 max_bytes, u64 max_objects)
{
	struct mheap_limits limits = {
		.max_bytes = max_bytes, .max_objects = max_objects,
		.suspect_percent = 25, .suspect_min = 1U << 30, .suspect_age_ms = 1U << 30,
		.local_objects = MHEAP_LOCAL_OBJECTS, .max_sites = HEAP_SITES,
	};
	struct mheap_core *core;
	u32 line;

	REQUIRE_EQ(heap_try_new(&limits, &core), 0);
	/* Where memory is scarce, a test counts it. */
	for (line = 1; max_bytes >= HEAP_BYTES && line <= HEAP_SITES; line++)
		CHECK_EQ(heap_site(core, "heap.c", line), line);
	return core;
}

u32 heap_site(struct mheap_core *core, const char *file, u32 line)
{
	struct mheap_site_name name = {
		.file = file, .file_bytes = strlen(file), .function = "", .line = line,
	};
	u32 site;

	REQUIRE_EQ(mheap_site_intern(core, &name, &site), 0);
	return site;
}

void heap_delete(struct mheap_core *core)
{
	mheap_core_destroy(core);
	CHECK_EQ(atomic_long_read(&core->memory.held), 0);
	free(core);
}

struct mheap_mutator *heap_mutator(struct mheap_core *core)
{
	struct mheap_mutator *m = calloc(1, sizeof(*m));

	mheap_mutator_init(m, core);
	return m;
}

void heap_mutator_delete(struct mheap_mutator *m)
{
	mheap_mutator_exit(m);
	free(m);
}

int heap_try_alloc(struct mheap_mutator *m, const struct mheap_shape *shape, u32 *ret_number)
{
	struct mheap_parts parts;
	int ret;

	mheap_section_enter(m);
	*ret_number = mheap_object_try_alloc(m, shape);
	mheap_section_exit(m);
	if (*ret_number)
		return 0;
	ret = mheap_object_prepare(m, shape, &parts);
	if (ret)
		return ret;
	mheap_section_enter(m);
	*ret_number = mheap_object_publish(m, shape, &parts);
	mheap_section_exit(m);
	return 0;
}

u32 heap_alloc(struct mheap_mutator *m, u32 slots, u32 payload_bytes)
{
	struct mheap_shape shape = {
		.slots = slots, .payload_bytes = payload_bytes,
		.site = (slots + payload_bytes) % (HEAP_SITES + 1),
	};
	u32 number;

	REQUIRE_EQ(heap_try_alloc(m, &shape, &number), 0);
	return number;
}

void heap_store(struct mheap_mutator *m, u32 object, u32 index, u32 number)
{
	mheap_section_enter(m);
	REQUIRE_EQ(mheap_slot_store(m, object, index, number), 0);
	mheap_release_run(m);
	mheap_section_exit(m);
}

u32 heap_load(struct mheap_mutator *m, u32 object, u32 index)
{
	u32 number;

	mheap_section_enter(m);
	REQUIRE_EQ(mheap_slot_load(m, object, index, &number), 0);
	mheap_section_exit(m);
	return number;
}

void heap_drop(struct mheap_mutator *m, u32 number)
{
	mheap_section_enter(m);
	mheap_handle_drop(m, number);
	mheap_release_run(m);
	mheap_section_exit(m);
}

void heap_take(struct mheap_mutator *m, u32 number)
{
	mheap_section_enter(m);
	REQUIRE_EQ(mheap_handle_take(m, number), 0);
	mheap_section_exit(m);
}

int heap_try_weaken(struct mheap_mutator *m, u32 number, u32 *ret_weak)
{
	int ret;

	for (;;) {
		mheap_section_enter(m);
		ret = mheap_weak_take(m, number, ret_weak);
		mheap_section_exit(m);
		if (ret != MHEAP_WEAK_NOT_READY)
			return ret;
		ret = mheap_weak_prepare(m, number);
		if (ret)
			return ret;
	}
}

u32 heap_weaken(struct mheap_mutator *m, u32 number)
{
	u32 weak;

	REQUIRE_EQ(heap_try_weaken(m, number, &weak), 0);
	return weak;
}

u32 heap_upgrade(struct mheap_mutator *m, u32 weak)
{
	u32 number;

	mheap_section_enter(m);
	REQUIRE_EQ(mheap_weak_upgrade(m, weak, &number), 0);
	mheap_release_run(m);
	mheap_section_exit(m);
	return number;
}

u64 heap_count(struct mheap_core *core, u32 number)
{
	return atomic64_read(&mheap_cell_of(core, number)->count);
}

u32 heap_handles(struct mheap_core *core, u32 number)
{
	return mheap_count_handles(heap_count(core, number));
}

u32 heap_slots(struct mheap_core *core, u32 number)
{
	return mheap_count_slots(heap_count(core, number));
}

bool heap_alive(struct mheap_core *core, u32 number)
{
	struct mheap_chunk *chunk = mheap_space_chunk(&core->cells, number >> MHEAP_INDEX_SHIFT);

	return chunk && test_bit(mheap_chunk_bit(number), chunk->alloc) &&
	       (heap_count(core, number) & MHEAP_COUNT_REFS);
}

void heap_open(struct mheap_mutator *m)
{
	mheap_section_enter(m);
	shim_task->atomic--;
}

void heap_close(struct mheap_mutator *m)
{
	shim_task->atomic++;
	mheap_section_exit(m);
}

unsigned long heap_work(struct mheap_core *core)
{
	bool forbidden = shim_memory.forbidden;
	unsigned long steps = 0;

	shim_memory.forbidden = true;
	while (mheap_core_work(core) != MHEAP_STEP_IDLE)
		if (++steps > 1000000000)
			REQUIRE(!"the worker never has nothing to do");
	shim_memory.forbidden = forbidden;
	return steps;
}

void heap_collect(struct mheap_core *core)
{
	u64 number = mheap_collect_request(core, MHEAP_CAUSE_REQUEST);

	heap_work(core);
	REQUIRE(atomic64_read(&core->collector.finished) >= (s64)number);
}

void heap_trim(struct mheap_core *core)
{
	mheap_trim_request(core);
	heap_work(core);
}

u64 heap_objects(struct mheap_core *core)
{
	struct mheap_core_stat stat;

	mheap_core_stat(core, &stat);
	return stat.objects;
}

/* What a check of a heap has seen. */
struct heap_seen {
	struct mheap_core *core;
	u32 *slots;			/* by granule, how many slots refer to it */
	unsigned long *payload;		/* a bit for each granule where a payload is */
	u64 objects, bytes, memory;
	struct mheap_site_figures *sites;	/* what is alive of each */
	u32 weak_cells, bound;		/* weak cells, and those that tables name */
};

static void heap_check_lists(struct mheap_space *space)
{
	struct mheap_chunk *chunk;
	u32 class, empty = 0;

	for (class = 0; class < MHEAP_CLASSES; class++) {
		list_for_each_entry(chunk, &space->partial[class], link) {
			CHECK_EQ(chunk->state, MHEAP_CHUNK_PARTIAL);
			CHECK_EQ(chunk->class, class);
		}
		list_for_each_entry(chunk, &space->empty[class], link) {
			CHECK_EQ(chunk->state, MHEAP_CHUNK_EMPTY);
			CHECK_EQ(chunk->class, class);
			empty++;
		}
	}
	CHECK_EQ(space->empty_count, empty);
}

static u64 heap_chunk_memory(const struct mheap_chunk *chunk)
{
	return chunk->bytes + sizeof(*chunk) + (chunk->marked ? 4 : 1) *
	       (MHEAP_CHUNK_GRANULES / 8) + (chunk->weak ? MHEAP_CHUNK_GRANULES * 4 : 0);
}

/* What the table of a chunk names refers back. */
static void heap_check_table(struct heap_seen *seen, struct mheap_chunk *chunk)
{
	u32 i, weak;

	for (i = 0; chunk->weak && i < MHEAP_CHUNK_GRANULES; i++) {
		weak = chunk->weak[i];
		if (!weak)
			continue;
		CHECK(test_bit(i, chunk->alloc));
		if (!CHECK(heap_alive(seen->core, weak)))
			continue;
		CHECK(mheap_weak_is(seen->core, weak));
		CHECK_EQ(mheap_weak_referent(seen->core, weak), chunk->first + i);
		seen->bound++;
	}
}

/* Cells of a chunk that count as used because its owner is going to use them. */
static u32 heap_ahead(struct mheap_core *core, struct mheap_chunk *chunk)
{
	struct mheap_mutator *mutator;
	u32 i, ahead = 0;

	list_for_each_entry(mutator, &core->mutators, link) {
		for (i = 0; i < MHEAP_CELL_CLASSES; i++)
			if (mutator->cells[i].chunk == chunk)
				ahead += hweight_long(mutator->cells[i].free);
		for (i = 0; i < MHEAP_CLASSES; i++)
			if (mutator->payloads[i].chunk == chunk)
				ahead += hweight_long(mutator->payloads[i].free);
	}
	return ahead;
}

static void heap_check_chunk(struct heap_seen *seen, struct mheap_space *space,
			     struct mheap_chunk *chunk, u32 index)
{
	const unsigned long *starts;
	u32 i, used = 0;

	seen->memory += heap_chunk_memory(chunk);
	CHECK_EQ(chunk->first, index << MHEAP_INDEX_SHIFT);
	CHECK(test_bit(index, space->index_bits));
	if (chunk->class == MHEAP_CLASS_LARGE) {
		CHECK_EQ(chunk->state, MHEAP_CHUNK_PIECE);
		return;
	}
	starts = mheap_class_starts(chunk->class);
	for (i = 0; i < MHEAP_CHUNK_WORDS; i++) {
		CHECK_EQ(chunk->alloc[i] & ~starts[i], 0);
		used += hweight_long(chunk->alloc[i]);
		if (!space->marked)
			continue;
		CHECK_EQ(chunk->mark[i], 0);
		CHECK_EQ(chunk->grey[i], 0);
	}
	CHECK_EQ(chunk->dirty, 0);
	CHECK_EQ(atomic_read(&chunk->used), used + heap_ahead(seen->core, chunk));
	CHECK((chunk->state == MHEAP_CHUNK_EMPTY) <= !used);
	if (space->marked)
		heap_check_table(seen, chunk);
}

static void heap_check_space(struct heap_seen *seen, struct mheap_space *space)
{
	struct mheap_chunk *chunk;
	u32 index;

	heap_check_lists(space);
	for (index = 0; index < space->indices; index += MHEAP_LEAF_CHUNKS)
		if (space->leaf[index >> MHEAP_LEAF_SHIFT])
			seen->memory += MHEAP_LEAF_BYTES;
	for (index = 1; index < space->indices; index++) {
		chunk = mheap_space_chunk(space, index);
		CHECK_EQ(test_bit(index, space->index_bits), !!chunk);
		CHECK(!chunk || index < space->end);
		if (chunk)
			heap_check_chunk(seen, space, chunk, index);
	}
}

static void heap_check_payload(struct heap_seen *seen, struct mheap_cell *cell)
{
	u32 payload = mheap_cell_payload(cell), bytes = mheap_cell_payload_bytes(cell);
	struct mheap_chunk *chunk;
	u32 at, granules;

	if (!bytes)
		return;
	REQUIRE(payload);
	granules = DIV_ROUND_UP(bytes, MHEAP_GRANULE);
	for (at = payload; at < payload + granules; at++) {
		if (!CHECK(!test_bit(at, seen->payload)))
			return;
		__set_bit(at, seen->payload);
		chunk = mheap_space_chunk(&seen->core->payloads, at >> MHEAP_INDEX_SHIFT);
		if (!CHECK(chunk))
			return;
		if (mheap_payload_pieces(bytes))
			CHECK_EQ(chunk->class, MHEAP_CLASS_LARGE);
		else if (at == payload)
			CHECK(test_bit(mheap_chunk_bit(at), chunk->alloc));
	}
}

static void heap_check_site(struct heap_seen *seen, struct mheap_cell *cell)
{
	u32 site = mheap_site_of(cell->site);

	if (site >= mheap_sites_count(&seen->core->sites))
		site = 0;
	seen->sites[site].objects++;
	seen->sites[site].bytes += mheap_object_bytes(cell);
}

/* The figures of sites say what is there, and what was. */
static void heap_check_sites(struct heap_seen *seen, const struct mheap_tally *tally)
{
	struct mheap_site_figures figures;
	u64 objects = 0, bytes = 0;
	u32 site;

	for (site = 0; site < mheap_sites_count(&seen->core->sites); site++) {
		mheap_site_read(seen->core, site, &figures);
		CHECK_EQ(figures.objects, seen->sites[site].objects);
		CHECK_EQ(figures.bytes, seen->sites[site].bytes);
		CHECK(figures.objects <= figures.peak_objects);
		CHECK(figures.bytes <= figures.peak_bytes);
		CHECK(figures.peak_objects <= (s64)figures.total_objects);
		CHECK(figures.peak_bytes <= (s64)figures.total_bytes);
		CHECK(figures.young <= figures.total_objects - figures.objects);
		objects += figures.total_objects;
		bytes += figures.total_bytes;
	}
	CHECK_EQ(objects, tally->allocated);
	/* Weak cells are no objects, and take bytes. */
	CHECK(bytes <= tally->allocated_bytes);
}

static void heap_check_object(struct heap_seen *seen, u32 number)
{
	struct mheap_cell *cell = mheap_cell_of(seen->core, number);
	u32 i, to, slots = mheap_cell_slots(cell);

	CHECK_EQ(mheap_cell_class(cell),
		 mheap_chunk_of(&seen->core->cells, number)->class);
	CHECK(heap_count(seen->core, number) & MHEAP_COUNT_REFS);
	seen->bytes += mheap_object_bytes(cell);
	if (mheap_cell_weak(cell)) {
		seen->weak_cells++;
		to = mheap_weak_referent(seen->core, number);
		CHECK_EQ(mheap_cell_slots(cell), 0);
		CHECK(!to || mheap_weak_peek(seen->core, to) == number);
		return;
	}
	seen->objects++;
	heap_check_site(seen, cell);
	if (mheap_cell_wide(cell))
		seen->memory += mheap_object_spine_pages(slots) *
				(MHEAP_PIECE_SLOTS * sizeof(u32) + sizeof(u32 *) + sizeof(u64));
	heap_check_payload(seen, cell);
	for (i = 0; i < slots; i++) {
		to = *mheap_cell_slot(cell, i);
		if (!to)
			continue;
		if (CHECK(heap_alive(seen->core, to)))
			seen->slots[to]++;
	}
}

/* What a reserved heap does not use. */
static void heap_check_pool(struct heap_seen *seen)
{
	struct mheap_memory *memory = &seen->core->memory;
	struct mheap_chunk *chunk;

	list_for_each_entry(chunk, &memory->pool, link) {
		CHECK(!chunk->exposed);
		seen->memory += heap_chunk_memory(chunk);
	}
	list_for_each_entry(chunk, &memory->exposed, link) {
		CHECK(chunk->exposed);
		seen->memory += heap_chunk_memory(chunk);
	}
}

bool heap_check(struct mheap_core *core)
{
	struct heap_seen seen = { .core = core };
	struct mheap_core_stat stat;
	struct mheap_scan scan;
	u32 number, steps = ~0U;
	bool ok;

	seen.slots = calloc((size_t)core->cells.end << MHEAP_INDEX_SHIFT, sizeof(u32));
	seen.payload = calloc((size_t)core->payloads.end + 1, MHEAP_CHUNK_GRANULES / 8);
	seen.sites = calloc(mheap_sites_count(&core->sites), sizeof(*seen.sites));
	CHECK_EQ(core->collector.stage, MHEAP_STAGE_IDLE);
	CHECK_EQ(core->dead, 0);
	CHECK_EQ(core->janitor.dead.head, 0);
	CHECK_EQ(core->quarantine, 0);
	CHECK_EQ(core->grey, 0);
	heap_check_space(&seen, &core->cells);
	heap_check_space(&seen, &core->payloads);
	heap_check_pool(&seen);
	seen.memory += MHEAP_MARK_STACK_BYTES + MHEAP_POOL_BYTES;
	seen.memory += core->sites.held + core->types.room;
	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps)))
		heap_check_object(&seen, number);
	mheap_scan_begin(&scan);
	while ((number = mheap_scan_next(core, &scan, MHEAP_FILTER_ALL, &steps)))
		CHECK_EQ(heap_slots(core, number), seen.slots[number]);
	mheap_core_stat(core, &stat);
	heap_check_sites(&seen, &stat.tally);
	ok = CHECK_EQ(stat.objects, seen.objects);
	ok &= CHECK_EQ(stat.bytes, seen.bytes);
	ok &= CHECK_EQ(stat.memory, seen.memory);
	ok &= CHECK_EQ(stat.pending, 0);
	ok &= CHECK_EQ(core->weak.cells, seen.weak_cells);
	ok &= CHECK_EQ(core->weak.bound, seen.bound);
	if (core->max_objects)
		CHECK_EQ(atomic_long_read(&core->objects), seen.objects);
	free(seen.slots);
	free(seen.payload);
	free(seen.sites);
	return ok;
}

u64 heap_random(struct heap_random *random)
{
	random->state ^= random->state >> 12;
	random->state ^= random->state << 25;
	random->state ^= random->state >> 27;
	return random->state * 2685821657736338717ULL;
}

u32 heap_below(struct heap_random *random, u32 n)
{
	return (heap_random(random) >> 32) * n >> 32;
}
