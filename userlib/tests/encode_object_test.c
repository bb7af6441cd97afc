// SPDX-License-Identifier: LGPL-2.1-or-later
/* Objects, handles and slots, as the library sends them; see encode.h. */
#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "encode.h"

static struct mh_session *session;

static void test_objects(void)
{
	char data[8];
	struct mheap_alloc a = { .size = 40, .slots = 0x11, .payload_bytes = 0x22, .type = 0x33 };
	struct mheap_alloc a_out = a;
	struct mheap_reset rs = { .size = 40, .handle = H1 };
	struct mheap_read r = { .size = 40, .handle = H1, .data_uptr = (uintptr_t)data,
		.offset = 0x77, .length = 8 };
	struct mheap_stat st = { .size = 80, .handle = H1 };
	struct mheap_stat st_out = { .size = 80, .handle = H1, .out_object = OBJECT,
		.out_type = 1, .out_age_ms = 77,
		.out_slots = 2, .out_payload_bytes = 3, .out_site = 4, .out_handle_refs = 5,
		.out_slot_refs = 6, .out_bytes = 7ULL << 32, .out_offset = 8ULL << 32,
		.out_rights = 9, .out_weak = 1 };
	struct mh_object_info info = { .object = 9 };
	uint64_t offset = 6;
	mh_t h = 5;

	a_out.handle = H2;
	EXPECT(MHEAP_ALLOC, a, a_out);
	FAILS(mh_alloc(session, 0x11, 0x22, 0x33, &h), EDQUOT, "alloc");
	ok(h == 5, "and leaves the output");
	WORKS(mh_alloc(session, 0x11, 0x22, 0x33, &h), "alloc");
	ok(h == H2, "and tells the handle");

	h = 5;
	a.flags = 2;
	a_out.flags = 2;
	a_out.out_offset = 0x123456789abc;
	EXPECT(MHEAP_ALLOC, a, a_out);
	FAILS(mh_alloc_offset(session, 0x11, 0x22, 0x33, &h, &offset), EDQUOT, "alloc_offset");
	ok(h == 5 && offset == 6, "and leaves the outputs");
	WORKS(mh_alloc_offset(session, 0x11, 0x22, 0x33, &h, &offset), "alloc_offset");
	ok(h == H2 && offset == 0x123456789abc, "and tells the handle and the place");

	EXPECT(MHEAP_RESET, rs, rs);
	FAILS(mh_object_reset(session, H1), EINTR, "object_reset");
	WORKS(mh_object_reset(session, H1), "object_reset");

	EXPECT(MHEAP_READ, r, r);
	FAILS(mh_read(session, H1, 0x77, data, 8), ERANGE, "read");
	WORKS(mh_read(session, H1, 0x77, data, 8), "read");
	EXPECT(MHEAP_WRITE, r, r);
	FAILS(mh_write(session, H1, 0x77, data, 8), EFAULT, "write");
	WORKS(mh_write(session, H1, 0x77, data, 8), "write");

	EXPECT(MHEAP_STAT, st, st_out);
	FAILS(mh_stat(session, H1, &info), ESTALE, "stat");
	ok(info.object == 9, "and leaves the output");
	WORKS(mh_stat(session, H1, &info), "stat");
	ok(info.object == OBJECT && info.type == 1 && info.slots == 2 && info.payload_bytes == 3 &&
	   info.site == 4 && info.handle_refs == 5 && info.slot_refs == 6 &&
	   info.bytes == 7ULL << 32 && info.offset == 8ULL << 32 && info.rights == 9 &&
	   info.weak == 1 && info.age_ms == 77 && !info.reserved0 && !info.reserved[0],
	   "and tells the object");
}

static void test_object_fds(void)
{
	struct mheap_object_export ex = { .size = 24, .handle = H1, .rights = 0x0b };
	struct mheap_object_export ex_out = { .size = 24, .handle = H1, .rights = 0x0b,
		.out_fd = 42 };
	struct mheap_object_import im = { .size = 24, .object_fd = 43, .rights = 0x03 };
	struct mheap_object_import im_out = im;
	int fd = -7;
	mh_t h = 5;

	EXPECT(MHEAP_OBJECT_EXPORT, ex, ex_out);
	FAILS(mh_object_export(session, H1, 0x0b, &fd), EACCES, "object_export");
	ok(fd == -7, "and leaves the output");
	WORKS(mh_object_export(session, H1, 0x0b, &fd), "object_export");
	ok(fd == 42, "and tells the descriptor");

	im_out.handle = H2;
	EXPECT(MHEAP_OBJECT_IMPORT, im, im_out);
	FAILS(mh_object_import(session, 43, 0x03, &h), EXDEV, "object_import");
	ok(h == 5, "and leaves the output");
	WORKS(mh_object_import(session, 43, 0x03, &h), "object_import");
	ok(h == H2, "and tells the handle");
}

