/* SPDX-License-Identifier: GPL-2.0-only */
#ifndef _SHIM_MINMAX_H
#define _SHIM_MINMAX_H

/* As the kernel's: both sides must have one type. */
#define shim_pick(a, op, b) ({				\
	__typeof__(a) _a = (a);				\
	__typeof__(b) _b = (b);				\
	(void)(&_a == &_b);				\
	_a op _b ? _a : _b;				\
})
#define min(a, b)		shim_pick(a, <, b)
#define max(a, b)		shim_pick(a, >, b)
#define min_t(type, a, b)	shim_pick((type)(a), <, (type)(b))
#define max_t(type, a, b)	shim_pick((type)(a), >, (type)(b))

#define max3(a, b, c)		max(max(a, b), c)

#endif
