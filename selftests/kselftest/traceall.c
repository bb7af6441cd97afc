// SPDX-License-Identifier: GPL-2.0
/* Each tracepoint: what it is about is done, and found in tracefs with its fields. */
#include <stdarg.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>

#include "kernel_files.h"
#include "mheap_harness.h"

/* Of MHEAP_COLLECT_STAT, and of events. */
#define CAUSE_REQUEST 1

FIXTURE(traceall)
{
	int fd;
	struct mheap_create options;
	unsigned long long id;
};

FIXTURE_SETUP(traceall)
{
	self->options = (struct mheap_create) {
		.suspect_age_ms = 3600000, .suspect_min = ~0U,
		.max_bytes = 64 << 20, .max_objects = 1000, .max_sites = 1,
	};
	if (!have_tracefs())
		SKIP_ALL("no tracefs, or not for this user, or no such events");
	ASSERT_EQ(0, file_write(TRACEFS "/trace", ""));
	ASSERT_EQ(0, file_write(TRACEFS "/events/mheap/enable", "1"));
	self->fd = NEW_HEAP(&self->options);
	self->id = self->options.out_heap_id;
}

FIXTURE_TEARDOWN(traceall)
{
	file_write(TRACEFS "/events/mheap/enable", "0");
	if (self->fd >= 0)
		close(self->fd);
}

/* Lines of the trace with both. */
static int lines(const char *first, const char *second)
{
	char *text = file_text(TRACEFS "/trace");
	int count = text ? (int)text_lines(text, first, second) : -1;

	free(text);
	return count;
}

/* How many events of the heap there are whose text begins so: " EVENT: heap=ID ..." */
static __attribute__((format(printf, 3, 4)))
int events(unsigned long long heap, const char *event, const char *format, ...)
{
	char begin[320];
	va_list args;
	int at;

	at = snprintf(begin, sizeof(begin), " mheap_%s: heap=%llu", event, heap);
	va_start(args, format);
	vsnprintf(begin + at, sizeof(begin) - at, format, args);
	va_end(args);
	return lines(begin, NULL);
}

TEST_F(traceall, heaps_and_sessions)
{
	int second = SECOND(self->fd, MHEAP_RIGHT_READ);
	int pid = getpid();
	char text[64];

	EXPECT_EQ(1, events(self->id, "heap_create",
			    " max_bytes=%u max_objects=1000 pid=%d uid=%u reserved=0\n",
			    64 << 20, pid, getuid()));
	snprintf(text, sizeof(text), " pid=%d rights=0x7f max_handles=", pid);
	EXPECT_EQ(1, lines("mheap_session_open", text));
	snprintf(text, sizeof(text), " pid=%d rights=0x1 ", pid);
	EXPECT_EQ(1, lines("mheap_session_open", text));
	close(second);
	close(self->fd);
	self->fd = -1;
	EXPECT_TRUE(EVENTUALLY(events(self->id, "heap_destroy", " lived_ns=") == 1));
	EXPECT_EQ(2, events(self->id, "session_open", " "));
	EXPECT_EQ(2, events(self->id, "session_close", " "));
	/* Handles that are open when the heap goes are not closed one by one. */
	EXPECT_GE(2, events(self->id, "session_gone", " "));
}

