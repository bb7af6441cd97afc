// SPDX-License-Identifier: GPL-2.0-only
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <linux/errno.h>
#include <linux/math.h>

#include "age.h"
#include "heap.h"

#define SECOND_NS	1000000000ULL
#define SLACK_MS	5000		/* what a slow machine may take */

/* What a heap counts, counted plainly. */
struct plain {
	struct mheap_core *core;
	struct mheap_site_figures site[64];
};

static struct mheap_core *site_heap(u32 max_sites)
{
	struct mheap_limits limits = {
		.max_bytes = HEAP_BYTES, .suspect_percent = 25, .suspect_min = 1U << 30,
		.suspect_age_ms = 1U << 30, .local_objects = MHEAP_LOCAL_OBJECTS,
		.max_sites = max_sites,
	};
	struct mheap_core *core;

	REQUIRE_EQ(heap_try_new(&limits, &core), 0);
	return core;
}

static int intern(struct mheap_core *core, const char *file, const char *function, u32 line,
		  u32 parent, u32 *ret_site)
{
	struct mheap_site_name name = {
		.file = file, .file_bytes = strlen(file), .function = function,
		.function_bytes = strlen(function), .line = line, .parent = parent,
	};

	return mheap_site_intern(core, &name, ret_site);
}

/* Time goes on, as the heap sees it. */
static void later(struct mheap_core *core, u64 ns)
{
	core->born_ns -= ns;
}

static u32 alloc_at(struct mheap_mutator *m, u32 slots, u32 payload_bytes, u32 site)
{
	struct mheap_shape shape = {
		.slots = slots, .payload_bytes = payload_bytes, .site = site,
	};
	u32 number;

	REQUIRE_EQ(heap_try_alloc(m, &shape, &number), 0);
	return number;
}

static u64 bytes_of(struct mheap_core *core, u32 number)
{
	return mheap_object_bytes(mheap_cell_of(core, number));
}

static void plain_born(struct plain *plain, u32 site, u64 bytes)
{
	struct mheap_site_figures *figures = &plain->site[site];

	figures->objects++;
	figures->bytes += bytes;
	figures->total_objects++;
	figures->total_bytes += bytes;
	if (figures->objects > figures->peak_objects)
		figures->peak_objects = figures->objects;
	if (figures->bytes > figures->peak_bytes)
		figures->peak_bytes = figures->bytes;
}

static void plain_died(struct plain *plain, u32 site, u64 bytes, bool young)
{
	plain->site[site].objects--;
	plain->site[site].bytes -= bytes;
	plain->site[site].young += young;
}

static void plain_compare(struct plain *plain, u32 count)
{
	struct mheap_site_figures figures;
	u32 site;

	for (site = 0; site < count; site++) {
		mheap_site_read(plain->core, site, &figures);
		CHECK_EQ(figures.objects, plain->site[site].objects);
		CHECK_EQ(figures.bytes, plain->site[site].bytes);
		CHECK_EQ(figures.peak_objects, plain->site[site].peak_objects);
		CHECK_EQ(figures.peak_bytes, plain->site[site].peak_bytes);
		CHECK_EQ(figures.total_objects, plain->site[site].total_objects);
		CHECK_EQ(figures.total_bytes, plain->site[site].total_bytes);
		CHECK_EQ(figures.young, plain->site[site].young);
	}
}

TEST(site_same_place_same_number)
{
	struct mheap_core *core = site_heap(100);
	struct mheap_site_name name;
	u32 a, b, c;

	REQUIRE_EQ(intern(core, "a.c", "f", 10, 0, &a), 0);
	CHECK_EQ(a, 1);
	REQUIRE_EQ(intern(core, "a.c", "f", 10, 0, &b), 0);
	CHECK_EQ(b, a);
	/* All of it counts, and where the file ends. */
	REQUIRE_EQ(intern(core, "a.cf", "", 10, 0, &b), 0);
	CHECK_EQ(b, 2);
	REQUIRE_EQ(intern(core, "a.c", "g", 10, 0, &b), 0);
	CHECK_EQ(b, 3);
	REQUIRE_EQ(intern(core, "a.c", "f", 11, 0, &b), 0);
	CHECK_EQ(b, 4);
	REQUIRE_EQ(intern(core, "a.c", "f", 10, a, &b), 0);
	CHECK_EQ(b, 5);
	REQUIRE_EQ(intern(core, "", "", 0, 0, &c), 0);
	CHECK_EQ(c, 6);
	CHECK_EQ(intern(core, "a.c", "f", 10, 7, &c), -EINVAL);
	mheap_site_name(core, b, &name);
	CHECK_EQ(name.file_bytes, 3);
	CHECK(!memcmp(name.file, "a.c", 3));
	CHECK_EQ(name.function_bytes, 1);
	CHECK(!memcmp(name.function, "f", 1));
	CHECK_EQ(name.line, 10);
	CHECK_EQ(name.parent, a);
	mheap_site_name(core, 0, &name);
	CHECK_EQ(name.file_bytes + name.function_bytes + name.line + name.parent, 0);
	heap_delete(core);
}

