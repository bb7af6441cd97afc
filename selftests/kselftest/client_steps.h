/* SPDX-License-Identifier: GPL-2.0 */
/* What the steps of a client share; see client.h. */
#ifndef CLIENT_STEPS_H
#define CLIENT_STEPS_H

#include "client.h"

/* What @expression returns must be 0, or it is the step's error. */
#define MUST(expression)						\
do {									\
	int result = (expression);					\
									\
	if (result) {							\
		client->line = __LINE__;				\
		return result;						\
	}								\
} while (0)

struct stamp {
	__u64 value, inverse;
};

int client_check_stamp(struct client *client, __u64 handle);
int client_keep(struct client *client, __u64 handle);	/* as one of its own */
__u64 client_any_own(struct client *client);		/* 0 when it has none */

/* Descriptors of objects, weak references, mapped payloads, events. */
int client_share_begin(void);				/* before clients are forked */
void client_share_end(void);				/* what is in flight is closed */
int client_step_share(struct client *client);

#endif
