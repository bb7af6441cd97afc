// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "internal.h"

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
	    options->suspect_min || options->suspect_age_ms)
		return -EINVAL;
	return check_options(options);
}

static void session_free(struct mh_session *session)
{
	mhi_chosen_destroy(&session->chosen);
	free(session);
}

/* A session that has no heap yet. */
static int session_open(const struct mh_session_options *options, struct mh_session **ret_session)
{
	struct mh_session *session;
	int err;

	session = calloc(1, sizeof(*session));
	if (!session)
		return -ENOMEM;
	err = mhi_chosen_init(&session->chosen, options->max_handles);
	if (err) {
		free(session);
		return err;
	}
	err = mhi_open(options->device, &session->fd);
	if (err) {
		session_free(session);
		return err;
	}
	*ret_session = session;
	return 0;
}

MH_PUBLIC int mh_session_create(const struct mh_session_options *options,
				struct mh_session **ret_session)
{
	const struct mh_session_options *o = options ? options : &default_options;
	struct mheap_create create = {
		.size = sizeof(create),
		.max_bytes = o->max_bytes,
		.max_objects = o->max_objects,
		.suspect_percent = o->suspect_percent,
		.suspect_min = o->suspect_min,
		.suspect_age_ms = o->suspect_age_ms,
		.max_handles = o->max_handles,
	};
	struct mh_session *session;
	int err;

	err = check_options(o);
	if (err)
		return err;
	err = session_open(o, &session);
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
	err = session_open(o, &session);
	if (err)
		return err;
	err = mhi_call(session, MHEAP_JOIN, &join);
	if (err) {
		mh_session_close(session);
		return err;
	}
	session->rights = join.out_rights;
	session->heap = join.out_heap_id;
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
_Static_assert(MH_RIGHTS_ALL == MHEAP_RIGHTS_ALL, "MH_RIGHTS_ALL differs");
