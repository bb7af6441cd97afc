/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MHEAP_INTERNAL_H
#define MHEAP_INTERNAL_H

#include <linux/mheap.h>

/* What is defined here are the functions. */
#ifndef MH_NO_SITES
#define MH_NO_SITES
#endif
#include <mheap.h>

#include "chosen.h"
#include "place.h"

/* What the shared library shows; src/libmheap.map has the same list. */
#define MH_PUBLIC __attribute__((visibility("default")))

struct mh_session {
	int fd;
	uint32_t rights;
	uint64_t heap;
	struct mhi_chosen chosen;
	struct mhi_places places;
};

/* The one place that calls the kernel: 0 or a negative errno. */
int mhi_ioctl(int fd, unsigned long request, void *argument);

static inline int mhi_call(const struct mh_session *session, unsigned long request, void *argument)
{
	return mhi_ioctl(session->fd, request, argument);
}

/* A handle was closed: if the library chose it, it may choose its entry again. */
void mhi_closed(struct mh_session *session, mh_t handle);

/* Open the device: 0 or a negative errno, with ENODEV and EPERM told apart. */
int mhi_open(const char *device, int *ret_fd);

/* A pointer, as the ABI carries it. */
static inline __u64 mhi_uptr(const void *pointer)
{
	return (__u64)(uintptr_t)pointer;
}

/* That a structure of the ABI and the library's own copy of it are the same. */
#define MHI_SAME_SIZE(a, b) \
	_Static_assert(sizeof(struct a) == sizeof(struct b), #a " and " #b " differ in size")
#define MHI_SAME_MEMBER(a, b, member) \
	_Static_assert(offsetof(struct a, member) == offsetof(struct b, member) && \
		       sizeof(((struct a *)0)->member) == sizeof(((struct b *)0)->member), \
		       #a " and " #b " differ in " #member)

#endif /* MHEAP_INTERNAL_H */
