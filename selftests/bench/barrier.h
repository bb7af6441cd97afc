/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Barriers as the kernel for this processor has them. User Mode Linux makes the
 * strongest fence of each, even of a release, which costs more than most of what
 * is measured; processor and memory model are the same, so these will do as well
 * there. To be included before everything else; what is defined here is left
 * alone by asm-generic/barrier.h. From arch/x86/include/asm/barrier.h.
 */
#if defined(CONFIG_UML) && defined(CONFIG_X86_64) && !defined(BENCH_BARRIER_H)
#define BENCH_BARRIER_H

#define __smp_mb()	asm volatile("lock; addl $0,-4(%%rsp)" ::: "memory", "cc")
#define __smp_rmb()	barrier()
#define __smp_wmb()	barrier()
#define __smp_store_mb(var, value) do { (void)xchg(&(var), value); } while (0)

#define __smp_store_release(p, v)				\
do {								\
	compiletime_assert_atomic_type(*(p));			\
	barrier();						\
	WRITE_ONCE(*(p), v);					\
} while (0)

#define __smp_load_acquire(p)					\
({								\
	typeof(*(p)) ___p1 = READ_ONCE(*(p));			\
	compiletime_assert_atomic_type(*(p));			\
	barrier();						\
	___p1;							\
})

/* Atomic operations that read and write are serialising already. */
#define __smp_mb__before_atomic()	do { } while (0)
#define __smp_mb__after_atomic()	do { } while (0)

#endif
