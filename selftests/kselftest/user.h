/* SPDX-License-Identifier: GPL-2.0 */
/* Children that are other users, and parameters of the module. */
#ifndef USER_H
#define USER_H

#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "kernel_files.h"

#define USER	12345
#define OTHER	12346
#define PARAMETERS "/sys/module/mheap/parameters/"

/* Keeps of all capabilities at most CAP_SYS_RESOURCE. */
static inline int keep_capability(bool resource)
{
	struct __user_cap_header_struct header = { .version = _LINUX_CAPABILITY_VERSION_3 };
	struct __user_cap_data_struct data[2] = {};

	if (resource)
		data[0].permitted = 1U << CAP_SYS_RESOURCE;
	data[0].effective = data[0].permitted;
	return syscall(SYS_capset, &header, data) ? -errno : 0;
}

/* A child that is a user, with no capability or with CAP_SYS_RESOURCE only. */
static inline pid_t fork_as(uid_t uid, bool resource)
{
	pid_t child = fork();

	if (child)
		return child;
	if (prctl(PR_SET_KEEPCAPS, 1) || setresuid(uid, uid, uid) || keep_capability(resource)) {
		perror("# cannot become another user");
		_exit(1);
	}
	return 0;
}

/* The status with which a child ended. */
static inline int end_of(pid_t child)
{
	int status = -1;

	return waitpid(child, &status, 0) == child ? status : -errno;
}

/* What has to hold in a child, which ends if it does not. */
#define NEED(condition)							\
do {									\
	if (!(condition)) {						\
		fprintf(stderr, "# %s:%d: %s: it does not hold that %s\n", __FILE__, \
			__LINE__, __func__, #condition);		\
		_exit(1);						\
	}								\
} while (0)

static inline unsigned long long parameter(const char *name)
{
	char path[128], *text;
	unsigned long long value = ~0ULL;

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	text = file_text(path);
	if (text)
		value = strtoull(text, NULL, 0);
	free(text);
	return value;
}

static inline int set_parameter(const char *name, unsigned long long value)
{
	char path[128], text[32];

	snprintf(path, sizeof(path), PARAMETERS "%s", name);
	snprintf(text, sizeof(text), "%llu\n", value);
	return file_write(path, text);
}

#endif
