// SPDX-License-Identifier: LGPL-2.1-or-later
#include <errno.h>

#include "export_text.h"

void export_number(FILE *to, uint64_t number)
{
	char digits[20];
	size_t i = sizeof(digits);

	do {
		digits[--i] = (char)('0' + number % 10);
		number /= 10;
	} while (number);
	fwrite_unlocked(digits + i, 1, sizeof(digits) - i, to);
}

size_t export_character(const char *text)
{
	static const uint32_t smallest[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	uint32_t code;
	size_t length;

	if (*bytes < 0x80)
		return 1;
	if (*bytes >= 0xc2 && *bytes < 0xe0)
		length = 2;
	else if (*bytes >= 0xe0 && *bytes < 0xf0)
		length = 3;
	else if (*bytes >= 0xf0 && *bytes < 0xf5)
		length = 4;
	else
		return 0;
	code = *bytes & (0xffU >> (length + 1));
	for (size_t i = 1; i < length; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	/* Neither too long a form nor a surrogate. */
	if (code < smallest[length] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0;
	return length;
}

void export_text(FILE *to, const char *text, const char *(*escape)(char character))
{
	while (*text) {
		size_t length = export_character(text);
		const char *escaped = length == 1 && escape ? escape(*text) : NULL;

		if (!length)
			fputs_unlocked(EXPORT_REPLACEMENT, to);
		else if (escaped)
			fputs_unlocked(escaped, to);
		else
			fwrite_unlocked(text, 1, length, to);
		text += length ? length : 1;
	}
}

static const char *escape_json(char character)
{
	static const char *const controls[32] = {
		"\\u0000", "\\u0001", "\\u0002", "\\u0003", "\\u0004", "\\u0005", "\\u0006",
		"\\u0007", "\\b", "\\t", "\\n", "\\u000b", "\\f", "\\r", "\\u000e", "\\u000f",
		"\\u0010", "\\u0011", "\\u0012", "\\u0013", "\\u0014", "\\u0015", "\\u0016",
		"\\u0017", "\\u0018", "\\u0019", "\\u001a", "\\u001b", "\\u001c", "\\u001d",
		"\\u001e", "\\u001f",
	};

	if (character == '"')
		return "\\\"";
	if (character == '\\')
		return "\\\\";
	return (unsigned char)character < 32 ? controls[(int)character] : NULL;
}

void export_json_string(FILE *to, const char *text)
{
	putc_unlocked('"', to);
	export_text(to, text, escape_json);
	putc_unlocked('"', to);
}

int export_finish(FILE *to)
{
	errno = 0;
	if (fflush(to) || ferror(to))
		return errno ? -errno : -EIO;
	return 0;
}
