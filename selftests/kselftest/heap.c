// SPDX-License-Identifier: GPL-2.0
/* Heaps: create, join, export, query, limits, and when a heap is empty. */
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "mheap_harness.h"

FIXTURE(heap)
{
	int fd;
};

FIXTURE_SETUP(heap)
{
	self->fd = NEW_HEAP(NULL);
}

FIXTURE_TEARDOWN(heap)
{
	close(self->fd);
}

TEST(query_tells_the_limits_without_a_heap)
{
	struct mheap_query query;
	int fd = SESSION();

	ASSERT_EQ(0, raw_query(fd, &query));
	EXPECT_EQ(MHEAP_ABI, query.out_abi);
	EXPECT_LT(MHEAP_CMD_BATCH, query.out_commands);
	EXPECT_EQ(MHEAP_SLOTS_MAX, query.out_slots_max);
	EXPECT_EQ(MHEAP_PAYLOAD_MAX, query.out_payload_max);
	EXPECT_LT(10000000, query.out_objects_max);
	EXPECT_LT(1 << 20, query.out_slot_refs_max);
	EXPECT_LT(0, query.out_handle_refs_max);
	EXPECT_LE(2, query.out_handles_max);
	EXPECT_LT(0, query.out_roots_max);
	EXPECT_EQ(sizeof(struct mheap_record), query.out_record_size);
	EXPECT_EQ(sizeof(struct mheap_event), query.out_event_size);
	close(fd);
}

TEST(query_command_knows_every_command)
{
	struct mheap_query_command command, other;
	struct mheap_query query;
	int fd = SESSION();
	__u32 i, j;

	ASSERT_EQ(0, raw_query(fd, &query));
	for (i = 0; i <= MHEAP_CMD_BATCH; i++) {
		ASSERT_EQ(0, raw_query_command(fd, i, &command)) {
			TH_LOG("command %u", i);
		}
		EXPECT_EQ(i, command.command);
		EXPECT_LE(8, command.out_size_min);
		EXPECT_LE(command.out_size_min, command.out_size);
		EXPECT_EQ(0, command.out_rights & ~MHEAP_RIGHTS_ALL);
		EXPECT_NE(0, command.out_name[0]);
		EXPECT_LT(strnlen(command.out_name, sizeof(command.out_name)),
			  sizeof(command.out_name));
		if (command.out_command_flags & MHEAP_COMMAND_BATCH) {
			EXPECT_EQ(query.out_record_size, command.out_size);
		}
		if (command.out_command_flags & MHEAP_COMMAND_CHOSEN) {
			EXPECT_TRUE(command.out_flags & MHEAP_CHOSEN);
		}
		for (j = 0; j < i; j++) {
			ASSERT_EQ(0, raw_query_command(fd, j, &other));
			EXPECT_STRNE(other.out_name, command.out_name);
		}
	}
	EXPECT_EQ(-ENOENT, raw_query_command(fd, query.out_commands, &command));
	EXPECT_EQ(-ENOENT, raw_query_command(fd, 0xff, &command));
	EXPECT_EQ(-ENOENT, raw_query_command(fd, ~0U, &command));
	close(fd);
}

