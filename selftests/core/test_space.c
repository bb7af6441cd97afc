// SPDX-License-Identifier: GPL-2.0-only
#include <stdlib.h>
#include <string.h>

#include <linux/bitmap.h>
#include <linux/errno.h>
#include <linux/minmax.h>

#include "heap.h"

struct bench {
	struct mheap_memory memory;
	struct mheap_space space;
	struct mheap_cursor cursor;
};

static void begin(struct bench *b, u64 max, u32 indices, bool marked)
{
	memset(b, 0, sizeof(*b));
	b->memory.max = max;
	REQUIRE_EQ(mheap_space_init(&b->space, &b->memory, indices, marked), 0);
}

static void end(struct bench *b)
{
	mheap_space_destroy(&b->space);
	CHECK_EQ(atomic_long_read(&b->memory.held), 0);
}

static int take(struct bench *b, struct mheap_cursor *cursor, u32 class, u32 *number)
{
	int ret = mheap_space_refill(&b->space, cursor, class);

	if (ret)
		return ret;
	*number = mheap_space_peek(&b->space, cursor, class);
	REQUIRE(*number);
	memset(mheap_chunk_at(cursor->chunk, *number), 0x11, mheap_class_bytes(class));
	mheap_cursor_take(cursor, *number);
	return 0;
}

static struct mheap_chunk *chunk_of(struct bench *b, u32 number)
{
	return mheap_space_chunk(&b->space, number >> MHEAP_INDEX_SHIFT);
}

static void trim(struct bench *b)
{
	LIST_HEAD(list);

	mheap_space_detach_empty(&b->space, &list, ~0U);
	mheap_space_free_detached(&b->space, &list);
}

/* What one chunk of cells costs, and what the tables of the first ones do. */
static long cost_of_chunk(bool marked)
{
	struct bench b;
	long first;
	u32 i, number;

	begin(&b, 1 << 30, 100, marked);
	REQUIRE_EQ(take(&b, &b.cursor, 13, &number), 0);
	first = atomic_long_read(&b.memory.held);
	for (i = 0; i < mheap_class_cells(13); i++)
		REQUIRE_EQ(take(&b, &b.cursor, 13, &number), 0);
	first = atomic_long_read(&b.memory.held) - first;
	end(&b);
	return first;
}

TEST(space_numbers_are_cells)
{
	u32 class, i, number, last = 0;
	struct bench b;

	for (class = 0; class < MHEAP_CLASSES; class++) {
		begin(&b, 1 << 30, 100, true);
		for (i = 0; i < mheap_class_cells(class) * 2; i++) {
			REQUIRE_EQ(take(&b, &b.cursor, class, &number), 0);
			CHECK(number > last);
			CHECK(test_bit(mheap_chunk_bit(number), mheap_class_starts(class)));
			last = number;
		}
		CHECK_EQ(b.space.end, 3);
		last = 0;
		end(&b);
	}
}

TEST(space_charges_what_it_takes)
{
	const long chunk = cost_of_chunk(true);
	struct bench b;
	u32 i, number;
	long held;

	CHECK(chunk > MHEAP_CHUNK_BYTES);
	CHECK(chunk < MHEAP_CHUNK_BYTES + MHEAP_CHUNK_BYTES / 50);
	/* Room for exactly three, and not for one byte more. */
	begin(&b, 3 * chunk + MHEAP_LEAF_BYTES, 100, true);
	for (i = 0; i < 3 * mheap_class_cells(5); i++)
		REQUIRE_EQ(take(&b, &b.cursor, 5, &number), 0);
	held = atomic_long_read(&b.memory.held);
	CHECK_EQ(held, b.memory.max);
	CHECK_EQ(take(&b, &b.cursor, 5, &number), -EDQUOT);
	CHECK_EQ(atomic_long_read(&b.memory.held), held);
	end(&b);
	begin(&b, 3 * chunk + MHEAP_LEAF_BYTES - 1, 100, true);
	for (i = 0; i < 2 * mheap_class_cells(5); i++)
		REQUIRE_EQ(take(&b, &b.cursor, 5, &number), 0);
	CHECK_EQ(take(&b, &b.cursor, 5, &number), -EDQUOT);
	end(&b);
}

