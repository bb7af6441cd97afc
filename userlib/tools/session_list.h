/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* The sessions of a heap, from the files of debugfs or from the module. */
#ifndef MHEAP_SESSION_LIST_H
#define MHEAP_SESSION_LIST_H

/**
 * struct session_line - A session
 * @id: its number
 * @pid: the process that opened it
 * @uid: that process's user
 * @handles: how many it has
 * @rights: in hexadecimal
 * @comm: what that process was called; printable
 */
struct session_line {
	unsigned long long id, pid, uid, handles;
	const char *rights;
	const char *comm;
};

/**
 * session_list_each - Go through the sessions of a heap, but for those of this process
 * @heap: its number
 * @take: called with each of them
 * @context: for @take
 *
 * Return: an exit code; the user was told what was wrong.
 */
int session_list_each(unsigned long long heap,
		      void (*take)(const struct session_line *line, void *context),
		      void *context);

#endif /* MHEAP_SESSION_LIST_H */