/* What names come to without a key. */
static u32 plain_hash(const char *name)
{
	u32 hash = 2166136261U;

	while (*name)
		hash = (hash ^ (u8)*name++) * 16777619U;
	return hash;
}

static u32 used_buckets(const struct mheap_sites *sites)
{
	u32 i, used = 0;

	for (i = 0; i < sites->buckets; i++)
		used += !!sites->bucket[i];
	return used;
}

TEST(site_names_that_collide_elsewhere)
{
	struct mheap_core *core = site_heap(4096), *other = site_heap(4096);
	const u32 buckets = core->sites.buckets, count = 500;
	u32 i = 0, found = 0, site, differ = 0;
	char name[32];

	while (found < count) {
		snprintf(name, sizeof(name), "%u.c", i++);
		if (plain_hash(name) % buckets != 7)
			continue;
		found++;
		REQUIRE_EQ(intern(core, name, "", 0, 0, &site), 0);
		REQUIRE_EQ(intern(other, name, "", 0, 0, &site), 0);
		CHECK_EQ(site, found);
	}
	/* Thrown at random into 1024 buckets, they are in some 395 of them. */
	CHECK(used_buckets(&core->sites) > count / 2);
	for (i = 0; i < buckets; i++)
		differ += core->sites.bucket[i] != other->sites.bucket[i];
	CHECK(differ > count / 2);
	heap_delete(core);
	heap_delete(other);
}

