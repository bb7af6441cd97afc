// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap doctor - what is wrong with the system, and what mends it */
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "doctor.h"
#include "json.h"
#include "options.h"
#include "tool.h"

#define KEY_ROOT	0x101
#define KEY_RELEASE	0x102

struct options {
	struct common_options common;
	const char *root;
	const char *release;
};

static const struct argp_option argp_options[] = {
	{ "root", KEY_ROOT, "DIR", 0, "Look at the files of a system below DIR", 0 },
	{ "release", KEY_RELEASE, "RELEASE", 0, "Take that for the kernel's, as uname -r tells "
	  "it", 0 },
	{ 0 },
};

static const struct argp_child children[] = { { &common_argp, 0, NULL, 0 }, { 0 } };

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct options *options = state->input;

	switch (key) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &options->common;
		return 0;
	case KEY_ROOT:
		options->root = argument;
		return 0;
	case KEY_RELEASE:
		options->release = argument;
		return 0;
	case ARGP_KEY_ARG:
		argp_error(state, "there is one word too many: `%s'", argument);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.options = argp_options,
	.parser = parse,
	.children = children,
	.doc = "Look at everything that heaps need of the system, and tell for each fault the "
	       "one command that mends it.\v"
	       "Exit status: 0 there is no fault; 1 there is; 2 wrong usage.",
};

static const char *const states[] = {
	[FINDING_OK] = "ok", [FINDING_NOTE] = "note", [FINDING_FAULT] = "fault",
};

static void write_text(const struct finding *finding, const struct common_options *common)
{
	static const enum paint paints[] = {
		[FINDING_OK] = PAINT_GOOD, [FINDING_NOTE] = PAINT_DIM,
		[FINDING_FAULT] = PAINT_BAD,
	};

	printf("%s%-5s%s  %-11s  %s\n", paint(common, paints[finding->state]),
	       states[finding->state], paint(common, PAINT_PLAIN), finding->check,
	       finding->detail);
	if (finding->state == FINDING_FAULT)
		printf("                    %s%s%s\n", paint(common, PAINT_BOLD), finding->mend,
		       paint(common, PAINT_PLAIN));
}

static void write_json(const struct finding *finding, struct json_array *array)
{
	struct json_object *object = json_new();

	json_add_string(object, "check", finding->check);
	json_add_string(object, "state", states[finding->state]);
	json_add_string(object, "detail", finding->detail);
	json_add_string(object, "mend", finding->mend);
	json_array_element(array, object);
}

int command_doctor(int argc, char **argv)
{
	struct finding findings[FINDINGS_MAX];
	struct options options = { .root = "" };
	struct patient patient = { .root = "" };
	struct json_array array;
	struct utsname name;
	int code = EXIT_OK;
	size_t count;

	common_init(&options.common);
	if (argp_parse(&argp, argc, argv, 0, NULL, &options))
		return EXIT_USAGE;
	uname(&name);
	snprintf(patient.release, sizeof(patient.release), "%s",
		 options.release ? options.release : name.release);
	patient.root = options.root;
	count = doctor_look(&patient, findings);
	if (options.common.json)
		json_array_begin(&array);
	for (size_t i = 0; i < count; i++) {
		if (options.common.json)
			write_json(&findings[i], &array);
		else
			write_text(&findings[i], &options.common);
		if (findings[i].state == FINDING_FAULT)
			code = EXIT_FAILED;
	}
	if (options.common.json)
		json_array_end(&array);
	return code;
}
