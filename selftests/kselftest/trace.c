// SPDX-License-Identifier: GPL-2.0
/* Tracepoints: the events of a heap's life, as tracefs shows them. */
#include "kernel_files.h"
#include "mheap_harness.h"

FIXTURE(trace)
{
	int fd;
	char heap[32];
};

FIXTURE_SETUP(trace)
{
	struct mheap_create options = { .suspect_age_ms = 3600000 };

	if (!have_tracefs())
		SKIP_ALL("no tracefs, or not for this user, or no such events");
	self->fd = NEW_HEAP(&options);
	snprintf(self->heap, sizeof(self->heap), "heap=%llu ",
		 (unsigned long long)options.out_heap_id);
	ASSERT_EQ(0, file_write(TRACEFS "/trace", ""));
	ASSERT_EQ(0, file_write(TRACEFS "/events/mheap/enable", "1"));
}

FIXTURE_TEARDOWN(trace)
{
	file_write(TRACEFS "/events/mheap/enable", "0");
	close(self->fd);
}

#define TRACE()								\
({									\
	char *text = file_text(TRACEFS "/trace");			\
									\
	ASSERT_NE(NULL, text);						\
	text;								\
})

/* Events of this heap only: others may be at work. */
#define EXPECT_EVENTS(count, text, event)				\
	EXPECT_EQ(count, text_lines(text, " " event ": ", self->heap))

TEST_F(trace, each_event_appears_once)
{
	__u64 a = ALLOC(self->fd, 2, 30, 7), b = ALLOC(self->fd, 1, 0, 8);
	char *text, line[128];

	STORE(self->fd, a, 1, b);
	CLOSE(self->fd, b);
	snprintf(line, sizeof(line), "object=%llu slots=2 payload_bytes=30 type=7 site=0",
		 (unsigned long long)STAT(self->fd, a).out_object);
	CLOSE(self->fd, a);
	text = TRACE();
	EXPECT_EVENTS(2, text, "mheap_alloc");
	EXPECT_EVENTS(1, text, "mheap_store");
	EXPECT_EVENTS(2, text, "mheap_close");
	EXPECT_EVENTS(2, text, "mheap_free");
	EXPECT_EVENTS(0, text, "mheap_collect_phase");
	EXPECT_EQ(1, text_lines(text, self->heap, line));
	EXPECT_EQ(2, text_lines(text, self->heap, "cause=count"));
	free(text);
}

TEST_F(trace, a_new_site_appears_once)
{
	__u32 site, again;
	char *text, line[128];
	__u64 handle;

	ASSERT_EQ(0, raw_site(self->fd, "file", "function", 77, 0, &site));
	ASSERT_EQ(0, raw_site(self->fd, "file", "function", 77, 0, &again));
	ASSERT_EQ(0, raw_alloc_site(self->fd, site, 0, 0, &handle));
	text = TRACE();
	EXPECT_EVENTS(1, text, "mheap_site");
	snprintf(line, sizeof(line), "site=%u line=77 parent=0", site);
	EXPECT_EQ(1, text_lines(text, self->heap, line));
	snprintf(line, sizeof(line), "type=0 site=%u", site);
	EXPECT_EQ(1, text_lines(text, self->heap, line));
	free(text);
}

TEST_F(trace, a_collection_shows_its_phases_and_what_it_frees)
{
	__u64 handle = ALLOC(self->fd, 1, 0, 7);
	char *text;

	STORE(self->fd, handle, 0, handle);
	CLOSE(self->fd, handle);
	ASSERT_EQ(0, raw_collect(self->fd));
	text = TRACE();
	EXPECT_LT(2, text_lines(text, " mheap_collect_phase: ", self->heap));
	EXPECT_EQ(1, text_lines(text, self->heap, "cause=collect"));
	EXPECT_EVENTS(0, text, "mheap_verify_failed");
	free(text);
}

TEST_F(trace, records_of_a_batch_are_traced_like_calls)
{
	__u64 mine = chosen_handle(0, 1);
	struct mheap_record records[] = {
		record_alloc(1, 0, 5, mine),
		record_store(mine, 0, mine),
		record_store(mine, 0, 0),
		record_close(mine),
	};
	char *text;

	ASSERT_EQ(0, raw_batch_all(self->fd, records, ARRAY_SIZE(records)));
	text = TRACE();
	EXPECT_EVENTS(1, text, "mheap_alloc");
	EXPECT_EVENTS(2, text, "mheap_store");
	EXPECT_EVENTS(1, text, "mheap_close");
	EXPECT_EVENTS(1, text, "mheap_free");
	free(text);
}

TEST_F(trace, what_fails_is_a_command_that_failed_and_no_more)
{
	__u64 handle;
	char *text;

	EXPECT_EQ(-EINVAL, raw_alloc(self->fd, MHEAP_SLOTS_MAX + 1, 0, 0, &handle));
	EXPECT_EQ(-ENOENT, raw_close(self->fd, 1));
	text = TRACE();
	EXPECT_EQ(2, text_lines(text, self->heap, NULL));
	EXPECT_EQ(1, text_lines(text, self->heap, "ret=-22 "));
	EXPECT_EQ(1, text_lines(text, self->heap, "ret=-2 "));
	EXPECT_EVENTS(2, text, "mheap_command");
	free(text);
}

TEST_F(trace, no_line_has_an_address)
{
	__u64 handle = ALLOC(self->fd, 1, 10, 7);
	char *text;

	STORE(self->fd, handle, 0, handle);
	CLOSE(self->fd, handle);
	ASSERT_EQ(0, raw_collect(self->fd));
	text = TRACE();
	EXPECT_LT(0, text_lines(text, self->heap, NULL));
	EXPECT_FALSE(text_has_address(text));
	free(text);
}

TEST_HARNESS_MAIN