/* The number that the next descriptor will have. */
static int next_fd(void)
{
	int fd = dup(0);

	close(fd);
	return fd;
}

static void test_passing(void)
{
	struct mheap_object_export ex = { .size = 24, .handle = H1, .rights = 0x0b };
	struct mheap_object_export ex_out = ex;
	struct mheap_object_import im = { .size = 24 };
	struct mheap_object_import im_out = { .size = 24, .handle = H2 };
	int sockets[2], fd;
	mh_t h = 5;

	if (!ok(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets), "sockets"))
		return;
	ex_out.out_fd = dup(0);
	EXPECT(MHEAP_OBJECT_EXPORT, ex, ex_out);
	WORKS(mh_send_object(sockets[0], session, H1, 0x0b), "send_object");
	ok(fcntl(ex_out.out_fd, F_GETFD) < 0, "and keeps no descriptor");

	fd = next_fd();
	im.object_fd = fd;
	im_out.object_fd = fd;
	EXPECT(MHEAP_OBJECT_IMPORT, im, im_out);
	WORKS(mh_recv_object(sockets[1], session, &h), "recv_object");
	ok(h == H2 && fcntl(fd, F_GETFD) < 0, "and tells the handle, and keeps no descriptor");

	ex_out.out_fd = dup(0);
	EXPECT(MHEAP_OBJECT_EXPORT, ex, ex_out);
	FAILS(mh_send_object(sockets[0], session, H1, 0x0b), EMFILE, "send_object");
	errno = 77;
	ok(mh_send_object(-1, session, H1, 0x0b) == -EBADF && errno == 77 &&
	   fcntl(ex_out.out_fd, F_GETFD) < 0, "send_object to nobody");

	ex_out.out_fd = dup(0);
	EXPECT(MHEAP_OBJECT_EXPORT, ex, ex_out);
	WORKS(mh_send_object(sockets[0], session, H1, 0x0b), "send_object");
	h = 5;
	EXPECT(MHEAP_OBJECT_IMPORT, im, im_out);
	FAILS(mh_recv_object(sockets[1], session, &h), EXDEV, "recv_object");
	ok(h == 5 && fcntl(fd, F_GETFD) < 0, "and leaves the output and no descriptor");
	fcntl(sockets[1], F_SETFL, O_NONBLOCK);
	errno = 77;
	ok(mh_recv_object(sockets[1], session, &h) == -EAGAIN && h == 5 && errno == 77 &&
	   !expected.calls, "recv_object of nothing");

	{
		mh_auto_fd int scoped = sockets[0];
		mh_auto_fd int kept = sockets[1];

		ok(mh_fd_take(&kept) == sockets[1] && kept == -1 && scoped == sockets[0],
		   "fd_take takes");
	}
	ok(fcntl(sockets[0], F_GETFD) < 0 && fcntl(sockets[1], F_GETFD) >= 0,
	   "a scope closes what is left in it");
	errno = 77;
	mh_close_fd(sockets[1]);
	mh_close_fd(sockets[1]);
	mh_close_fd(-1);
	ok(fcntl(sockets[1], F_GETFD) < 0, "close_fd");
}