TEST(space_gives_all_back)
{
	struct bench b;
	u32 numbers[300], i;
	long held;

	begin(&b, 1 << 30, 100, true);
	REQUIRE_EQ(take(&b, &b.cursor, 13, numbers), 0);
	mheap_space_free(&b.space, numbers[0]);
	mheap_space_release(&b.space, &b.cursor);
	trim(&b);
	held = atomic_long_read(&b.memory.held);
	CHECK_EQ(held, MHEAP_LEAF_BYTES);
	for (i = 0; i < 300; i++)
		REQUIRE_EQ(take(&b, &b.cursor, 13, &numbers[i]), 0);
	for (i = 0; i < 300; i++)
		mheap_space_free(&b.space, numbers[(i * 7) % 300]);
	mheap_space_release(&b.space, &b.cursor);
	trim(&b);
	CHECK_EQ(atomic_long_read(&b.memory.held), held);
	CHECK(bitmap_find_next_zero_area(b.space.index_bits, 100, 1, 99, 0) == 1);
	end(&b);
}

TEST(space_runs_out_of_indices)
{
	struct bench b;
	u32 i, number = 0;

	begin(&b, 1 << 30, 3, true);
	for (i = 0; i < 2 * mheap_class_cells(10); i++)
		REQUIRE_EQ(take(&b, &b.cursor, 10, &number), 0);
	CHECK_EQ(take(&b, &b.cursor, 10, &number), -EDQUOT);
	CHECK_EQ(mheap_space_alloc_large(&b.space, 100000, &number), -EDQUOT);
	end(&b);
}

TEST(space_states_of_a_chunk)
{
	u32 class, cells, spare, i, *numbers = calloc(MHEAP_CHUNK_GRANULES, sizeof(u32)), more;
	struct mheap_chunk *chunk;
	struct bench b;

	for (class = 0; class < MHEAP_CLASSES; class++) {
		cells = mheap_class_cells(class);
		spare = max(cells / 16, 1U);
		begin(&b, 1 << 30, 100, true);
		for (i = 0; i < cells; i++)
			REQUIRE_EQ(take(&b, &b.cursor, class, &numbers[i]), 0);
		chunk = b.cursor.chunk;
		CHECK_EQ(chunk->state, MHEAP_CHUNK_OWNED);
		mheap_space_release(&b.space, &b.cursor);
		CHECK_EQ(chunk->state, MHEAP_CHUNK_FULL);
		CHECK(list_empty(&b.space.partial[class]));
		for (i = 0; i < spare - 1; i++) {
			mheap_space_free(&b.space, numbers[i]);
			CHECK_EQ(chunk->state, MHEAP_CHUNK_FULL);
		}
		mheap_space_free(&b.space, numbers[i]);
		if (cells > 1)
			CHECK_EQ(chunk->state, MHEAP_CHUNK_PARTIAL);
		/* Whoever needs a cell owns it again, and finds those that are free. */
		for (i = 0; i < spare; i++) {
			REQUIRE_EQ(take(&b, &b.cursor, class, &more), 0);
			CHECK_EQ(more, numbers[i]);
			CHECK_EQ(b.cursor.chunk->state, MHEAP_CHUNK_OWNED);
		}
		CHECK(b.cursor.chunk == chunk);
		mheap_space_release(&b.space, &b.cursor);
		CHECK_EQ(chunk->state, MHEAP_CHUNK_FULL);
		for (i = 0; i < cells; i++)
			mheap_space_free(&b.space, numbers[i]);
		CHECK_EQ(chunk->state, MHEAP_CHUNK_EMPTY);
		CHECK_EQ(b.space.empty_count, 1);
		REQUIRE_EQ(take(&b, &b.cursor, class, &more), 0);
		CHECK(b.cursor.chunk == chunk);
		CHECK_EQ(b.space.empty_count, 0);
		end(&b);
	}
	free(numbers);
}