TEST_F(traceall, handles_and_who_has_them)
{
	__u64 a = ALLOC(self->fd, 1, 0, 0), copy, weak;
	unsigned long long object = STAT(self->fd, a).out_object;
	int second = SECOND(self->fd, MHEAP_RIGHTS_ALL), object_fd;

	ASSERT_EQ(0, raw_dup_rights(self->fd, a, MHEAP_RIGHT_READ, &copy));
	ASSERT_EQ(0, raw_weaken(self->fd, a, &weak));
	object_fd = raw_object_export(self->fd, a, MHEAP_RIGHT_READ | MHEAP_RIGHT_WRITE);
	ASSERT_LE(0, object_fd);
	ASSERT_EQ(0, raw_object_import(second, object_fd, 0, &copy));
	EXPECT_EQ(1, events(self->id, "export", " object=0 rights=0x7f pid=%d\n", getpid()));
	EXPECT_EQ(1, events(self->id, "unexport", " object=0 rights=0x7f pid=%d\n", getpid()));
	EXPECT_EQ(1, events(self->id, "export", " object=%llu rights=0x3 pid=%d\n", object,
			    getpid()));
	close(object_fd);
	EXPECT_TRUE(EVENTUALLY(events(self->id, "unexport", " object=%llu rights=0x3", object)));
	EXPECT_EQ(4, events(self->id, "open", " "));
	/* The second session's handles are closed by the worker, which knows no number. */
	close(second);
	EXPECT_TRUE(EVENTUALLY(events(self->id, "session_gone", " ") == 1));
	EXPECT_EQ(1, events(self->id, "close", " object=%llu handle=0x0\n", object));
}

/* Rights and kind of a handle, and the command that made it. */
TEST_F(traceall, an_opened_handle_says_how)
{
	__u64 a = ALLOC(self->fd, 1, 0, 0), copy, weak;
	unsigned long long object = STAT(self->fd, a).out_object;
	char text[128], *trace;

	ASSERT_EQ(0, raw_dup_rights(self->fd, a, MHEAP_RIGHT_READ, &copy));
	ASSERT_EQ(0, raw_weaken(self->fd, a, &weak));
	trace = file_text(TRACEFS "/trace");
	ASSERT_NE(NULL, trace);
	snprintf(text, sizeof(text), "handle=0x%llx object=%llu rights=0xf weak=0 command=alloc\n",
		 (unsigned long long)a, object);
	EXPECT_EQ(1, text_lines(trace, "mheap_open", text));
	snprintf(text, sizeof(text), "handle=0x%llx object=%llu rights=0x1 weak=0 command=dup\n",
		 (unsigned long long)copy, object);
	EXPECT_EQ(1, text_lines(trace, "mheap_open", text));
	snprintf(text, sizeof(text), "handle=0x%llx ", (unsigned long long)weak);
	EXPECT_EQ(1, text_lines(trace, text, "weak=1 command=weaken\n"));
	free(trace);
}

TEST_F(traceall, roots)
{
	__u64 a = ALLOC(self->fd, 0, 0, 0), b = ALLOC(self->fd, 0, 0, 0);
	unsigned long long first = STAT(self->fd, a).out_object;
	unsigned long long second = STAT(self->fd, b).out_object;

	ASSERT_EQ(0, raw_root_set(self->fd, "x", a));
	ASSERT_EQ(0, raw_root_set(self->fd, "x", b));
	ASSERT_EQ(0, raw_root_set(self->fd, "x", 0));
	EXPECT_EQ(-ENOENT, raw_root_set(self->fd, "x", 0));
	EXPECT_EQ(1, events(self->id, "root", " root=0 object=%llu was=0\n", first));
	EXPECT_EQ(1, events(self->id, "root", " root=0 object=%llu was=%llu\n", second, first));
	EXPECT_EQ(1, events(self->id, "root", " root=0 object=0 was=%llu\n", second));
	EXPECT_EQ(3, events(self->id, "root", " "));
}

TEST_F(traceall, a_collection_from_its_cause_to_what_it_did)
{
	__u64 a, weak;
	unsigned long long object = 0;
	int i;

	/* This one is alive. */
	ALLOC(self->fd, 0, 0, 0);
	for (i = 0; i < 7; i++) {
		a = ALLOC(self->fd, 1, 0, 0);
		STORE(self->fd, a, 0, a);
		if (!i) {
			object = STAT(self->fd, a).out_object;
			ASSERT_EQ(0, raw_weaken(self->fd, a, &weak));
		}
		CLOSE(self->fd, a);
	}
	ASSERT_EQ(0, raw_collect(self->fd));
	EXPECT_EQ(1, events(self->id, "collect_begin", " collection=1 cause=request suspects=7 "));
	EXPECT_EQ(1, events(self->id, "collect_end", " collection=1 cause=request marked=1 "
			    "freed=7 verify_failures=0 steps="));
	EXPECT_EQ(1, events(self->id, "weak_clear", " "));
	EXPECT_EQ(1, lines("mheap_weak_clear", " cause=collect\n"));
	EXPECT_EQ(7, events(self->id, "free", " "));
	EXPECT_EQ(1, events(self->id, "free", " object=%llu cause=collect\n", object));
	EXPECT_LT(0, events(self->id, "chunk_new", " "));
}

