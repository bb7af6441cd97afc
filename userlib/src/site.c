// SPDX-License-Identifier: LGPL-2.1-or-later
#include <string.h>

#include "internal.h"
#include "list.h"

_Static_assert(MH_SITE_FILE_MAX == MHEAP_SITE_FILE_MAX, "MH_SITE_FILE_MAX differs");
_Static_assert(MH_SITE_FUNCTION_MAX == MHEAP_SITE_FUNCTION_MAX, "MH_SITE_FUNCTION_MAX differs");
_Static_assert(MH_AGE_OLD == MHEAP_AGE_OLD, "MH_AGE_OLD differs");

MHI_SAME_SIZE(mh_site_entry, mheap_site_entry);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, site);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, parent);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, line);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, objects);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, bytes);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, peak_objects);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, peak_bytes);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, total_objects);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, total_bytes);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, young);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, file);
MHI_SAME_MEMBER(mh_site_entry, mheap_site_entry, function);

MH_PUBLIC int mh_site(struct mh_session *session, const char *file, const char *function,
		      uint32_t line, uint32_t parent, uint32_t *ret_site)
{
	size_t file_bytes = file ? strlen(file) : 0;
	struct mheap_site site = {
		.size = sizeof(site),
		.function_uptr = mhi_uptr(function),
		.line = line,
		.parent = parent,
	};
	int err;

	/* The end of a path says more than its beginning. */
	if (file_bytes > MH_SITE_FILE_MAX - 1) {
		file += file_bytes - (MH_SITE_FILE_MAX - 1);
		file_bytes = MH_SITE_FILE_MAX - 1;
	}
	site.file_uptr = mhi_uptr(file);
	site.file_bytes = (uint32_t)file_bytes;
	if (function)
		site.function_bytes = (uint32_t)strnlen(function, MH_SITE_FUNCTION_MAX - 1);
	err = mhi_call(session, MHEAP_SITE, &site);
	if (!err)
		*ret_site = site.out_site;
	return err;
}

MH_PUBLIC int mh_site_list(struct mh_session *session, uint64_t *cursor,
			   struct mh_site_entry *entries, uint32_t count, uint32_t *ret_count)
{
	const struct mhi_entries to = { entries, count, sizeof(*entries) };

	return mhi_list(session->fd, MHEAP_SITE_LIST, cursor, to, ret_count);
}
