// SPDX-License-Identifier: GPL-2.0-only
/*
 * Heaps that take all of their memory at once, and accounts that are part of another.
 */
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>
#include <linux/math.h>
#include <linux/page_ref.h>

#include "heap.h"

#define CHUNKS	8

static struct mheap_core *core;
static struct mheap_mutator *m;

static struct mheap_limits limits(u64 max_bytes, bool reserved)
{
	return (struct mheap_limits) {
		.max_bytes = max_bytes, .reserved = reserved, .suspect_percent = 25,
		.suspect_min = 1U << 30, .suspect_age_ms = 1U << 30,
	};
}

static long held(void)
{
	return atomic_long_read(&core->memory.held);
}

/*
 * What a reserved heap takes besides its chunks: the marker's stack, the two tables, and
 * names of types.
 */
static u64 fixed_bytes(void)
{
	struct mheap_limits grows = limits(HEAP_BYTES, false);
	struct mheap_core *plain;
	u64 bytes;

	REQUIRE_EQ(heap_try_new(&grows, &plain), 0);
	bytes = atomic_long_read(&plain->memory.held) + 2 * MHEAP_LEAF_BYTES +
		MHEAP_TYPES_RESERVED;
	heap_delete(plain);
	return bytes;
}

static u64 bytes_for(u32 chunks)
{
	return fixed_bytes() + chunks * mheap_chunk_reserved_cost();
}

static u32 count(struct list_head *list)
{
	struct mheap_chunk *chunk;
	u32 n = 0;

	list_for_each_entry(chunk, list, link)
		n++;
	return n;
}

static void begin(u64 max_bytes)
{
	struct mheap_limits all = limits(max_bytes, true);

	REQUIRE_EQ(heap_try_new(&all, &core), 0);
	m = heap_mutator(core);
}

