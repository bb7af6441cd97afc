/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_ATOMIC_H
#define _SHIM_ATOMIC_H

#include <linux/compiler.h>
#include <linux/types.h>

typedef struct { int counter; } atomic_t;
typedef struct { s64 counter; } atomic64_t;
typedef struct { long counter; } atomic_long_t;

/* Value-returning operations are fully ordered, the others are not ordered. */
#define SHIM_ATOMIC(name, type)								\
static inline type name##_read(const name##_t *v)					\
{											\
	return READ_ONCE(((name##_t *)v)->counter);					\
}											\
static inline type name##_read_acquire(const name##_t *v)				\
{											\
	return smp_load_acquire(&((name##_t *)v)->counter);				\
}											\
static inline void name##_set(name##_t *v, type i)					\
{											\
	WRITE_ONCE(v->counter, i);							\
}											\
static inline void name##_set_release(name##_t *v, type i)				\
{											\
	smp_store_release(&v->counter, i);						\
}											\
static inline void name##_add(type i, name##_t *v)					\
{											\
	shim_point();									\
	__atomic_fetch_add(&v->counter, i, SHIM_RMW);				\
}											\
static inline void name##_sub(type i, name##_t *v)					\
{											\
	shim_point();									\
	__atomic_fetch_sub(&v->counter, i, SHIM_RMW);				\
}											\
static inline void name##_andnot(type i, name##_t *v)					\
{											\
	shim_point();									\
	__atomic_fetch_and(&v->counter, ~i, SHIM_RMW);				\
}											\
static inline void name##_or(type i, name##_t *v)					\
{											\
	shim_point();									\
	__atomic_fetch_or(&v->counter, i, SHIM_RMW);				\
}											\
static inline type name##_fetch_or(type i, name##_t *v)				\
{											\
	shim_point();									\
	return __atomic_fetch_or(&v->counter, i, __ATOMIC_SEQ_CST);			\
}											\
static inline type name##_fetch_andnot(type i, name##_t *v)				\
{											\
	shim_point();									\
	return __atomic_fetch_and(&v->counter, ~i, __ATOMIC_SEQ_CST);			\
}											\
static inline type name##_xchg(name##_t *v, type i)					\
{											\
	return xchg(&v->counter, i);							\
}											\
static inline void name##_inc(name##_t *v)						\
{											\
	name##_add(1, v);								\
}											\
static inline void name##_dec(name##_t *v)						\
{											\
	name##_sub(1, v);								\
}											\
static inline type name##_fetch_add(type i, name##_t *v)				\
{											\
	shim_point();									\
	return __atomic_fetch_add(&v->counter, i, __ATOMIC_SEQ_CST);			\
}											\
static inline type name##_add_return(type i, name##_t *v)				\
{											\
	return name##_fetch_add(i, v) + i;						\
}											\
static inline type name##_sub_return(type i, name##_t *v)				\
{											\
	return name##_add_return(-i, v);						\
}											\
static inline type name##_inc_return(name##_t *v)					\
{											\
	return name##_add_return(1, v);							\
}											\
static inline type name##_dec_return(name##_t *v)					\
{											\
	return name##_add_return(-1, v);						\
}											\
static inline bool name##_try_cmpxchg(name##_t *v, type *old, type i)			\
{											\
	return try_cmpxchg(&v->counter, old, i);					\
}

SHIM_ATOMIC(atomic, int)
SHIM_ATOMIC(atomic64, s64)
SHIM_ATOMIC(atomic_long, long)

#endif