TEST(space_class_changes_only_by_way_of_the_system)
{
	struct bench b;
	struct mheap_cursor other = {};
	u32 number, more;

	begin(&b, 1 << 30, 100, true);
	REQUIRE_EQ(take(&b, &b.cursor, 3, &number), 0);
	mheap_space_free(&b.space, number);
	mheap_space_release(&b.space, &b.cursor);
	CHECK_EQ(chunk_of(&b, number)->state, MHEAP_CHUNK_EMPTY);
	REQUIRE_EQ(take(&b, &other, 4, &more), 0);
	CHECK(chunk_of(&b, number) != chunk_of(&b, more));
	CHECK_EQ(chunk_of(&b, number)->class, 3);
	trim(&b);
	CHECK(!chunk_of(&b, number));
	end(&b);
}

TEST(space_last_resort_is_a_full_chunk)
{
	const long chunk = cost_of_chunk(true);
	u32 cells = mheap_class_cells(0), i, *numbers = calloc(2 * cells, sizeof(u32)), number;
	struct bench b;

	begin(&b, 2 * chunk + MHEAP_LEAF_BYTES, 100, true);
	for (i = 0; i < 2 * cells; i++)
		REQUIRE_EQ(take(&b, &b.cursor, 0, &numbers[i]), 0);
	mheap_space_release(&b.space, &b.cursor);
	CHECK_EQ(take(&b, &b.cursor, 0, &number), -EDQUOT);
	/* Not enough to be put on the list. */
	mheap_space_free(&b.space, numbers[5]);
	CHECK_EQ(chunk_of(&b, numbers[5])->state, MHEAP_CHUNK_FULL);
	REQUIRE_EQ(take(&b, &b.cursor, 0, &number), 0);
	CHECK_EQ(number, numbers[5]);
	CHECK_EQ(take(&b, &b.cursor, 0, &number), -EDQUOT);
	end(&b);
	free(numbers);
}

TEST(space_many_cursors)
{
	enum { CURSORS = 4, HELD = 3000 };
	struct mheap_cursor cursors[CURSORS][MHEAP_CELL_CLASSES] = {};
	struct heap_random random = { tap_seed(5) };
	u32 held[HELD] = {}, i, j, at, class, cursor, used = 0, sum = 0;
	struct mheap_chunk *chunk;
	struct bench b;

	begin(&b, 1 << 30, 2000, true);
	for (i = 0; i < tap_effort(300000); i++) {
		at = heap_below(&random, HELD);
		cursor = heap_below(&random, CURSORS);
		class = heap_below(&random, MHEAP_CELL_CLASSES);
		if (held[at]) {
			mheap_space_free(&b.space, held[at]);
			held[at] = 0;
			used--;
		} else {
			REQUIRE_EQ(take(&b, &cursors[cursor][class], class, &held[at]), 0);
			used++;
		}
		if (!heap_below(&random, 500))
			mheap_space_release(&b.space, &cursors[cursor][class]);
		if (!heap_below(&random, 5000))
			trim(&b);
	}
	/* What they have before them counts as used. */
	for (i = 0; i < CURSORS; i++)
		for (j = 0; j < MHEAP_CELL_CLASSES; j++)
			mheap_space_release(&b.space, &cursors[i][j]);
	for (i = 1; i < b.space.end; i++) {
		chunk = mheap_space_chunk(&b.space, i);
		sum += chunk ? atomic_read(&chunk->used) : 0;
	}
	CHECK_EQ(sum, used);
	for (i = 0; i < HELD; i++)
		if (held[i])
			mheap_space_free(&b.space, held[i]);
	trim(&b);
	for (i = 1; i < b.space.end; i++)
		CHECK(!mheap_space_chunk(&b.space, i));
	end(&b);
}

static bool is_zero(const char *p, u32 bytes)
{
	return !bytes || (!*p && !memcmp(p, p + 1, bytes - 1));
}