TEST_F(traceall, a_look_at_suspects)
{
	struct mheap_set set = {
		.size = sizeof(set), .suspect_age_ms = 10, .cpu_percent = 100,
		.flags = MHEAP_SET_SUSPECT_AGE_MS | MHEAP_SET_CPU_PERCENT,
	};
	__u64 a = ALLOC(self->fd, 1, 0, 0), b = ALLOC(self->fd, 1, 0, 0);
	unsigned long long object = STAT(self->fd, a).out_object;

	STORE(self->fd, a, 0, b);
	STORE(self->fd, b, 0, a);
	CLOSE(self->fd, b);
	CLOSE(self->fd, a);
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_SET, &set));
	EXPECT_TRUE(EVENTUALLY(events(self->id, "local_end", " ")));
	EXPECT_EQ(1, lines("mheap_local_look", "explored=2 result=freed\n"));
	EXPECT_EQ(1, lines("mheap_local_end", " freed=2 given_up=0 budget=256\n"));
	EXPECT_EQ(1, events(self->id, "free", " object=%llu cause=count\n", object));
}

TEST_F(traceall, options_that_are_set)
{
	struct mheap_set set = {
		.size = sizeof(set), .max_objects = 500, .cpu_percent = 7,
		.flags = MHEAP_SET_MAX_OBJECTS | MHEAP_SET_CPU_PERCENT,
	};

	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_SET, &set));
	set.cpu_percent = 101;
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_SET, &set));
	EXPECT_EQ(1, events(self->id, "set", " "));
	EXPECT_EQ(1, lines("mheap_set", "max_bytes=0 max_objects=500 flags=0x42 "));
	EXPECT_EQ(1, lines("mheap_set", " cpu_percent=7 pid="));
}

TEST_F(traceall, limits_of_the_heap)
{
	__u64 handle = 0;
	char name[8];
	__u32 site;
	int i;

	for (i = 0; i < 1000; i++)
		handle = ALLOC(self->fd, 0, 0, 0);
	EXPECT_EQ(0, events(self->id, "limit", " "));
	EXPECT_EQ(-EDQUOT, raw_alloc(self->fd, 0, 0, 0, &(__u64){ 0 }));
	EXPECT_LT(0, events(self->id, "limit", " limit=objects max=1000\n"));
	EXPECT_EQ(1, lines(" ret=-122 ", "command=alloc\n"));
	ASSERT_EQ(0, raw_site(self->fd, "f", "g", 1, 0, &site));
	EXPECT_EQ(-EDQUOT, raw_site(self->fd, "f", "g", 2, 0, &site));
	EXPECT_EQ(1, events(self->id, "limit", " limit=sites max=1\n"));
	for (i = 0; i < 100; i++) {
		snprintf(name, sizeof(name), "%d", i);
		if (raw_root_set(self->fd, name, handle))
			break;
	}
	EXPECT_EQ(1, events(self->id, "limit", " limit=roots max=%d\n", i));
}

