/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The summary of a heap as its module tells it, without debugfs. */
#ifndef MHEAP_SUMMARY_LIVE_H
#define MHEAP_SUMMARY_LIVE_H

struct summary;

/* The session that looks is not counted. Returns an exit code. */
int summary_live(struct summary *summary, unsigned long long heap);

#endif /* MHEAP_SUMMARY_LIVE_H */
