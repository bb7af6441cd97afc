// SPDX-License-Identifier: GPL-2.0-only
#include "dispatch.h"
#include "heap.h"
#include "queue.h"
#include "session.h"

#define CREATE_TRACE_POINTS
#include "trace_session.h"