static void test_window(void)
{
	static unsigned char memory[8192];
	struct mheap_heap_stat in = { .size = sizeof(in) };
	struct mheap_heap_stat out = { .size = sizeof(in), .out_window_bytes = sizeof(memory) };
	struct mh_window w = { memory, 5 };

	mapping.base = memory;
	expected.calls = 0;
	ok(mh_map(session, 0, &w) == -EINVAL && mh_map(session, MH_RIGHT_WRITE, &w) == -EINVAL &&
	   mh_map(session, MH_RIGHTS_ALL, &w) == -EINVAL && !expected.calls && !mapping.maps,
	   "map of no such rights");
	EXPECT(MHEAP_HEAP_STAT, in, in);
	ok(mh_map(session, MH_RIGHT_READ, &w) == -EOPNOTSUPP && !mapping.maps,
	   "map by a module without a window");
	EXPECT(MHEAP_HEAP_STAT, in, out);
	FAILS(mh_map(session, MH_RIGHT_READ, &w), EBADF, "map");
	mapping.error = EACCES;
	errno = 77;
	ok(mh_map(session, MH_RIGHT_READ, &w) == -EACCES && errno == 77 && mapping.maps == 1,
	   "map without the right");
	ok(w.base == memory && w.bytes == 5, "and leaves the output");
	mapping.error = 0;
	expected.calls = 0;
	WORKS(mh_map(session, MH_RIGHT_READ, &w), "map");
	ok(mapping.length == sizeof(memory) && mapping.prot == PROT_READ &&
	   mapping.flags == MAP_SHARED && mapping.fd == mh_session_fd(session) && !mapping.offset,
	   "map maps all of it, to read");
	WORKS(mh_map(session, MH_RIGHT_READ | MH_RIGHT_WRITE, &w), "map to write");
	ok(mapping.length == sizeof(memory) && mapping.prot == (PROT_READ | PROT_WRITE) &&
	   mapping.flags == MAP_SHARED && mapping.fd == mh_session_fd(session) && !mapping.offset,
	   "map maps all of it, to write as well");
	ok(w.base == memory && w.bytes == sizeof(memory), "and tells where");

	ok(mh_payload(&w, 0) == memory && mh_payload(&w, 8191) == memory + 8191 &&
	   !mh_payload(&w, 8192) && !mh_payload(&w, MH_NO_OFFSET), "payload");
	errno = 77;
	mh_unmap(&w);
	ok(mapping.unmaps == 1 && !mapping.error && !w.base && !w.bytes && errno == 77, "unmap");
	mh_unmap(&w);
	ok(mapping.unmaps == 1 && !mh_payload(&w, 0), "unmap of none");
	{
		mh_auto_window struct mh_window scoped = MH_NO_WINDOW;

		mh_map(session, MH_RIGHT_READ, &scoped);
		ok(scoped.base == memory, "map in a scope");
	}
	ok(mapping.unmaps == 2 && !mapping.error, "which unmaps it");
	expected.calls = 0;
}

static void test_weak(void)
{
	struct mheap_weaken we = { .size = 40, .handle = H1 };
	struct mheap_weaken we_out = { .size = 40, .handle = H1, .out_handle = H2 };
	struct mheap_upgrade up = { .size = 40, .handle = H2 };
	struct mheap_upgrade up_out = { .size = 40, .handle = H2, .out_handle = H1 };
	mh_t h = 5;

	EXPECT(MHEAP_WEAKEN, we, we_out);
	FAILS(mh_weaken(session, H1, &h), EINVAL, "weaken");
	ok(h == 5, "and leaves the output");
	WORKS(mh_weaken(session, H1, &h), "weaken");
	ok(h == H2, "and tells the handle");

	h = 5;
	EXPECT(MHEAP_UPGRADE, up, up_out);
	FAILS(mh_upgrade(session, H2, &h), EINVAL, "upgrade");
	ok(h == 5, "and leaves the output");
	WORKS(mh_upgrade(session, H2, &h), "upgrade");
	ok(h == H1, "and tells the handle");
	up_out.out_handle = 0;
	EXPECT(MHEAP_UPGRADE, up, up_out);
	WORKS(mh_upgrade(session, H2, &h), "upgrade of what is gone");
	ok(h == MH_NULL, "and tells null");
}