TEST(query_command_tells_the_sizes_of_the_header)
{
	static const struct {
		__u32 command, size, flags, command_flags;
	} table[] = {
#define ONE(name, structure, flags, what)				\
		{ MHEAP_CMD_##name, sizeof(struct mheap_##structure), flags, what }
#define HEAP MHEAP_COMMAND_HEAP
#define OP (MHEAP_COMMAND_HEAP | MHEAP_COMMAND_BATCH)
#define MAKES (OP | MHEAP_COMMAND_CHOSEN)
		ONE(QUERY, query, 0, 0),
		ONE(QUERY_COMMAND, query_command, 0, 0),
		ONE(CREATE, create, MHEAP_CREATE_RESERVED, 0),
		ONE(JOIN, join, 0, 0),
		ONE(EXPORT, export, 0, HEAP),
		ONE(HEAP_STAT, heap_stat, 0, HEAP),
		ONE(ROOT_GET, root_get, MHEAP_CHOSEN, HEAP | MHEAP_COMMAND_CHOSEN),
		ONE(ROOT_SET, root_set, 0, HEAP),
		ONE(ROOT_EXCHANGE, root_exchange, MHEAP_CHOSEN, HEAP | MHEAP_COMMAND_CHOSEN),
		ONE(ROOT_LIST, root_list, 0, HEAP),
		ONE(ALLOC, alloc, MHEAP_CHOSEN | MHEAP_ALLOC_OFFSET, MAKES),
		ONE(READ, read, 0, OP),
		ONE(WRITE, write, 0, OP),
		ONE(STAT, stat, 0, HEAP),
		ONE(LOAD, load, MHEAP_CHOSEN, MAKES),
		ONE(STORE, store, MHEAP_STORE_MOVE, OP),
		ONE(EXCHANGE, exchange, MHEAP_CHOSEN, MAKES),
		ONE(COMPARE_EXCHANGE, compare_exchange, 0, OP),
		ONE(SLOT_LIST, slot_list, 0, HEAP),
		ONE(DUP, dup, MHEAP_CHOSEN, MAKES),
		ONE(CLOSE, close, 0, OP),
		ONE(COLLECT, collect, MHEAP_COLLECT_WAIT, HEAP),
		ONE(COLLECT_STAT, collect_stat, 0, HEAP),
		ONE(WALK, walk, 0, HEAP),
		ONE(BATCH, batch, 0, HEAP),
		ONE(OBJECT_EXPORT, object_export, 0, HEAP),
		ONE(OBJECT_IMPORT, object_import, MHEAP_CHOSEN, HEAP | MHEAP_COMMAND_CHOSEN),
		ONE(WEAKEN, weaken, MHEAP_CHOSEN, MAKES),
		ONE(UPGRADE, upgrade, MHEAP_CHOSEN, MAKES),
		ONE(RESET, reset, 0, OP),
		ONE(SET, set, MHEAP_SET_MAX_BYTES | MHEAP_SET_MAX_OBJECTS |
			      MHEAP_SET_SUSPECT_PERCENT | MHEAP_SET_SUSPECT_MIN |
			      MHEAP_SET_SUSPECT_AGE_MS | MHEAP_SET_LOCAL_OBJECTS |
			      MHEAP_SET_CPU_PERCENT, HEAP),
		ONE(EVENTS, events, 0, HEAP),
		ONE(WATCH, watch, MHEAP_WATCH_REMOVE, HEAP),
	};
	struct mheap_query_command command;
	int fd = SESSION();
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(table); i++) {
		ASSERT_EQ(0, raw_query_command(fd, table[i].command, &command));
		EXPECT_EQ(table[i].size, command.out_size) {
			TH_LOG("%s", command.out_name);
		}
		EXPECT_EQ(table[i].flags, command.out_flags) {
			TH_LOG("%s", command.out_name);
		}
		EXPECT_EQ(table[i].command_flags, command.out_command_flags) {
			TH_LOG("%s", command.out_name);
		}
	}
	close(fd);
}

TEST(commands_that_need_a_heap_say_ENXIO_before_create)
{
	struct mheap_query_command command;
	__u64 buffer[64];
	int fd = SESSION();
	__u32 i;

	for (i = 0; i <= MHEAP_CMD_BATCH; i++) {
		ASSERT_EQ(0, raw_query_command(fd, i, &command));
		if (!(command.out_command_flags & MHEAP_COMMAND_HEAP))
			continue;
		memset(buffer, 0, sizeof(buffer));
		*(__u32 *)buffer = command.out_size;
		EXPECT_EQ(-ENXIO, raw_call(fd, i, buffer)) {
			TH_LOG("%s", command.out_name);
		}
	}
	/* And a refused command did not give it one. */
	EXPECT_EQ(0, raw_create(fd, NULL));
	close(fd);
}

TEST_F(heap, a_session_has_one_heap_only)
{
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	struct mheap_heap_stat before = HEAP_STAT(self->fd);

	EXPECT_EQ(-EBUSY, raw_create(self->fd, NULL));
	EXPECT_EQ(-EBUSY, raw_join(self->fd, heap_fd));
	EXPECT_EQ(before.out_heap_id, HEAP_STAT(self->fd).out_heap_id);
	EXPECT_EQ(1, HEAP_STAT(self->fd).out_sessions);
	close(heap_fd);
}

TEST(a_session_that_failed_to_join_can_still_create)
{
	int fd = SESSION();

	EXPECT_EQ(-EBADF, raw_join(fd, -1));
	EXPECT_EQ(0, raw_create(fd, NULL));
	close(fd);
}