TEST_F(traceall, limits_of_memory_handles_and_queues)
{
	struct rlimit files = { .rlim_cur = 4096, .rlim_max = 4096 };
	struct mheap_create options = { .max_handles = 3, .max_bytes = 1 << 20 };
	struct mheap_events queue = {
		.size = sizeof(queue), .kinds = MHEAP_EVENT_KINDS, .capacity = 1,
		.event_size = sizeof(struct mheap_event),
	};
	int fd = NEW_HEAP(&options), i;
	__u64 handle;

	EXPECT_EQ(-EDQUOT, raw_alloc(fd, 0, 900 << 10, 0, &handle));
	EXPECT_LT(0, events(options.out_heap_id, "limit", " limit=bytes max=%u\n", 1 << 20));
	for (i = 0; i < 3; i++)
		ALLOC(fd, 0, 0, 0);
	EXPECT_EQ(-EMFILE, raw_alloc(fd, 0, 0, 0, &handle));
	EXPECT_EQ(1, events(options.out_heap_id, "limit", " limit=handles max=3\n"));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &files));
	for (i = 0; i < 4000; i++)
		if (raw_call(fd, MHEAP_CMD_EVENTS, &queue))
			break;
	EXPECT_EQ(1, events(options.out_heap_id, "limit", " limit=queues max=%d\n", i));
	/* They are closed with the test, which has a process of its own. */
	close(fd);
}

TEST_F(traceall, events_queued_and_lost)
{
	struct mheap_events queue = {
		.size = sizeof(queue), .kinds = 1U << MHEAP_EVENT_COLLECTION, .capacity = 2,
		.event_size = sizeof(struct mheap_event),
	};
	int i;

	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_EVENTS, &queue));
	for (i = 0; i < 5; i++) {
		ASSERT_EQ(0, raw_collect(self->fd));
	}
	EXPECT_TRUE(EVENTUALLY(events(self->id, "event_lost", " ") == 3));
	EXPECT_EQ(1, events(self->id, "event", " value=1 cookie=0 queue=0 kind=collection "
			    "cause=%d lost=0\n", CAUSE_REQUEST));
	EXPECT_EQ(2, events(self->id, "event", " "));
	EXPECT_EQ(1, events(self->id, "event_lost", " value=5 cookie=0 queue=0 "
			    "kind=collection cause=%d lost=3\n", CAUSE_REQUEST));
	close(queue.out_fd);
}

TEST_F(traceall, snapshots)
{
	__u64 handles[400];
	int i, round;

	for (i = 0; i < 400; i++)
		handles[i] = ALLOC(self->fd, 400, 0, 0);
	ASSERT_EQ(0, raw_snapshot(self->fd, MHEAP_SNAPSHOT_LOG_MIN));
	EXPECT_EQ(1, events(self->id, "snapshot_begin", " snapshot=1 serial_ns="));
	for (round = 0; round < 2; round++)
		for (i = 0; i < 400; i++)
			STORE(self->fd, handles[i], round, handles[i]);
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
	EXPECT_EQ(1, events(self->id, "snapshot_overflow", " snapshot=1 segments="));
	EXPECT_EQ(1, events(self->id, "snapshot_end", " snapshot=1 broken=1\n"));
	ASSERT_EQ(0, raw_snapshot(self->fd, 0));
	EXPECT_EQ(0, raw_snapshot_end(self->fd));
	EXPECT_EQ(1, events(self->id, "snapshot_end", " snapshot=2 broken=0\n"));
}

TEST_F(traceall, mappings)
{
	void *at = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, self->fd, 4096);
	char *text;

	ASSERT_NE(MAP_FAILED, at);
	text = file_text(TRACEFS "/trace");
	ASSERT_NE(NULL, text);
	EXPECT_EQ(1, events(self->id, "map", " "));
	EXPECT_EQ(1, text_lines(text, "mheap_map", " offset=4096 bytes=8192 "));
	EXPECT_EQ(1, text_lines(text, "mheap_map", " write=1\n"));
	munmap(at, 8192);
	free(text);
}

TEST_F(traceall, memory_pressure)
{
	__u64 a = ALLOC(self->fd, 1, 0, 0);

	STORE(self->fd, a, 0, a);
	CLOSE(self->fd, a);
	if (file_write("/proc/sys/vm/drop_caches", "2"))
		SKIP(return, "caches cannot be dropped");
	EXPECT_TRUE(EVENTUALLY(!file_write("/proc/sys/vm/drop_caches", "2") &&
			       events(self->id, "pressure", " suspects=1 pages=")));
	EXPECT_TRUE(EVENTUALLY(events(self->id, "collect_begin", " collection=1 cause=pressure ")));
}

