/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Seconds to wait for. */
#ifndef MHEAP_DELAY_H
#define MHEAP_DELAY_H

#include <signal.h>
#include <stdbool.h>

/* A number of seconds, @min or more and less than @end, and nothing else. */
bool delay_parse(const char *text, double min, double end, double *ret_seconds);

/* Wait for so long, or until @stop is set; that may be NULL. */
void delay_wait(double seconds, const volatile sig_atomic_t *stop);

#endif /* MHEAP_DELAY_H */