static void end(void)
{
	heap_work(core);
	CHECK_EQ(core->collector.total_failures, 0);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

static void renew(void)
{
	mheap_mutator_exit(m);
	memset(m, 0, sizeof(*m));
	mheap_mutator_init(m, core);
}

/* Makes objects until there is no room, in a chain; returns how many. */
static u32 fill(u32 slots, u32 payload_bytes, u32 *ret_head)
{
	struct mheap_shape shape = { .slots = slots, .payload_bytes = payload_bytes };
	u32 head = 0, number, n;
	int ret;

	for (n = 0; ; n++) {
		ret = heap_try_alloc(m, &shape, &number);
		if (ret)
			break;
		if (head) {
			heap_store(m, number, 0, head);
			heap_drop(m, head);
		}
		head = number;
	}
	CHECK_EQ(ret, -EDQUOT);
	*ret_head = head;
	return n;
}

static u32 fill_and_free(u32 slots, u32 payload_bytes)
{
	u32 head, n = fill(slots, payload_bytes, &head);

	if (n)
		heap_drop(m, head);
	heap_work(core);
	CHECK_EQ(heap_objects(core), 0);
	renew();
	heap_trim(core);
	return n;
}

TEST(reserve_takes_all_at_once)
{
	u32 chunks, slack;

	for (chunks = 1; chunks <= CHUNKS; chunks += CHUNKS - 1) {
		for (slack = 0; slack < 2; slack++) {
			begin(bytes_for(chunks) + slack * (mheap_chunk_reserved_cost() - 1));
			CHECK_EQ(held(), bytes_for(chunks));
			CHECK_EQ(count(&core->memory.pool), chunks);
			CHECK(core->memory.reserved);
			CHECK(list_empty(&core->memory.exposed));
			end();
		}
	}
}

TEST(reserve_without_room_for_a_chunk)
{
	struct mheap_limits all = limits(bytes_for(1) - 1, true);

	CHECK_EQ(heap_try_new(&all, &core), -EDQUOT);
	all.max_bytes = fixed_bytes() - 1;
	CHECK_EQ(heap_try_new(&all, &core), -EDQUOT);
}

TEST(reserve_without_memory)
{
	struct mheap_limits all = limits(bytes_for(3), true);
	unsigned long n, from;
	int ret;

	for (from = 0; from < 2; from++) {
		for (n = 1; ; n++) {
			*(from ? &shim_memory.fail_from : &shim_memory.fail_at) =
				shim_memory.calls + n;
			ret = heap_try_new(&all, &core);
			shim_memory.fail_from = 0;
			shim_memory.fail_at = 0;
			if (!ret)
				break;
			CHECK_EQ(ret, -ENOMEM);
			CHECK_EQ(shim_memory.blocks, 0);
		}
		/* At least four pieces to a chunk. */
		CHECK(n > 12);
		heap_delete(core);
	}
}

TEST(reserve_is_given_up_by_who_is_killed)
{
	struct mheap_limits all = limits(bytes_for(CHUNKS), true);
	long after;

	for (after = 0; after < CHUNKS; after++) {
		shim_task->kill_after = after;
		CHECK_EQ(heap_try_new(&all, &core), -EINTR);
		shim_task->kill_after = -1;
		CHECK_EQ(shim_memory.blocks, 0);
	}
}

/* All that can be done with objects is done, and the system is not asked. */
TEST(reserve_asks_for_nothing_later)
{
	static const u32 payloads[] = { 0, 5, 3000, 70000, 2 * MHEAP_CHUNK_BYTES - 1 };
	unsigned long calls;
	const u64 max = bytes_for(CHUNKS);
	u32 i, a, w, head;

	begin(max);
	calls = shim_memory.calls;
	shim_memory.fail_from = 1;
	for (i = 0; i < 3 * ARRAY_SIZE(payloads); i++) {
		a = heap_alloc(m, 2, payloads[i % ARRAY_SIZE(payloads)]);
		w = heap_weaken(m, a);
		heap_store(m, a, 0, a);
		heap_store(m, a, 1, w);
		CHECK_EQ(heap_upgrade(m, w), a);
		heap_drop(m, a);
		heap_drop(m, a);
		heap_collect(core);
		CHECK_EQ(heap_upgrade(m, w), 0);
		heap_drop(m, w);
		CHECK_EQ(core->weak.cells, 0);
		renew();
		heap_trim(core);
		CHECK_EQ(count(&core->memory.pool), CHUNKS);
	}
	CHECK(fill(1, 100, &head) > 0);
	heap_drop(m, head);
	CHECK_EQ(shim_memory.calls, calls);
	CHECK_EQ(held(), max);
	shim_memory.fail_from = 0;
	end();
}

/* Objects that have a chunk each for their payload, and share those of their cells. */
static u32 most_objects(void)
{
	u32 n = CHUNKS;

	while (n + DIV_ROUND_UP(n, mheap_class_cells(0)) > CHUNKS)
		n--;
	return n;
}

TEST(reserve_chunks_change_their_class)
{
	u32 round, last = 0, n;

	begin(bytes_for(CHUNKS));
	for (round = 0; round < 4; round++) {
		/* Three slots at most are in the cell where all is small. */
		n = fill_and_free(3, 0);
		CHECK_EQ(n, CHUNKS * mheap_class_cells(0));
		CHECK_EQ(count(&core->memory.pool), CHUNKS);
		n = fill_and_free(1, MHEAP_CHUNK_BYTES);
		CHECK_EQ(n, most_objects());
		CHECK_EQ(count(&core->memory.pool), CHUNKS);
		n = fill_and_free(1, 65536);
		CHECK(!last || n == last);
		CHECK(n >= CHUNKS / 2);
		last = n;
		CHECK_EQ(held(), bytes_for(CHUNKS));
		heap_check(core);
	}
	end();
}

/* What others left is not seen. */
TEST(reserve_payloads_are_zero)
{
	u32 round, a, at, length, payload, bytes = MHEAP_CHUNK_BYTES + 5000, i;
	unsigned char *p;

	begin(bytes_for(3));
	for (round = 0; round < 4; round++) {
		a = heap_alloc(m, 1, bytes);
		payload = mheap_cell_payload(mheap_cell_of(core, a));
		for (at = 0; at < bytes; at += length) {
			p = mheap_payload_at(core, payload, bytes, at, &length);
			for (i = 0; i < length; i++)
				REQUIRE_EQ(p[i], 0);
			memset(p, 0x77, length);
		}
		heap_drop(m, a);
		heap_work(core);
		/* It is used for objects in between. */
		fill_and_free(3, 0);
	}
	end();
}

static u32 forgotten;

static void forget(struct mheap_space *space, u32 number, u32 bytes)
{
	CHECK(space == &core->payloads);
	CHECK_EQ(bytes, MHEAP_CHUNK_BYTES);
	forgotten++;
}

/* Lets userspace see @chunks chunks, and frees what is in them. */
static void expose(u32 chunks)
{
	u32 objects[CHUNKS], i, payload;

	core->payloads.forget = forget;
	forgotten = 0;
	mheap_space_map(&core->payloads);
	for (i = 0; i < chunks; i++) {
		objects[i] = heap_alloc(m, 1, MHEAP_CHUNK_BYTES);
		payload = mheap_cell_payload(mheap_cell_of(core, objects[i]));
		CHECK(mheap_space_look(&core->payloads, (u64)payload << MHEAP_GRANULE_SHIFT));
	}
	for (i = 0; i < chunks; i++)
		heap_drop(m, objects[i]);
	renew();
	heap_trim(core);
	CHECK_EQ(forgotten, chunks);
	CHECK_EQ(count(&core->memory.exposed), chunks);
	CHECK_EQ(count(&core->memory.pool), CHUNKS - chunks);
}

TEST(reserve_exposed_chunks_hold_no_objects)
{
	u32 cells = mheap_class_cells(0);

	begin(bytes_for(CHUNKS));
	expose(2);
	shim_page_refs = 2;
	CHECK_EQ(fill_and_free(3, 0), (CHUNKS - 2) * cells);
	CHECK_EQ(count(&core->memory.exposed), 2);
	CHECK_EQ(count(&core->memory.pool), CHUNKS - 2);
	heap_check(core);
	/* Userspace has let go of them. */
	shim_page_refs = 1;
	CHECK_EQ(fill_and_free(3, 0), CHUNKS * cells);
	CHECK_EQ(count(&core->memory.exposed), 0);
	CHECK_EQ(count(&core->memory.pool), CHUNKS);
	end();
}

TEST(reserve_payloads_take_exposed_chunks_first)
{
	u32 a, payload;

	begin(bytes_for(CHUNKS));
	expose(2);
	shim_page_refs = 2;
	a = heap_alloc(m, 1, MHEAP_CHUNK_BYTES);
	CHECK_EQ(count(&core->memory.exposed), 1);
	payload = mheap_cell_payload(mheap_cell_of(core, a));
	CHECK(mheap_chunk_of(&core->payloads, payload)->exposed);
	heap_drop(m, a);
	renew();
	heap_trim(core);
	CHECK_EQ(count(&core->memory.exposed), 2);
	/* Payloads may have all of them, whoever holds them. */
	CHECK_EQ(fill_and_free(1, MHEAP_CHUNK_BYTES), most_objects());
	CHECK_EQ(count(&core->memory.exposed) + count(&core->memory.pool), CHUNKS);
	shim_page_refs = 1;
	end();
}

/* Accounts that are a part of another. */

TEST(reserve_account_of_all)
{
	struct mheap_memory all = {}, one = {}, two = {};

	mheap_memory_init(&all, 100, NULL);
	mheap_memory_init(&one, 80, &all);
	mheap_memory_init(&two, 80, &all);
	CHECK(!mheap_memory_charge(&one, 81));
	CHECK(mheap_memory_charge(&one, 80));
	CHECK(!mheap_memory_charge(&one, 1));
	CHECK(!mheap_memory_charge(&two, 21));
	CHECK_EQ(atomic_long_read(&two.held), 0);
	CHECK_EQ(atomic_long_read(&all.held), 80);
	CHECK(mheap_memory_charge(&two, 20));
	CHECK_EQ(mheap_memory_left(&two), 60);
	CHECK_EQ(mheap_memory_left(&all), 0);
	mheap_memory_uncharge(&one, 30);
	CHECK_EQ(atomic_long_read(&all.held), 70);
	CHECK(mheap_memory_charge(&two, 30));
	CHECK(!mheap_memory_charge(&two, 1));
	/* A limit that was lowered refuses, and counts nothing as left. */
	one.max = 10;
	CHECK(!mheap_memory_charge(&one, 1));
	CHECK_EQ(mheap_memory_left(&one), 0);
	mheap_memory_uncharge(&one, 50);
	mheap_memory_uncharge(&two, 50);
	CHECK_EQ(atomic_long_read(&all.held), 0);
	CHECK_EQ(atomic_long_read(&one.held), 0);
	CHECK_EQ(atomic_long_read(&two.held), 0);
}

static int init_within(struct mheap_memory *all, u64 max_bytes, bool reserved)
{
	struct mheap_limits own = limits(max_bytes, reserved);

	core = calloc(1, sizeof(*core));
	return mheap_core_init(core, &own, all);
}

TEST(reserve_within_an_account)
{
	struct mheap_memory all = {};
	u64 max = bytes_for(CHUNKS);

	/* Less than all that it may have is nothing. */
	mheap_memory_init(&all, max - 1, NULL);
	CHECK_EQ(init_within(&all, max, true), -EDQUOT);
	heap_delete(core);
	CHECK_EQ(atomic_long_read(&all.held), 0);
	CHECK_EQ(shim_memory.blocks, 0);
	all.max = max;
	CHECK_EQ(init_within(&all, max, true), 0);
	CHECK_EQ(atomic_long_read(&all.held), max);
	heap_delete(core);
	CHECK_EQ(atomic_long_read(&all.held), 0);
}

TEST(reserve_limit_of_all_is_met_by_allocations)
{
	struct mheap_memory all = {};
	u32 head, w;
	u64 first;

	mheap_memory_init(&all, bytes_for(CHUNKS), NULL);
	REQUIRE_EQ(init_within(&all, HEAP_BYTES, false), 0);
	m = heap_mutator(core);
	first = fill(3, 100, &head);
	CHECK(first > 0);
	CHECK_EQ(atomic_long_read(&all.held), held());
	CHECK(held() <= all.max);
	if (mheap_memory_left(&all) < MHEAP_CHUNK_GRANULES * sizeof(u32))
		CHECK_EQ(heap_try_weaken(m, head, &w), -EDQUOT);
	heap_check(core);
	heap_drop(m, head);
	heap_work(core);
	renew();
	heap_trim(core);
	CHECK_EQ(atomic_long_read(&all.held), held());
	CHECK_EQ(fill_and_free(3, 100), first);
	end();
	CHECK_EQ(atomic_long_read(&all.held), 0);
}