TEST(site_table_fills_up)
{
	static const u32 limits[] = { 0, 1, 63, 64, 65, 1000, 65535 };
	char file[MHEAP_SITE_FILE + 1], function[MHEAP_SITE_FUNCTION + 1];
	struct mheap_core *core;
	u32 i, site, line;

	memset(file, 'x', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	memset(function, 'y', sizeof(function) - 1);
	function[sizeof(function) - 1] = '\0';
	for (i = 0; i < ARRAY_SIZE(limits); i++) {
		core = site_heap(limits[i]);
		for (line = 1; line <= limits[i]; line++) {
			REQUIRE_EQ(intern(core, file, function, line, line / 2, &site), 0);
			REQUIRE_EQ(site, line);
		}
		CHECK_EQ(intern(core, file, function, line, 0, &site), -ENOSPC);
		/* What is there is found all the same. */
		for (line = 1; line <= limits[i]; line += 7) {
			REQUIRE_EQ(intern(core, file, function, line, line / 2, &site), 0);
			REQUIRE_EQ(site, line);
		}
		heap_check(core);
		heap_delete(core);
	}
}

TEST(site_table_of_a_reserved_heap_takes_nothing_later)
{
	struct mheap_limits limits = {
		.max_bytes = 8 << 20, .suspect_percent = 25, .suspect_min = 1U << 30,
		.suspect_age_ms = 1U << 30, .max_sites = 256, .reserved = true,
	};
	struct mheap_core *core;
	u32 line, site;
	char file[200];
	int ret = 0;

	REQUIRE_EQ(heap_try_new(&limits, &core), 0);
	shim_memory.forbidden = true;
	for (line = 1; line <= 256; line++) {
		REQUIRE_EQ(intern(core, "some/directory/and/a-file.c", "some_function_that_is",
				  line, 0, &site), 0);
		REQUIRE_EQ(site, line);
	}
	CHECK_EQ(intern(core, "one more", "", 1, 0, &site), -ENOSPC);
	shim_memory.forbidden = false;
	heap_delete(core);

	/* Long names use up what there is for names before that. */
	memset(file, 'z', sizeof(file) - 1);
	file[sizeof(file) - 1] = '\0';
	REQUIRE_EQ(heap_try_new(&limits, &core), 0);
	shim_memory.forbidden = true;
	for (line = 1; !ret; line++)
		ret = intern(core, file, "", line, 0, &site);
	CHECK_EQ(ret, -ENOSPC);
	CHECK(line > 100 && line < 256);
	/* It stays so, and what is there is found. */
	CHECK_EQ(intern(core, file, "", line, 0, &site), -ENOSPC);
	CHECK_EQ(intern(core, file, "", 17, 0, &site), 0);
	CHECK_EQ(site, 17);
	shim_memory.forbidden = false;
	heap_delete(core);
}

TEST(site_table_needs_memory)
{
	struct mheap_core *core = site_heap(1000);
	u32 site = 0, failed = 0, line, nth;
	int ret;

	for (line = 1; line <= 300; line++) {
		/* The first call fails, then the second, and so on until none does. */
		nth = 0;
		do {
			shim_memory.fail_at = shim_memory.calls + ++nth;
			ret = intern(core, "f.c", "f", line, 0, &site);
			shim_memory.fail_at = 0;
			failed += !!ret;
			CHECK(!ret || ret == -ENOMEM);
		} while (ret && nth < 100);
		CHECK_EQ(site, line);
	}
	CHECK(failed > 5);
	heap_check(core);
	heap_delete(core);
}

TEST(site_figures_of_a_few)
{
	struct mheap_core *core = site_heap(60);
	struct mheap_mutator *m = heap_mutator(core);
	struct plain plain = { .core = core };
	u32 a, b, x, y;

	REQUIRE_EQ(intern(core, "a", "", 1, 0, &a), 0);
	REQUIRE_EQ(intern(core, "b", "", 1, 0, &b), 0);
	x = alloc_at(m, 2, 100, a);
	plain_born(&plain, a, bytes_of(core, x));
	y = alloc_at(m, 2000, 70000, b);
	plain_born(&plain, b, bytes_of(core, y));
	plain_compare(&plain, 3);
	plain_died(&plain, b, bytes_of(core, y), true);
	heap_drop(m, y);
	heap_work(core);
	plain_compare(&plain, 3);
	/* What is born and dies within a section counts for the peak. */
	y = alloc_at(m, 1, 0, b);
	plain_born(&plain, b, bytes_of(core, y));
	mheap_section_enter(m);
	y = mheap_object_try_alloc(m, &(struct mheap_shape) { .slots = 1, .site = a });
	REQUIRE(y);
	plain_born(&plain, a, bytes_of(core, y));
	plain_died(&plain, a, bytes_of(core, y), true);
	mheap_handle_drop(m, y);
	mheap_release_run(m);
	mheap_section_exit(m);
	plain_compare(&plain, 3);
	/* Weak cells do not count. */
	y = heap_weaken(m, x);
	plain_compare(&plain, 3);
	heap_drop(m, y);
	plain_compare(&plain, 3);
	later(core, 2 * SECOND_NS);
	plain_died(&plain, a, bytes_of(core, x), false);
	heap_drop(m, x);
	plain_compare(&plain, 3);
	heap_mutator_delete(m);
	heap_delete(core);
}

/* Objects of many sites, held by handles and by each other, and the same counted plainly. */
TEST(site_figures_at_random)
{
	enum { SITES = 40, HELD = 200 };
	struct heap_random random = { tap_seed(11) };
	struct mheap_core *core = site_heap(SITES);
	struct mheap_mutator *m = heap_mutator(core);
	struct plain plain = { .core = core };
	struct { u32 number, site; u64 bytes, born_ns; } held[HELD] = {};
	u32 i, at, site, steps = tap_effort(20000);
	u64 now = 0;

	for (i = 1; i < SITES; i++)
		REQUIRE_EQ(heap_site(core, "random", i), i);
	for (i = 0; i < steps; i++) {
		at = heap_below(&random, HELD);
		if (held[at].number) {
			plain_died(&plain, held[at].site, held[at].bytes,
				   (now >> MHEAP_TICK_SHIFT) -
				   (held[at].born_ns >> MHEAP_TICK_SHIFT) < MHEAP_TICKS_YOUNG);
			heap_drop(m, held[at].number);
			held[at].number = 0;
		} else {
			site = heap_below(&random, SITES);
			held[at].number = alloc_at(m, heap_below(&random, 4),
						   heap_below(&random, 300), site);
			held[at].site = site;
			held[at].bytes = bytes_of(core, held[at].number);
			held[at].born_ns = now;
			plain_born(&plain, site, held[at].bytes);
		}
		if (!heap_below(&random, 20)) {
			/* By several ticks: where one begins is not known here. */
			later(core, 4ULL << MHEAP_TICK_SHIFT);
			now += 4ULL << MHEAP_TICK_SHIFT;
		}
		if (!heap_below(&random, 1000))
			plain_compare(&plain, SITES);
	}
	plain_compare(&plain, SITES);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

static void make_ring(struct mheap_mutator *m, u32 length, u32 site)
{
	u32 first = alloc_at(m, 1, 0, site), last = first, next;

	while (--length) {
		next = alloc_at(m, 1, 0, site);
		heap_store(m, last, 0, next);
		if (last != first)
			heap_drop(m, last);
		last = next;
	}
	heap_store(m, last, 0, first);
	if (last != first)
		heap_drop(m, last);
	heap_drop(m, first);
}

TEST(site_figures_of_collections)
{
	/* Small rings go without a collection, where that is tried. */
	static const u32 lengths[] = { 1, 2, 10, 5000 };
	struct mheap_site_figures figures;
	struct mheap_core *core = site_heap(10);
	struct mheap_mutator *m = heap_mutator(core);
	u32 i;

	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		REQUIRE_EQ(heap_site(core, "ring", i), i + 1);
		make_ring(m, lengths[i], i + 1);
		mheap_site_read(core, i + 1, &figures);
		CHECK_EQ(figures.objects, lengths[i]);
	}
	heap_collect(core);
	for (i = 0; i < ARRAY_SIZE(lengths); i++) {
		mheap_site_read(core, i + 1, &figures);
		CHECK_EQ(figures.objects, 0);
		CHECK_EQ(figures.bytes, 0);
		CHECK_EQ(figures.peak_objects, lengths[i]);
		CHECK_EQ(figures.total_objects, lengths[i]);
		CHECK_EQ(figures.young, lengths[i]);
	}
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

TEST(age_of_objects)
{
	struct mheap_core *core = site_heap(1);
	struct mheap_mutator *m = heap_mutator(core);
	struct mheap_object_stat stat;
	u32 object, cursor, i;

	object = alloc_at(m, 1, 0, 0);
	/* Over the end of the ticks, several times. */
	for (i = 0; i < 40; i++) {
		REQUIRE(mheap_object_stat(core, object, &stat));
		CHECK(stat.age_ms <= SLACK_MS);
		later(core, 1000 * SECOND_NS);
		REQUIRE(mheap_object_stat(core, object, &stat));
		CHECK(stat.age_ms + 135 >= 1000000 && stat.age_ms <= 1000000 + SLACK_MS);
		heap_drop(m, object);
		object = alloc_at(m, 1, 0, 0);
	}
	later(core, 3590 * SECOND_NS);
	cursor = 0;
	while (!mheap_age_some(m, &cursor))
		;
	REQUIRE(mheap_object_stat(core, object, &stat));
	CHECK(stat.age_ms > 3589000 && stat.age_ms < 3600000);
	later(core, 11 * SECOND_NS);
	REQUIRE(mheap_object_stat(core, object, &stat));
	CHECK_EQ(stat.age_ms, MHEAP_AGE_MS_OLD);
	cursor = 0;
	while (!mheap_age_some(m, &cursor))
		;
	/* It never becomes young again. */
	for (i = 0; i < 100; i++) {
		later(core, 100 * SECOND_NS);
		REQUIRE(mheap_object_stat(core, object, &stat));
		CHECK_EQ(stat.age_ms, MHEAP_AGE_MS_OLD);
	}
	heap_drop(m, object);
	heap_check(core);
	heap_mutator_delete(m);
	heap_delete(core);
}

/* What is dead and old is taken apart while somebody says that it is old. */
TEST(age_of_what_dies_meanwhile)
{
	struct mheap_core *core = site_heap(1);
	struct mheap_mutator *m = heap_mutator(core), *other = heap_mutator(core);
	struct heap_random random = { tap_seed(12) };
	u32 object, child, i, cursor = 0;

	for (i = 0; i < 50; i++) {
		object = alloc_at(m, 70000 + heap_below(&random, 70000), 600000, 0);
		child = alloc_at(m, 0, 0, 0);
		heap_store(m, object, heap_below(&random, 70000), child);
		heap_drop(m, child);
		later(core, 4000 * SECOND_NS);
		heap_drop(m, object);
		while (heap_objects(core)) {
			if (mheap_age_some(other, &cursor))
				cursor = 0;
			mheap_core_work(core);
		}
	}
	heap_work(core);
	heap_check(core);
	heap_mutator_delete(other);
	heap_mutator_delete(m);
	heap_delete(core);
}
