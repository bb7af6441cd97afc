// SPDX-License-Identifier: LGPL-2.1-or-later
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "encode.h"

struct expected expected;
struct opened opened;
struct reading reading;
struct mapping mapping;

int __wrap_ioctl(int fd, unsigned long request, ...);
int __wrap_open(const char *path, int flags, ...);
int __real_open(const char *path, int flags, ...);
ssize_t __wrap_read(int fd, void *data, size_t size);
void *__wrap_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset);
int __wrap_munmap(void *address, size_t length);

ssize_t __wrap_read(int fd, void *data, size_t size)
{
	reading.calls++;
	reading.fd = fd;
	reading.size = size;
	if (reading.error) {
		errno = reading.error;
		return -1;
	}
	memcpy(data, reading.events, (size_t)reading.result);
	return reading.result;
}

void *__wrap_mmap(void *address, size_t length, int prot, int flags, int fd, off_t offset)
{
	mapping.maps++;
	mapping.length = length;
	mapping.prot = prot;
	mapping.flags = flags;
	mapping.fd = fd;
	mapping.offset = offset;
	if (address || mapping.error) {
		errno = mapping.error;
		return MAP_FAILED;
	}
	return mapping.base;
}

int __wrap_munmap(void *address, size_t length)
{
	mapping.unmaps++;
	if (address != mapping.base || length != mapping.length)
		mapping.error = EINVAL;
	errno = EINVAL;
	return -1;
}

int __wrap_ioctl(int fd, unsigned long request, ...)
{
	va_list arguments;
	void *argument;

	va_start(arguments, request);
	argument = va_arg(arguments, void *);
	va_end(arguments);

	expected.calls++;
	expected.fd = fd;
	if (request != expected.request || memcmp(argument, expected.in, expected.size)) {
		expected.wrong++;
		for (size_t i = 0; i < expected.size; i++)
			if (((unsigned char *)argument)[i] != expected.in[i])
				printf("# byte %zu is %02x, not %02x\n", i,
				       ((unsigned char *)argument)[i], expected.in[i]);
	}
	if (expected.error) {
		errno = expected.error;
		return -1;
	}
	memcpy(argument, expected.out, expected.size);
	return 0;
}

int __wrap_open(const char *path, int flags, ...)
{
	opened.calls++;
	opened.flags = flags;
	snprintf(opened.path, sizeof(opened.path), "%s", path);
	if (opened.error) {
		errno = opened.error;
		return -1;
	}
	opened.fd = __real_open("/dev/null", O_RDWR | O_CLOEXEC);
	return opened.fd;
}

void expect(unsigned long request, const void *in, const void *out, size_t size)
{
	expected.request = request;
	memcpy(expected.in, in, size);
	memcpy(expected.out, out, size);
	expected.size = size;
	expected.error = 0;
	expected.calls = 0;
	expected.wrong = 0;
}
