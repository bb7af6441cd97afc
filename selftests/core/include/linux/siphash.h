/* SPDX-License-Identifier: GPL-2.0-only */
/* SipHash-2-4, as the kernel has it. */
#ifndef _SHIM_SIPHASH_H
#define _SHIM_SIPHASH_H

#include <string.h>

#include <linux/types.h>

typedef struct {
	u64 key[2];
} siphash_key_t;

static inline u64 shim_rotate(u64 word, int bits)
{
	return word << bits | word >> (64 - bits);
}

static inline void shim_sip_round(u64 *v)
{
	v[0] += v[1];
	v[1] = shim_rotate(v[1], 13) ^ v[0];
	v[0] = shim_rotate(v[0], 32);
	v[2] += v[3];
	v[3] = shim_rotate(v[3], 16) ^ v[2];
	v[0] += v[3];
	v[3] = shim_rotate(v[3], 21) ^ v[0];
	v[2] += v[1];
	v[1] = shim_rotate(v[1], 17) ^ v[2];
	v[2] = shim_rotate(v[2], 32);
}

static inline void shim_sip_word(u64 *v, u64 word)
{
	v[3] ^= word;
	shim_sip_round(v);
	shim_sip_round(v);
	v[0] ^= word;
}

static inline u64 siphash(const void *data, size_t bytes, const siphash_key_t *key)
{
	u64 v[4] = {
		0x736f6d6570736575ULL ^ key->key[0], 0x646f72616e646f6dULL ^ key->key[1],
		0x6c7967656e657261ULL ^ key->key[0], 0x7465646279746573ULL ^ key->key[1],
	};
	const char *at = data;
	size_t left;
	u64 word;
	int i;

	for (left = bytes; left >= sizeof(word); left -= sizeof(word)) {
		memcpy(&word, at, sizeof(word));
		shim_sip_word(v, word);
		at += sizeof(word);
	}
	word = 0;
	memcpy(&word, at, left);
	shim_sip_word(v, word | (u64)bytes << 56);
	v[2] ^= 0xff;
	for (i = 0; i < 4; i++)
		shim_sip_round(v);
	return v[0] ^ v[1] ^ v[2] ^ v[3];
}

static inline u64 siphash_3u64(u64 a, u64 b, u64 c, const siphash_key_t *key)
{
	const u64 words[] = { a, b, c };

	return siphash(words, sizeof(words), key);
}

#endif
