/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Lines whose objects die young. */
#ifndef MHEAP_CHURN_H
#define MHEAP_CHURN_H

#include "recording.h"
#include "rows.h"

void churn_init(struct rows *rows);

/* Add a row for each site that allocated between the first look and the last one. */
void churn_find(struct rows *rows, const struct recording *recording);

#endif /* MHEAP_CHURN_H */