/* A command is told once, whatever it did, and each record of a batch. */
TEST_F(traceall, commands)
{
	__u64 mine = chosen_handle(0, 1);
	struct mheap_record records[] = {
		record_alloc(1, 0, 5, mine),
		record_store(mine, 0, mine),
		record_store(mine, 7, mine),
	};
	__u32 done;
	int error;
	char *text;

	ASSERT_EQ(0, raw_batch(self->fd, records, ARRAY_SIZE(records), &done, &error));
	text = file_text(TRACEFS "/trace");
	ASSERT_NE(NULL, text);
	EXPECT_EQ(1, text_lines(text, "batched=1 ret=0 ", "command=alloc\n"));
	EXPECT_EQ(1, text_lines(text, "batched=1 ret=0 ", "command=store\n"));
	EXPECT_EQ(1, text_lines(text, "batched=1 ret=-34 ", "command=store\n"));
	EXPECT_EQ(1, text_lines(text, "batched=0 ret=0 ", "command=batch\n"));
	EXPECT_EQ(1, text_lines(text, "batched=0 ret=0 ", "command=create\n"));
	EXPECT_EQ(0, text_lines(text, "mheap_refused", NULL));
	free(text);
}

/* How often something was refused, and as what. */
#define REFUSED(number, batched, ret, command)				\
	refused(self->id, number, batched, ret, command)

static int refused(unsigned long long heap, unsigned int number, int batched, int ret,
		   const char *command)
{
	char begin[64], end[96];

	snprintf(begin, sizeof(begin), " mheap_refused: heap=%llu session=", heap);
	snprintf(end, sizeof(end), " number=0x%x batched=%d ret=%d pid=%d command=%s\n", number,
		 batched, ret, getpid(), command);
	return lines(begin, end);
}

/* What is not begun is told as well, and as nothing else. */
TEST_F(traceall, calls_that_are_refused)
{
	struct {
		struct mheap_collect collect;
		__u64 more;
	} longer = { .collect.size = sizeof(longer), .more = 1 };
	struct mheap_collect collect = { .size = 4 };
	unsigned int unknown = _IO(MHEAP_TYPE, 0xff);

	EXPECT_EQ(-ENOTTY, ioctl(self->fd, unknown, &collect) ? -errno : 0);
	EXPECT_EQ(1, REFUSED(unknown, 0, -ENOTTY, "-"));
	/* One of another device that has the number of a command. */
	EXPECT_EQ(-ENOTTY, ioctl(self->fd, _IO('q', MHEAP_CMD_COLLECT), &collect) ? -errno : 0);
	EXPECT_EQ(1, REFUSED(_IO('q', MHEAP_CMD_COLLECT), 0, -ENOTTY, "-"));
	EXPECT_EQ(-EINVAL, ioctl(self->fd, MHEAP_COLLECT, &collect) ? -errno : 0);
	EXPECT_EQ(1, REFUSED(MHEAP_COLLECT, 0, -EINVAL, "collect"));
	EXPECT_EQ(-E2BIG, ioctl(self->fd, MHEAP_COLLECT, &longer) ? -errno : 0);
	EXPECT_EQ(1, REFUSED(MHEAP_COLLECT, 0, -E2BIG, "collect"));
	EXPECT_EQ(-EFAULT, ioctl(self->fd, MHEAP_COLLECT, NULL) ? -errno : 0);
	EXPECT_EQ(1, REFUSED(MHEAP_COLLECT, 0, -EFAULT, "collect"));
	EXPECT_EQ(5, events(self->id, "refused", " "));
	EXPECT_EQ(0, lines(" mheap_command:", "command=collect\n"));
}

