/* SPDX-License-Identifier: GPL-2.0 */
#ifndef BENCH_LOOP_H
#define BENCH_LOOP_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * struct bench_loop - ioctl(BENCH_LOOP): a command many times
 * @arg: structure of the first
 * @command: the command, as ioctl() takes it
 * @count: how many
 * @stride: bytes from one structure to the next
 * @expected: what it returns; anything else ends the loop, and is returned
 * @times_uptr: array of @count u64: the ticks that each took; or 0
 */
struct bench_loop {
	__u64 arg;
	__u32 command;
	__u32 count;
	__u32 stride;
	__s32 expected;
	__u64 times_uptr;
};

#define BENCH_LOOP	_IO(0xBA, 0)

#endif
