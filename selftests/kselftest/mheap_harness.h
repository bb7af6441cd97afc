/* SPDX-License-Identifier: GPL-2.0 */
/* The kernel's test harness, and what the tests of all areas write with it. */
#ifndef MHEAP_HARNESS_H
#define MHEAP_HARNESS_H

#include <kselftest_harness.h>

#include "mheap_util.h"

/* Emulated machines are slow: a test that hangs may take this long to fail. */
#undef TEST_TIMEOUT_DEFAULT
#define TEST_TIMEOUT_DEFAULT 300
#define LONG_TEST 1500

/* The same tests on a heap that grows, and on one that has all of its memory. */
#define HEAP_VARIANTS(fixture)						\
	FIXTURE_VARIANT(fixture) { __u64 max_bytes; __u32 flags; };	\
	FIXTURE_VARIANT_ADD(fixture, growing) {};			\
	FIXTURE_VARIANT_ADD(fixture, reserved) {			\
		.max_bytes = 16 << 20, .flags = MHEAP_CREATE_RESERVED,	\
	}

/* For FIXTURE_SETUP, behind which the harness would start the test all the same. */
#define SKIP_ALL(...) SKIP(_exit(255), __VA_ARGS__)

/* Handles of what must succeed. */
#define ALLOC(fd, slots, payload_bytes, type)				\
({									\
	__u64 allocated = 0;						\
									\
	ASSERT_EQ(0, raw_alloc(fd, slots, payload_bytes, type, &allocated)); \
	allocated;							\
})

#define LOAD(fd, object, index)						\
({									\
	__u64 loaded = 0;						\
									\
	ASSERT_EQ(0, raw_load(fd, object, index, &loaded));		\
	loaded;								\
})

#define DUP(fd, handle)							\
({									\
	__u64 copied = 0;						\
									\
	ASSERT_EQ(0, raw_dup(fd, handle, &copied));			\
	copied;								\
})

#define WEAKEN(fd, handle)						\
({									\
	__u64 weakened = 0;						\
									\
	ASSERT_EQ(0, raw_weaken(fd, handle, &weakened));		\
	ASSERT_NE(0, weakened);						\
	weakened;							\
})

#define UPGRADE(fd, weak)						\
({									\
	__u64 upgraded = 0;						\
									\
	ASSERT_EQ(0, raw_upgrade(fd, weak, &upgraded));			\
	upgraded;							\
})

#define IMPORT(fd, object_fd, rights)					\
({									\
	__u64 imported = 0;						\
									\
	ASSERT_EQ(0, raw_object_import(fd, object_fd, rights, &imported)); \
	imported;							\
})

#define STORE(fd, object, index, value)					\
	ASSERT_EQ(0, raw_store(fd, object, index, value))

#define CLOSE(fd, handle)						\
	ASSERT_EQ(0, raw_close(fd, handle))

#define STAT(fd, handle)						\
({									\
	struct mheap_stat stat_of_object;				\
									\
	ASSERT_EQ(0, raw_stat(fd, handle, &stat_of_object));		\
	stat_of_object;							\
})

#define HEAP_STAT(fd)							\
({									\
	struct mheap_heap_stat stat_of_heap;				\
									\
	ASSERT_EQ(0, raw_heap_stat(fd, &stat_of_heap));			\
	stat_of_heap;							\
})

#define COLLECT_STAT(fd)						\
({									\
	struct mheap_collect_stat stat_of_collector;			\
									\
	ASSERT_EQ(0, raw_collect_stat(fd, &stat_of_collector));		\
	stat_of_collector;						\
})

#define SESSION()							\
({									\
	int opened = raw_session();					\
									\
	ASSERT_LE(0, opened);						\
	opened;								\
})

#define NEW_HEAP(options)						\
({									\
	int opened = raw_new_heap(options);				\
									\
	ASSERT_LE(0, opened);						\
	opened;								\
})

#define SECOND(fd, rights)						\
({									\
	int opened = raw_second(fd, rights);				\
									\
	ASSERT_LE(0, opened);						\
	opened;								\
})

#define EXPORT(fd, rights)						\
({									\
	int opened = raw_export(fd, rights);				\
									\
	ASSERT_LE(0, opened);						\
	opened;								\
})

#define OBJECT_FD(fd, handle, rights)					\
({									\
	int opened = raw_object_export(fd, handle, rights);		\
									\
	ASSERT_LE(0, opened);						\
	opened;								\
})

/* @count dead rings of two. */
#define DROP_RINGS(fd, count)						\
do {									\
	for (unsigned int ring = 0; ring < (count); ring++) {		\
		__u64 a = ALLOC(fd, 1, 0, 1), b = ALLOC(fd, 1, 0, 2);	\
									\
		STORE(fd, a, 0, b);					\
		STORE(fd, b, 0, a);					\
		CLOSE(fd, a);						\
		CLOSE(fd, b);						\
	}								\
} while (0)

/* Nothing is left: reference counts took it all, without a collection. */
#define EXPECT_EMPTY(fd)						\
do {									\
	EXPECT_TRUE(heap_drained(fd));					\
	EXPECT_EQ(0, heap_objects(fd));					\
	EXPECT_EQ(0, heap_bytes(fd));					\
} while (0)

/* What is left is collected, and the collector never disagreed with itself. */
#define EXPECT_EMPTY_AFTER_COLLECT(fd)					\
do {									\
	EXPECT_EQ(0, raw_collect(fd));					\
	EXPECT_EMPTY(fd);						\
	EXPECT_EQ(0, COLLECT_STAT(fd).out_verify_failures);		\
} while (0)

#endif
