// SPDX-License-Identifier: LGPL-2.1-or-later
/* mheap - look after the heaps of the mheap kernel module */
#include <argp.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tool.h"

#define OUTPUT_BYTES	(256U << 10)

#ifndef MHEAP_VERSION
#define MHEAP_VERSION "unknown"
#endif

/* The C library looks for it by its name, so it has to be seen in spite of the Makefile. */
__attribute__((visibility("default"))) const char *argp_program_version =
	"mheap " MHEAP_VERSION;

static const struct command {
	const char *name;
	int (*run)(int argc, char **argv);
} commands[] = {
	{ "stat", command_stat },
	{ "ls", command_ls },
	{ "gc", command_gc },
	{ "sites", command_sites },
	{ "refs", command_refs },
	{ "path", command_path },
	{ "retained", command_retained },
	{ "dominators", command_dominators },
	{ "leaks", command_leaks },
	{ "snapshot", command_snapshot },
	{ "graph", command_graph },
	{ "diff", command_diff },
	{ "record", command_record },
	{ "profile", command_profile },
	{ "top", command_top },
	{ "doctor", command_doctor },
};

static const char doc[] =
	"Look after the heaps of the mheap kernel module.\n"
	"\n"
	"Commands:\n"
	"  stat [HEAP]...   figures of heaps, their sessions and collections\n"
	"  ls [HEAP]...     list objects\n"
	"  gc HEAP...       collect garbage, and wait until that is done\n"
	"  sites [HEAP]...  which lines allocate\n"
	"  refs OBJECT      who refers to an object\n"
	"  path OBJECT      why an object is alive, in one line\n"
	"  retained [HEAP]  what would go if an object, a type or a holder went\n"
	"  dominators OBJECT\n"
	"                   what retains an object, up to what holds it\n"
	"  leaks [HEAP]     what no living process can name, and what only grows\n"
	"  snapshot [HEAP]  write a heap into a file, for this and other programs\n"
	"  graph [HEAP]     draw a heap, for graphviz\n"
	"  diff A B         what is different between two snapshots\n"
	"  record [HEAP]    sites over time, and lines whose objects die young\n"
	"  profile          source files with what each line allocated\n"
	"  top [HEAP]       which lines allocate, live\n"
	"  doctor           what is wrong with the system, and what mends it\n"
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

/* While a screen is shown, what is said is kept for later: the last of it. */
static bool held;
static char words[512];

int complain(int code, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	if (held) {
		vsnprintf(words, sizeof(words), format, arguments);
	} else {
		fputs("mheap: ", stderr);
		vfprintf(stderr, format, arguments);
		fputc('\n', stderr);
	}
	va_end(arguments);
	return code;
}

void hold_words(void)
{
	held = true;
}

void say_words(void)
{
	held = false;
	if (*words)
		complain(0, "%s", words);
	*words = '\0';
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

	/* Lists may be long, and a call for each 4 KiB of them costs more than they do. */
	if (!isatty(STDOUT_FILENO))
		setvbuf(stdout, NULL, _IOFBF, OUTPUT_BYTES);
	argp_err_exit_status = EXIT_USAGE;
	if (argp_parse(&argp, argc, argv, ARGP_IN_ORDER, NULL, &arguments))
		return EXIT_USAGE;

	/* What argp calls the command in its messages. */
	snprintf(name, sizeof(name), "mheap %s", arguments.command->name);
	argv[arguments.first] = name;
	code = arguments.command->run(argc - arguments.first, argv + arguments.first);
	return finish_output() ? EXIT_FAILED : code;
}
