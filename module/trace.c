// SPDX-License-Identifier: GPL-2.0-only
#include "core/core.h"

#define CREATE_TRACE_POINTS
#include "core/trace.h"
