/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* Arrays of JSON that are written while they are made. */
#ifndef MHEAP_JSON_H
#define MHEAP_JSON_H

#include <stdbool.h>

struct json_object;

/**
 * struct json_array - An array that is being written to stdout
 * @begun: an element was written
 */
struct json_array {
	bool begun;
};

void json_array_begin(struct json_array *array);
/* Write an element, and let go of it. */
void json_array_element(struct json_array *array, struct json_object *element);
void json_array_end(const struct json_array *array);

struct json_object *json_new(void);
void json_add(struct json_object *to, const char *key, struct json_object *value);
void json_add_number(struct json_object *to, const char *key, unsigned long long number);
void json_add_string(struct json_object *to, const char *key, const char *string);
void json_add_null(struct json_object *to, const char *key);
void json_add_bool(struct json_object *to, const char *key, bool value);

#endif /* MHEAP_JSON_H */