TEST(heaps_have_different_numbers_and_nothing_in_common)
{
	int a = NEW_HEAP(NULL), b = NEW_HEAP(NULL);
	__u64 handle = ALLOC(a, 1, 8, 1);

	EXPECT_NE(HEAP_STAT(a).out_heap_id, HEAP_STAT(b).out_heap_id);
	EXPECT_EQ(1, heap_objects(a));
	EXPECT_EQ(0, heap_objects(b));
	EXPECT_EQ(-ENOENT, raw_close(b, handle));
	EXPECT_EQ(-ENOENT, raw_root_get(b, "root", &handle));
	close(a);
	close(b);
}

TEST(the_maker_of_a_heap_is_told_its_number_and_has_every_right)
{
	struct mheap_create create = {};
	int fd = NEW_HEAP(&create);
	struct mheap_heap_stat stat = HEAP_STAT(fd);

	EXPECT_EQ(create.out_heap_id, stat.out_heap_id);
	EXPECT_EQ(MHEAP_RIGHTS_ALL, stat.out_rights);
	EXPECT_EQ(0, stat.out_objects);
	EXPECT_EQ(0, stat.out_bytes);
	EXPECT_EQ(0, stat.out_allocated);
	EXPECT_EQ(0, stat.out_freed_count);
	EXPECT_EQ(0, stat.out_freed_collect);
	EXPECT_EQ(0, stat.out_suspects);
	EXPECT_EQ(0, stat.out_pending);
	EXPECT_EQ(1, stat.out_sessions);
	EXPECT_EQ(0, stat.out_roots);
	EXPECT_EQ(0, stat.out_handles);
	EXPECT_NE(0, stat.out_max_bytes);
	EXPECT_NE(0, stat.out_max_objects);
	EXPECT_LE(stat.out_memory, stat.out_max_bytes);
	close(fd);
}

TEST(options_outside_of_their_ranges_are_refused)
{
	struct mheap_create bad[] = {
		{ .suspect_percent = 1001 },
		{ .suspect_percent = ~0U },
		{ .suspect_age_ms = 9 },
		{ .suspect_age_ms = 3600001 },
		{ .max_handles = (1U << 23) + 1 },
		{ .max_handles = ~0U },
	}, good[] = {
		{ .suspect_percent = 1 },
		{ .suspect_percent = 1000 },
		{ .suspect_age_ms = 10 },
		{ .suspect_age_ms = 3600000 },
		{ .suspect_min = 1 },
		{ .max_handles = 1 },
		{ .max_handles = 1U << 23 },
		{ .max_objects = 1 },
	};
	unsigned int i;
	int fd = SESSION();

	for (i = 0; i < ARRAY_SIZE(bad); i++) {
		EXPECT_EQ(-EINVAL, raw_create(fd, &bad[i])) {
			TH_LOG("options number %u", i);
		}
	}
	EXPECT_EQ(0, raw_create(fd, NULL));
	close(fd);
	for (i = 0; i < ARRAY_SIZE(good); i++)
		close(NEW_HEAP(&good[i]));
}

TEST_F(heap, join_through_fork)
{
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	__u64 handle = ALLOC(self->fd, 0, 8, 42), loaded;
	int status;
	pid_t child;

	ASSERT_EQ(0, raw_root_set(self->fd, "here", handle));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		int fd = raw_joined(heap_fd);

		if (fd < 0 || raw_root_get(fd, "here", &loaded) ||
		    raw_write(fd, loaded, 0, "from far", 8) ||
		    heap_handles(fd) != 1)
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	{
		char data[8];

		ASSERT_EQ(0, raw_read(self->fd, handle, 0, data, 8));
		EXPECT_EQ(0, memcmp(data, "from far", 8));
	}
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	close(heap_fd);
}

TEST_F(heap, join_over_a_socket)
{
	int pair[2], status, heap_fd = EXPORT(self->fd, MHEAP_RIGHT_READ);
	pid_t child;

	ASSERT_EQ(0, socketpair(AF_UNIX, SOCK_STREAM, 0, pair));
	child = fork();
	ASSERT_LE(0, child);
	if (!child) {
		struct mheap_join join = { .size = sizeof(join) };
		struct mheap_heap_stat stat;
		int fd = raw_session();

		close(heap_fd);
		join.heap_fd = receive_fd(pair[1]);
		if (fd < 0 || raw_call(fd, MHEAP_CMD_JOIN, &join) ||
		    join.out_rights != MHEAP_RIGHT_READ ||
		    raw_heap_stat(fd, &stat) || stat.out_sessions != 2 ||
		    stat.out_heap_id != join.out_heap_id ||
		    stat.out_rights != MHEAP_RIGHT_READ)
			_exit(1);
		_exit(0);
	}
	ASSERT_EQ(0, send_fd(pair[0], heap_fd));
	ASSERT_EQ(child, waitpid(child, &status, 0));
	EXPECT_EQ(0, status);
	close(heap_fd);
	close(pair[0]);
	close(pair[1]);
}