/* A session without a heap is told of, too. */
TEST_F(traceall, calls_that_are_refused_without_a_heap)
{
	int fd = SESSION();

	EXPECT_EQ(-EFAULT, ioctl(fd, MHEAP_CREATE, NULL) ? -errno : 0);
	EXPECT_EQ(1, refused(0, MHEAP_CREATE, 0, -EFAULT, "create"));
	EXPECT_EQ(0, events(self->id, "refused", " "));
	close(fd);
}

TEST_F(traceall, records_that_are_refused)
{
	struct mheap_record unknown = { .command = 0xffff };
	struct mheap_record single = { .command = MHEAP_CMD_COLLECT };
	struct mheap_batch nowhere = {
		.size = sizeof(nowhere), .records_uptr = 16, .count = 1,
		.record_size = sizeof(struct mheap_record),
	};
	__u32 done;
	int error;

	raw_batch(self->fd, &unknown, 1, &done, &error);
	EXPECT_EQ(-ENOTTY, error);
	EXPECT_EQ(1, REFUSED(0xffff, 1, -ENOTTY, "-"));
	raw_batch(self->fd, &single, 1, &done, &error);
	EXPECT_EQ(-EINVAL, error);
	EXPECT_EQ(1, REFUSED(MHEAP_CMD_COLLECT, 1, -EINVAL, "collect"));
	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_BATCH, &nowhere));
	EXPECT_EQ(-EFAULT, nowhere.out_error);
	EXPECT_EQ(1, REFUSED(0, 1, -EFAULT, "-"));
	EXPECT_EQ(3, events(self->id, "refused", " "));
	/* The batches themselves are commands that have ended. */
	EXPECT_EQ(3, lines(" batched=0 ret=0 ", "command=batch\n"));
	EXPECT_EQ(0, lines(" mheap_command:", "batched=1"));
}

/* What the table knows to be wrong is a command that has ended. */
TEST_F(traceall, commands_that_fail_their_check)
{
	struct mheap_record flags = record_alloc(0, 0, 0, 0);
	struct mheap_heap_stat stat = { .size = sizeof(stat), .flags = 1U << 31 };
	struct mheap_set set = { .size = sizeof(set), .__reserved = 1 };
	__u32 done;
	int error;

	EXPECT_EQ(-EOPNOTSUPP, raw_call(self->fd, MHEAP_CMD_HEAP_STAT, &stat));
	EXPECT_EQ(1, lines("batched=0 ret=-95 ", "command=heap_stat\n"));
	EXPECT_EQ(-EINVAL, raw_call(self->fd, MHEAP_CMD_SET, &set));
	EXPECT_EQ(1, lines("batched=0 ret=-22 ", "command=set\n"));
	flags.flags = 1U << 31;
	raw_batch(self->fd, &flags, 1, &done, &error);
	EXPECT_EQ(-EOPNOTSUPP, error);
	EXPECT_EQ(1, lines("batched=1 ret=-95 ", "command=alloc\n"));
	EXPECT_EQ(0, events(self->id, "refused", " "));
}

TEST_F(traceall, a_limit_of_watches_of_one_object)
{
	struct mheap_events queue = {
		.size = sizeof(queue), .kinds = 1U << MHEAP_EVENT_GONE, .capacity = 1000,
		.event_size = sizeof(struct mheap_event),
	};
	struct mheap_watch watch = { .size = sizeof(watch) };
	int i, ret = 0;

	ASSERT_EQ(0, raw_call(self->fd, MHEAP_CMD_EVENTS, &queue));
	watch.events_fd = queue.out_fd;
	watch.handle = WEAKEN(self->fd, ALLOC(self->fd, 0, 0, 0));
	for (i = 0; i < 1000 && !ret; i++) {
		watch.cookie = i;
		ret = raw_call(self->fd, MHEAP_CMD_WATCH, &watch);
	}
	EXPECT_EQ(-EMLINK, ret);
	EXPECT_EQ(1, events(self->id, "limit", " limit=watches max=%d\n", i - 1));
	EXPECT_EQ(1, lines("batched=0 ret=-31 ", "command=watch\n"));
	close(queue.out_fd);
}

TEST_HARNESS_MAIN