static void test_slots(void)
{
	struct mheap_load l = { .size = 40, .object = H1, .index = 7 };
	struct mheap_load l_out = l;
	struct mheap_store st = { .size = 40, .object = H1, .value = H2, .index = 7 };
	struct mheap_exchange ex = { .size = 40, .object = H1, .value = H2, .index = 7 };
	struct mheap_exchange ex_out = ex;
	struct mheap_compare_exchange ce = { .size = 40, .object = H1, .expected = H2,
		.value = 3, .index = 7 };
	mh_t h = 5;

	l_out.handle = H2;
	EXPECT(MHEAP_LOAD, l, l_out);
	FAILS(mh_load(session, H1, 7, &h), ERANGE, "load");
	ok(h == 5, "and leaves the output");
	WORKS(mh_load(session, H1, 7, &h), "load");
	ok(h == H2, "and tells the handle");

	EXPECT(MHEAP_STORE, st, st);
	FAILS(mh_store(session, H1, 7, H2), EMLINK, "store");
	WORKS(mh_store(session, H1, 7, H2), "store");
	st.flags = MHEAP_STORE_MOVE;
	EXPECT(MHEAP_STORE, st, st);
	FAILS(mh_store_move(session, H1, 7, H2), EMLINK, "store_move");
	WORKS(mh_store_move(session, H1, 7, H2), "store_move");

	ex_out.out_handle = H1;
	h = 5;
	EXPECT(MHEAP_EXCHANGE, ex, ex_out);
	FAILS(mh_exchange(session, H1, 7, H2, &h), EMFILE, "exchange");
	ok(h == 5, "and leaves the output");
	WORKS(mh_exchange(session, H1, 7, H2, &h), "exchange");
	ok(h == H1, "and tells the handle");

	EXPECT(MHEAP_COMPARE_EXCHANGE, ce, ce);
	FAILS(mh_compare_exchange(session, H1, 7, H2, 3), EAGAIN, "compare_exchange");
	WORKS(mh_compare_exchange(session, H1, 7, H2, 3), "compare_exchange");
}

static void test_handles(void)
{
	struct mheap_dup d = { .size = 40, .handle = H1 };
	struct mheap_dup d_out = { .size = 40, .handle = H1, .out_handle = H2 };
	struct mheap_dup dr = { .size = 40, .handle = H1, .rights = 0x05 };
	struct mheap_dup dr_out = { .size = 40, .handle = H1, .out_handle = H2, .rights = 0x05 };
	struct mheap_close c = { .size = 40, .handle = H1 };
	mh_t h = 5;

	EXPECT(MHEAP_DUP, d, d_out);
	FAILS(mh_dup(session, H1, &h), EMFILE, "dup");
	ok(h == 5, "and leaves the output");
	WORKS(mh_dup(session, H1, &h), "dup");
	ok(h == H2, "and tells the handle");

	h = 5;
	EXPECT(MHEAP_DUP, dr, dr_out);
	FAILS(mh_dup_rights(session, H1, 0x05, &h), EACCES, "dup_rights");
	ok(h == 5, "and leaves the output");
	WORKS(mh_dup_rights(session, H1, 0x05, &h), "dup_rights");
	ok(h == H2, "and tells the handle");

	EXPECT(MHEAP_CLOSE, c, c);
	FAILS(mh_close(session, H1), ESTALE, "close");
	WORKS(mh_close(session, H1), "close");
	ok(mh_close(session, MH_NULL) == 0 && !expected.calls, "close of null");

	struct mh_ref ref = MH_REF(session);

	ref.h = H1;
	mh_ref_close(&ref);
	ok(expected.calls == 1 && !expected.wrong && !ref.h, "ref_close closes");
	expected.calls = 0;
	{
		mh_auto_ref struct mh_ref scoped = { session, H1 };
		mh_auto_ref struct mh_ref kept = { session, H2 };

		ok(mh_ref_take(&kept) == H2 && !kept.h && scoped.h == H1, "ref_take takes");
	}
	ok(expected.calls == 1 && !expected.wrong, "a scope closes what is left in it");
	expected.calls = 0;
}

static void test_batch(void)
{
	struct mheap_record records[3];
	struct mheap_batch b = { .size = 32, .records_uptr = (uintptr_t)records, .count = 3,
		.record_size = 40 };
	struct mheap_batch b_out = b;
	uint32_t done = 99;
	int error = 99;

	b_out.out_done = 2;
	b_out.out_error = -EDQUOT;
	EXPECT(MHEAP_BATCH, b, b_out);
	FAILS(mh_batch(session, records, 3, &done, &error), EFAULT, "batch");
	ok(done == 99 && error == 99, "and leaves the outputs");
	WORKS(mh_batch(session, records, 3, &done, &error), "batch");
	ok(done == 2 && error == -EDQUOT, "and tells how far it came");
}

int main(void)
{
	session = begin();
	if (!session)
		return tap_end();
	test_objects();
	test_object_fds();
	test_passing();
	test_window();
	test_slots();
	test_handles();
	test_weak();
	test_batch();
	mh_session_close(session);
	return tap_end();
}