TEST_F(heap, an_exported_descriptor_is_good_for_join_only)
{
	struct mheap_query query = { .size = sizeof(query) };
	int heap_fd = EXPORT(self->fd, MHEAP_RIGHTS_ALL);
	char byte = 0;

	EXPECT_EQ(FD_CLOEXEC, fcntl(heap_fd, F_GETFD));
	EXPECT_EQ(-ENOTTY, raw_call(heap_fd, MHEAP_CMD_QUERY, &query));
	EXPECT_GT(0, read(heap_fd, &byte, 1));
	EXPECT_GT(0, write(heap_fd, &byte, 1));
	EXPECT_EQ(MAP_FAILED, mmap(NULL, 4096, PROT_READ, MAP_SHARED, heap_fd, 0));
	close(heap_fd);
}

TEST(a_heap_lives_on_in_an_exported_descriptor)
{
	int fd = NEW_HEAP(NULL), heap_fd = EXPORT(fd, MHEAP_RIGHTS_ALL);
	__u64 id = HEAP_STAT(fd).out_heap_id, handle = ALLOC(fd, 1, 5, 9);

	ASSERT_EQ(0, raw_write(fd, handle, 0, "alive", 5));
	ASSERT_EQ(0, raw_root_set(fd, "kept", handle));
	ALLOC(fd, 0, 0, 1);
	close(fd);

	fd = raw_joined(heap_fd);
	ASSERT_LE(0, fd);
	EXPECT_EQ(id, HEAP_STAT(fd).out_heap_id);
	EXPECT_EQ(1, HEAP_STAT(fd).out_roots);
	EXPECT_TRUE(EVENTUALLY(heap_objects(fd) == 1));
	EXPECT_EQ(1, HEAP_STAT(fd).out_sessions);
	EXPECT_EQ(0, heap_handles(fd));
	ASSERT_EQ(0, raw_root_get(fd, "kept", &handle));
	EXPECT_EQ(9, STAT(fd, handle).out_type);
	EXPECT_EQ(2, STAT(fd, handle).out_handle_refs);
	ASSERT_EQ(0, raw_root_set(fd, "kept", 0));
	CLOSE(fd, handle);
	EXPECT_EMPTY(fd);
	close(fd);
	close(heap_fd);
}

TEST_F(heap, an_export_beyond_the_limit_of_descriptors_is_EMFILE)
{
	struct rlimit limit, few;
	int next = dup(0);

	close(next);
	ASSERT_EQ(0, getrlimit(RLIMIT_NOFILE, &limit));
	few = limit;
	few.rlim_cur = next;
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &few));
	EXPECT_EQ(-EMFILE, raw_export(self->fd, MHEAP_RIGHTS_ALL));
	ASSERT_EQ(0, setrlimit(RLIMIT_NOFILE, &limit));
	close(EXPORT(self->fd, MHEAP_RIGHTS_ALL));
}

TEST_F(heap, sessions_are_counted)
{
	int heap_fd = EXPORT(self->fd, 0), more[5];
	unsigned int i;

	EXPECT_EQ(1, HEAP_STAT(self->fd).out_sessions);
	for (i = 0; i < 5; i++) {
		more[i] = raw_joined(heap_fd);
		ASSERT_LE(0, more[i]);
		EXPECT_EQ(i + 2, HEAP_STAT(self->fd).out_sessions);
	}
	for (i = 0; i < 5; i++)
		close(more[i]);
	EXPECT_TRUE(EVENTUALLY(HEAP_STAT(self->fd).out_sessions == 1));
	close(heap_fd);
}

