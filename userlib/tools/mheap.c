// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap - look after the heaps of the mheap kernel module */
#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tool.h"

#ifndef MHEAP_VERSION
#define MHEAP_VERSION "unknown"
#endif

const char *argp_program_version = "mheap " MHEAP_VERSION;

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "stat", command_stat },
	{ "ls", command_ls },
	{ "gc", command_gc },
};

static const char doc[] =
	"Look after the heaps of the mheap kernel module.\n"
	"\n"
	"Commands:\n"
	"  stat [HEAP]...   figures of heaps, their sessions and collections\n"
	"  ls [HEAP]...     list objects\n"
	"  gc HEAP...       collect garbage, and wait until that is done\n"
	"\n"
	"`mheap COMMAND --help' tells more."
	"\v"
	"Exit status: 0 all is well; 1 something failed or was found; 2 wrong usage; "
	"3 the module is not loaded; 4 not permitted; 5 debugfs is not mounted.\n"
	"\n"
	"The environment variable MHEAP_DEBUGFS names the directory that is read in "
	"the place of /sys/kernel/debug/mheap.";

struct arguments {
	const struct command *command;
	int first;
};

static const struct command *find_command(const char *name)
{
	for (size_t i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(commands[i].name, name))
			return &commands[i];
	return NULL;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
	struct arguments *arguments = state->input;

	switch (key) {
	case ARGP_KEY_ARG:
		arguments->command = find_command(argument);
		if (!arguments->command)
			argp_error(state, "there is no command `%s'", argument);
		arguments->first = state->next - 1;
		state->next = state->argc;
		return 0;
	case ARGP_KEY_NO_ARGS:
		argp_error(state, "a command is missing");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp argp = {
	.parser = parse,
	.args_doc = "COMMAND [ARGUMENT]...",
	.doc = doc,
};

int complain(int code, const char *format, ...)
{
	va_list arguments;

	fputs("mheap: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	return code;
}

int finish_output(void)
{
	errno = 0;
	if (fflush(stdout) || ferror(stdout))
		return complain(EXIT_FAILED, "cannot write the output: %s",
				strerror(errno ? errno : EIO));
	return EXIT_OK;
}

bool parse_number(const char *text, unsigned long long max, unsigned long long *ret_number)
{
	unsigned long long number;
	char *end;

	if (*text < '0' || *text > '9')
		return false;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (errno || *end || number > max)
		return false;
	*ret_number = number;
	return true;
}

int main(int argc, char **argv)
{
	struct arguments arguments = { .command = NULL };
	char name[32];
	int code;

	argp_err_exit_status = EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments))
		return EXIT_USAGE;

	/* What argp calls the command in its messages. */
	snprintf(name, sizeof(name), "mheap %s", arguments.command->name);
	argv[arguments.first] = name;
	code = arguments.command->run(argc - arguments.first, argv + arguments.first);
	return finish_output() ? EXIT_FAILED : code;
}
