/* SPDX-License-Identifier: GPL-2.0-only */
/*
 * The model: READ_ONCE() and WRITE_ONCE() are relaxed atomics, barriers are
 * fences, and what the kernel calls fully ordered is sequentially consistent.
 */
#ifndef _SHIM_COMPILER_H
#define _SHIM_COMPILER_H

#include <linux/types.h>

#include "shim.h"

/* The thread sanitizer sees no fence before or after an atomic. */
#ifdef SHIM_TSAN
#define SHIM_RMW		__ATOMIC_ACQ_REL
#else
#define SHIM_RMW		__ATOMIC_RELAXED
#endif

#define likely(x)		__builtin_expect(!!(x), 1)
#define unlikely(x)		__builtin_expect(!!(x), 0)
#define __acquires(x)
#define __releases(x)
#define __acquire(x)		((void)0)
#define __release(x)		((void)0)
#define barrier()		__asm__ __volatile__("" : : : "memory")

#define READ_ONCE(x)		({ shim_point(); __atomic_load_n(&(x), __ATOMIC_RELAXED); })
#define WRITE_ONCE(x, v)	({ shim_point(); __atomic_store_n(&(x), (v), __ATOMIC_RELAXED); })
#define smp_load_acquire(p)	({ shim_point(); __atomic_load_n(p, __ATOMIC_ACQUIRE); })
#define smp_store_release(p, v)	({ shim_point(); __atomic_store_n(p, v, __ATOMIC_RELEASE); })

#define smp_mb()		shim_fence()
#define smp_rmb()		shim_fence()
#define smp_wmb()		shim_fence()
#define smp_mb__before_atomic()	shim_fence()
#define smp_mb__after_atomic()	shim_fence()

#define xchg(p, v)		({ shim_point(); __atomic_exchange_n(p, v, __ATOMIC_SEQ_CST); })
#define try_cmpxchg(p, oldp, v)	({							\
	shim_point();									\
	__atomic_compare_exchange_n(p, oldp, v, false, __ATOMIC_SEQ_CST,		\
				    __ATOMIC_SEQ_CST);					\
})
#define cmpxchg(p, old, v)	({							\
	__typeof__(*(p)) _old = (old);							\
	try_cmpxchg(p, &_old, v);							\
	_old;										\
})

#endif