TEST(at_the_limit_of_objects_the_answer_is_EDQUOT)
{
	struct mheap_create options = { .max_objects = 10, .suspect_age_ms = 3600000 };
	int fd = NEW_HEAP(&options);
	__u64 handles[10], other;
	unsigned int i;

	EXPECT_EQ(10, HEAP_STAT(fd).out_max_objects);
	for (i = 0; i < 10; i++)
		handles[i] = ALLOC(fd, 1, 0, i);
	EXPECT_EQ(-EDQUOT, raw_alloc(fd, 1, 0, 0, &other));
	EXPECT_EQ(10, heap_objects(fd));
	EXPECT_EQ(10, heap_handles(fd));
	CLOSE(fd, handles[0]);
	handles[0] = ALLOC(fd, 0, 0, 0);
	EXPECT_EQ(-EDQUOT, raw_alloc(fd, 1, 0, 0, &other));

	/* A dead cycle of two is in the way, and is found before the refusal. */
	STORE(fd, handles[1], 0, handles[2]);
	STORE(fd, handles[2], 0, handles[1]);
	CLOSE(fd, handles[1]);
	CLOSE(fd, handles[2]);
	EXPECT_EQ(10, heap_objects(fd));
	ALLOC(fd, 0, 0, 0);
	EXPECT_EQ(9, heap_objects(fd));
	ALLOC(fd, 0, 0, 0);
	EXPECT_EQ(-EDQUOT, raw_alloc(fd, 1, 0, 0, &other));
	EXPECT_EQ(4, COLLECT_STAT(fd).out_last_cause);
	close(fd);
}

TEST(at_the_limit_of_memory_the_answer_is_EDQUOT)
{
	struct mheap_create options = { .max_bytes = 64 << 20, .suspect_age_ms = 3600000 };
	int fd = NEW_HEAP(&options);
	__u64 ring[2], other;
	unsigned int i;
	int ret;

	EXPECT_EQ(64 << 20, HEAP_STAT(fd).out_max_bytes);
	for (i = 0; i < 2; i++)
		ring[i] = ALLOC(fd, 1, 20 << 20, 1);
	ASSERT_EQ(-EDQUOT, raw_alloc(fd, 0, 40 << 20, 2, &other));
	EXPECT_EQ(2, heap_objects(fd));
	EXPECT_LE(HEAP_STAT(fd).out_memory, 64 << 20);

	for (i = 0; i < 2; i++) {
		STORE(fd, ring[i], 0, ring[!i]);
	}
	for (i = 0; i < 2; i++) {
		CLOSE(fd, ring[i]);
	}
	EXPECT_EQ(2, heap_objects(fd));
	other = ALLOC(fd, 0, 40 << 20, 2);
	EXPECT_EQ(1, heap_objects(fd));
	CLOSE(fd, other);
	EXPECT_EMPTY(fd);

	/* Small ones fill it up too, and never take more than they may. */
	for (i = 0; !(ret = raw_alloc(fd, 6, 4000, i, &other)); i++) {
		ASSERT_LT(i, 20000);
	}
	EXPECT_EQ(-EDQUOT, ret);
	EXPECT_EQ(i, heap_objects(fd));
	EXPECT_LE(HEAP_STAT(fd).out_memory, 64 << 20);
	EXPECT_LE(HEAP_STAT(fd).out_bytes, HEAP_STAT(fd).out_memory);
	close(fd);
}

TEST(more_than_the_default_limits_cannot_be_asked_for)
{
	struct mheap_create options = {};
	int fd = NEW_HEAP(NULL);

	options.max_bytes = HEAP_STAT(fd).out_max_bytes + 4096;
	EXPECT_EQ(-EINVAL, raw_new_heap(&options));
	options.max_bytes = ~0ULL;
	EXPECT_EQ(-EINVAL, raw_new_heap(&options));
	options.max_bytes = 0;
	options.max_objects = ~0ULL;
	EXPECT_EQ(-EINVAL, raw_new_heap(&options));
	options.max_bytes = HEAP_STAT(fd).out_max_bytes;
	options.max_objects = HEAP_STAT(fd).out_max_objects;
	close(NEW_HEAP(&options));
	close(fd);
}

TEST_F(heap, is_empty_after_all_sorts_of_objects_were_closed)
{
	__u64 handles[64];
	unsigned int i;

	for (i = 0; i < 64; i++)
		handles[i] = ALLOC(self->fd, i * i * 7, i * i * i * 11, i);
	for (i = 0; i < 64; i++) {
		if (i) {
			STORE(self->fd, handles[i], i, handles[i - 1]);
		}
	}
	EXPECT_EQ(64, heap_objects(self->fd));
	for (i = 0; i < 64; i++) {
		CLOSE(self->fd, handles[i]);
	}
	EXPECT_EMPTY(self->fd);
	EXPECT_EQ(64, HEAP_STAT(self->fd).out_allocated);
	EXPECT_EQ(64, HEAP_STAT(self->fd).out_freed_count +
		      HEAP_STAT(self->fd).out_freed_collect);
}

TEST_HARNESS_MAIN
