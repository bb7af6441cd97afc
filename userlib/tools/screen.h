/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A view on a terminal, that is scrolled and sorted by keys. */
#ifndef MHEAP_SCREEN_H
#define MHEAP_SCREEN_H

#include <stdbool.h>

#include "view.h"

/**
 * screen_run - Show a view until the user has seen enough
 * @view: the view
 * @delay: seconds between two looks
 * @exact: bytes without units
 *
 * Return: an exit code; the user was told what was wrong.
 */
int screen_run(struct view *view, double delay, bool exact);

#endif /* MHEAP_SCREEN_H */
