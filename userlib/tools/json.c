// SPDX-License-Identifier: LGPL-2.1-or-later
#include <json-c/json.h>
#include <stdio.h>
#include <stdlib.h>

#include "json.h"
#include "tool.h"

void json_array_begin(struct json_array *array)
{
	array->begun = false;
	putchar('[');
}

void json_array_element(struct json_array *array, struct json_object *element)
{
	int flags = JSON_C_TO_STRING_PLAIN | JSON_C_TO_STRING_NOSLASHESCAPE;
	const char *text = json_object_to_json_string_ext(element, flags);

	if (!text)
		exit(complain(EXIT_FAILED, "no memory"));
	fputs(array->begun ? ",\n" : "\n", stdout);
	fputs(text, stdout);
	json_object_put(element);
	array->begun = true;
}

void json_array_end(const struct json_array *array)
{
	fputs(array->begun ? "\n]\n" : "]\n", stdout);
}

struct json_object *json_new(void)
{
	struct json_object *object = json_object_new_object();

	if (!object)
		exit(complain(EXIT_FAILED, "no memory"));
	return object;
}

void json_add(struct json_object *to, const char *key, struct json_object *value)
{
	if (!value || json_object_object_add(to, key, value))
		exit(complain(EXIT_FAILED, "no memory"));
}

void json_add_number(struct json_object *to, const char *key, unsigned long long number)
{
	json_add(to, key, json_object_new_uint64(number));
}

void json_add_string(struct json_object *to, const char *key, const char *string)
{
	json_add(to, key, json_object_new_string(string));
}

void json_add_bool(struct json_object *to, const char *key, bool value)
{
	json_add(to, key, json_object_new_boolean(value));
}

void json_add_null(struct json_object *to, const char *key)
{
	if (json_object_object_add(to, key, NULL))
		exit(complain(EXIT_FAILED, "no memory"));
}
