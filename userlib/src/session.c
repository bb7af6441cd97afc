// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

/* What the module gives a session of a reserved heap that does not say. */
#define RESERVED_HANDLES	4096U

static const struct mh_session_options default_options;

static int check_options(const struct mh_session_options *options)
{
	for (size_t i = 0; i < sizeof(options->reserved) / sizeof(options->reserved[0]); i++)
		if (options->reserved[i])
			return -EINVAL;
	return 0;
}

static int check_join_options(const struct mh_session_options *options)
{
	if (options->max_bytes || options->max_objects || options->suspect_percent ||
	    options->suspect_min || options->suspect_age_ms || options->local_objects ||
	    options->cpu_percent || options->max_sites || options->flags)
		return -EINVAL;
	return check_options(options);
}

static void session_free(struct mh_session *session)
{
	mhi_chosen_destroy(&session->chosen);
	mhi_places_destroy(&session->places);
	free(session);
}

/* A session that has no heap yet, and will have so many handles. */
static int session_open(const char *device, uint32_t max_handles, struct mh_session **ret_session)
{
	struct mh_session *session;
	int err;

	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	err = mhi_chosen_init(&session->chosen, max_handles);
	if (err) {
		free(session);
		return err;
	}
	err = mhi_open(device, &session->fd);
	if (err) {
		session_free(session);
		return err;
	}
	*ret_session = session;
	return 0;
}

/* Queues pick handles below this, so it has to be what the module goes by, too. */
static uint32_t max_handles(const struct mh_session_options *options)
{
	if (!options->max_handles && (options->flags & MH_CREATE_RESERVED))
		return RESERVED_HANDLES;
	return options->max_handles;
}

MH_PUBLIC int mh_session_create(const struct mh_session_options *options,
				struct mh_session **ret_session)
{
	const struct mh_session_options *o = options ? options : &default_options;
	struct mheap_create create = {
		.size = sizeof(create),
		.flags = o->flags,
		.max_bytes = o->max_bytes,
		.max_objects = o->max_objects,
		.suspect_percent = o->suspect_percent,
		.suspect_min = o->suspect_min,
		.suspect_age_ms = o->suspect_age_ms,
		.max_handles = max_handles(o),
		.local_objects = o->local_objects,
		.cpu_percent = o->cpu_percent,
		.max_sites = o->max_sites,
	};
	struct mh_session *session;
	int err;

	err = check_options(o);
	if (err)
		return err;
	err = session_open(o->device, create.max_handles, &session);
	if (err)
		return err;
	err = mhi_call(session, MHEAP_CREATE, &create);
	if (err) {
		mh_session_close(session);
		return err;
	}
	session->rights = MHEAP_RIGHTS_ALL;
	session->heap = create.out_heap_id;
	*ret_session = session;
	return 0;
}

MH_PUBLIC int mh_session_join(int heap_fd, const struct mh_session_options *options,
			      struct mh_session **ret_session)
{
	const struct mh_session_options *o = options ? options : &default_options;
	struct mheap_join join = {
		.size = sizeof(join),
		.heap_fd = heap_fd,
		.max_handles = o->max_handles,
	};
	struct mh_session *session;
	int err;

	err = check_join_options(o);
	if (err)
		return err;
	err = session_open(o->device, o->max_handles, &session);
	if (err)
		return err;
	err = mhi_call(session, MHEAP_JOIN, &join);
	if (err) {
		mh_session_close(session);
		return err;
	}
	/* A reserved heap has a limit of its own. */
	session->chosen.limit = join.out_max_handles;
	session->rights = join.out_rights;
	session->heap = join.out_heap_id;
	*ret_session = session;
	return 0;
}

MH_PUBLIC int mh_session_inspect(uint64_t heap, const struct mh_session_options *options,
				 struct mh_session **ret_session)
{
	const struct mh_session_options *o = options ? options : &default_options;
	struct mheap_inspect inspect = {
		.size = sizeof(inspect),
		.heap_id = heap,
	};
	struct mh_session *session;
	int err;

	err = o->max_handles ? -EINVAL : check_join_options(o);
	if (err)
		return err;
	err = session_open(o->device, 1, &session);
	if (err)
		return err;
	err = mhi_call(session, MHEAP_INSPECT, &inspect);
	if (err) {
		mh_session_close(session);
		return err;
	}
	session->rights = inspect.out_rights;
	session->heap = heap;
	*ret_session = session;
	return 0;
}

MH_PUBLIC void mh_session_close(struct mh_session *session)
{
	int saved = errno;

	if (!session)
		return;
	close(session->fd);
	session_free(session);
	errno = saved;
}

MH_PUBLIC int mh_session_export(struct mh_session *session, uint32_t rights, int *ret_fd)
{
	struct mheap_export export = {
		.size = sizeof(export),
		.rights = rights,
	};
	int err;

	err = mhi_call(session, MHEAP_EXPORT, &export);
	if (!err)
		*ret_fd = export.out_fd;
	return err;
}

MH_PUBLIC int mh_session_fd(const struct mh_session *session)
{
	return session->fd;
}

MH_PUBLIC uint64_t mh_session_heap(const struct mh_session *session)
{
	return session->heap;
}

MH_PUBLIC uint32_t mh_session_rights(const struct mh_session *session)
{
	return session->rights;
}

#define SAME_RIGHT(name) \
	_Static_assert((int)MH_RIGHT_##name == (int)MHEAP_RIGHT_##name, #name " differs")

SAME_RIGHT(READ);
SAME_RIGHT(WRITE);
SAME_RIGHT(LINK);
SAME_RIGHT(SHARE);
SAME_RIGHT(COLLECT);
SAME_RIGHT(INSPECT);
SAME_RIGHT(MAP);
_Static_assert(MH_RIGHTS_HANDLE == MHEAP_RIGHTS_HANDLE, "MH_RIGHTS_HANDLE differs");
_Static_assert(MH_RIGHTS_ALL == MHEAP_RIGHTS_ALL, "MH_RIGHTS_ALL differs");
_Static_assert((uint32_t)MH_CREATE_RESERVED == MHEAP_CREATE_RESERVED, "MH_CREATE_RESERVED differs");
