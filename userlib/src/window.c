// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <sys/mman.h>

#include "internal.h"

/* -EINVAL for what cannot be asked of a mapping: to write and not to read, too. */
static int protection(uint32_t rights)
{
	switch (rights) {
	case MH_RIGHT_READ:
		return PROT_READ;
	case MH_RIGHT_READ | MH_RIGHT_WRITE:
		return PROT_READ | PROT_WRITE;
	default:
		return -EINVAL;
	}
}

MH_PUBLIC int mh_map(struct mh_session *session, uint32_t rights, struct mh_window *ret_window)
{
	struct mheap_heap_stat stat = { .size = sizeof(stat) };
	int prot = protection(rights);
	int saved = errno;
	void *base;
	int err;

	if (prot < 0)
		return prot;
	err = mhi_call(session, MHEAP_HEAP_STAT, &stat);
	if (err)
		return err;
	/* What a module does not know stays zero. */
	if (!stat.out_window_bytes)
		return -EOPNOTSUPP;
	base = mmap(NULL, stat.out_window_bytes, prot, MAP_SHARED, session->fd, 0);
	if (base == MAP_FAILED) {
		err = -errno;
		errno = saved;
		return err;
	}
	*ret_window = (struct mh_window){
		.base = base,
		.bytes = stat.out_window_bytes,
	};
	return 0;
}

MH_PUBLIC void mh_unmap(struct mh_window *window)
{
	int saved = errno;

	if (window->base)
		munmap(window->base, window->bytes);
	*window = (struct mh_window)MH_NO_WINDOW;
	errno = saved;
}
