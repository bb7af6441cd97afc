// SPDX-License-Identifier: GPL-2.0-only
/*
 * Tells the address sanitizer which cells are free: it sees chunks only. The
 * count of a cell of an object may be looked at while memory lasts; nothing
 * else of a free cell may.
 */
#include "space.h"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, bytes)	((void)(p), (void)(bytes))
#define ASAN_UNPOISON_MEMORY_REGION(p, bytes)	((void)(p), (void)(bytes))
#endif

u32 __real_mheap_space_peek(struct mheap_space *space, struct mheap_cursor *cursor, u32 class);
u32 __wrap_mheap_space_peek(struct mheap_space *space, struct mheap_cursor *cursor, u32 class);
int __real_mheap_space_refill(struct mheap_space *space, struct mheap_cursor *cursor, u32 class);
int __wrap_mheap_space_refill(struct mheap_space *space, struct mheap_cursor *cursor, u32 class);
void __real_mheap_space_free(struct mheap_space *space, u32 number);
void __wrap_mheap_space_free(struct mheap_space *space, u32 number);
void __real_mheap_space_free_word(struct mheap_space *space, const struct mheap_word *word);
void __wrap_mheap_space_free_word(struct mheap_space *space, const struct mheap_word *word);

void __real_mheap_chunk_delete(struct mheap_memory *memory, struct mheap_chunk *chunk);
void __wrap_mheap_chunk_delete(struct mheap_memory *memory, struct mheap_chunk *chunk);

static void poison(struct mheap_space *space, u32 number, u32 bytes)
{
	u32 count = space->marked ? sizeof(u64) : 0;
	char *cell = mheap_chunk_at(mheap_chunk_of(space, number), number);

	ASAN_POISON_MEMORY_REGION(cell + count, bytes - count);
}

u32 __wrap_mheap_space_peek(struct mheap_space *space, struct mheap_cursor *cursor, u32 class)
{
	u32 number = __real_mheap_space_peek(space, cursor, class);

	if (number)
		ASAN_UNPOISON_MEMORY_REGION(mheap_chunk_at(cursor->chunk, number),
					    mheap_class_bytes(class));
	return number;
}

int __wrap_mheap_space_refill(struct mheap_space *space, struct mheap_cursor *cursor, u32 class)
{
	int ret = __real_mheap_space_refill(space, cursor, class);
	u32 i;

	/* A new chunk. */
	if (!ret && cursor->word == -1U && !atomic_read(&cursor->chunk->used))
		for (i = 0; i < mheap_class_cells(class); i++)
			poison(space, cursor->chunk->first +
			       i * (mheap_class_bytes(class) / MHEAP_GRANULE),
			       mheap_class_bytes(class));
	return ret;
}

void __wrap_mheap_space_free(struct mheap_space *space, u32 number)
{
	poison(space, number, mheap_class_bytes(mheap_chunk_of(space, number)->class));
	__real_mheap_space_free(space, number);
}

void __wrap_mheap_space_free_word(struct mheap_space *space, const struct mheap_word *word)
{
	unsigned long bits;

	for (bits = word->bits; bits; bits &= bits - 1)
		poison(space, word->first + __ffs(bits), mheap_class_bytes(word->chunk->class));
	__real_mheap_space_free_word(space, word);
}

/* It may be used again, for something else. */
void __wrap_mheap_chunk_delete(struct mheap_memory *memory, struct mheap_chunk *chunk)
{
	ASAN_UNPOISON_MEMORY_REGION(chunk->base, chunk->bytes);
	__real_mheap_chunk_delete(memory, chunk);
}