TEST(space_large_is_chunks_in_a_row)
{
	static const u32 sizes[] = {
		MHEAP_CLASS_BYTES_MAX + 1, MHEAP_CHUNK_BYTES - 1, MHEAP_CHUNK_BYTES,
		MHEAP_CHUNK_BYTES + 1, 5 * MHEAP_CHUNK_BYTES, 5 * MHEAP_CHUNK_BYTES + 4097,
	};
	u32 i, j, number, pieces;
	struct mheap_chunk *chunk;
	struct bench b;

	begin(&b, 1 << 30, 100, false);
	for (i = 0; i < ARRAY_SIZE(sizes); i++) {
		REQUIRE_EQ(mheap_space_alloc_large(&b.space, sizes[i], &number), 0);
		pieces = (sizes[i] + MHEAP_CHUNK_BYTES - 1) / MHEAP_CHUNK_BYTES;
		for (j = 0; j < pieces; j++) {
			chunk = chunk_of(&b, number + j * MHEAP_CHUNK_GRANULES);
			REQUIRE(chunk);
			CHECK_EQ(chunk->state, MHEAP_CHUNK_PIECE);
			CHECK(chunk->bytes >= min(sizes[i] - j * MHEAP_CHUNK_BYTES,
						  MHEAP_CHUNK_BYTES));
			CHECK(is_zero(chunk->base, chunk->bytes));
		}
		/* From its middle outwards. */
		for (j = 0; j < pieces; j++)
			mheap_space_free_piece(&b.space, number +
					       (pieces / 2 + j) % pieces * MHEAP_CHUNK_GRANULES);
		CHECK_EQ(atomic_long_read(&b.memory.held), MHEAP_LEAF_BYTES);
	}
	end(&b);
}

TEST(space_large_is_undone)
{
	struct bench b;
	u32 number = 77, limit;
	int ret;

	for (limit = 0; ; limit += 100000) {
		begin(&b, limit, 100, false);
		ret = mheap_space_alloc_large(&b.space, 5 * MHEAP_CHUNK_BYTES + 5, &number);
		if (!ret) {
			end(&b);
			break;
		}
		CHECK_EQ(ret, -EDQUOT);
		CHECK(atomic_long_read(&b.memory.held) <= (long)MHEAP_LEAF_BYTES);
		CHECK(bitmap_find_next_zero_area(b.space.index_bits, 100, 1, 99, 0) == 1);
		end(&b);
	}
	CHECK(limit > 5 * MHEAP_CHUNK_BYTES);
}

TEST(space_large_finds_gaps)
{
	u32 numbers[9], number, i;
	struct bench b;

	/* Ten indices, and the first is never used. */
	begin(&b, 1 << 30, 10, false);
	for (i = 0; i < 9; i++)
		REQUIRE_EQ(mheap_space_alloc_large(&b.space, MHEAP_CHUNK_BYTES, &numbers[i]), 0);
	CHECK_EQ(mheap_space_alloc_large(&b.space, MHEAP_CHUNK_BYTES, &number), -EDQUOT);
	mheap_space_free_piece(&b.space, numbers[2]);
	mheap_space_free_piece(&b.space, numbers[4]);
	CHECK_EQ(mheap_space_alloc_large(&b.space, MHEAP_CHUNK_BYTES + 1, &number), -EDQUOT);
	mheap_space_free_piece(&b.space, numbers[3]);
	REQUIRE_EQ(mheap_space_alloc_large(&b.space, 3 * MHEAP_CHUNK_BYTES, &number), 0);
	CHECK_EQ(number, numbers[2]);
	end(&b);
}

TEST(space_large_spans_tables)
{
	u32 number, small;
	struct bench b;

	/* The 512th index begins a table of its own. */
	begin(&b, 1ULL << 32, 1000, false);
	REQUIRE_EQ(take(&b, &b.cursor, 0, &small), 0);
	REQUIRE_EQ(mheap_space_alloc_large(&b.space, 600U * MHEAP_CHUNK_BYTES, &number), 0);
	CHECK_EQ(number >> MHEAP_INDEX_SHIFT, 2);
	CHECK(chunk_of(&b, number + 599 * MHEAP_CHUNK_GRANULES));
	CHECK(!chunk_of(&b, number + 600 * MHEAP_CHUNK_GRANULES));
	end(&b);
}
