/* SPDX-License-Identifier: LGPL-2.1-or-later */
#ifndef MHEAP_TOOL_H
#define MHEAP_TOOL_H

#include <stdbool.h>

/*
 * How the command ends; man/mheap.1 has the same list. The functions of the tool
 * return one of these, and have told the user why when it is not EXIT_OK.
 */
enum exit_code {
	EXIT_OK			= 0,
	EXIT_FAILED		= 1,
	EXIT_USAGE		= 2,
	EXIT_NO_MODULE		= 3,
	EXIT_NO_PERMISSION	= 4,
	EXIT_NO_DEBUGFS		= 5,
};

/* Say what is wrong, on stderr, and return @code. */
int complain(int code, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Keep what is wrong to oneself, and say the last of it in the end. */
void hold_words(void);
void say_words(void);

/* Make sure that all of the output was written. */
int finish_output(void);

/* A whole number without sign, and nothing else. */
bool parse_number(const char *text, unsigned long long max, unsigned long long *ret_number);

int command_stat(int argc, char **argv);
int command_ls(int argc, char **argv);
int command_gc(int argc, char **argv);
int command_sites(int argc, char **argv);
int command_refs(int argc, char **argv);
int command_path(int argc, char **argv);
int command_retained(int argc, char **argv);
int command_dominators(int argc, char **argv);
int command_leaks(int argc, char **argv);
int command_snapshot(int argc, char **argv);
int command_graph(int argc, char **argv);
int command_diff(int argc, char **argv);
int command_record(int argc, char **argv);
int command_profile(int argc, char **argv);
int command_top(int argc, char **argv);
int command_doctor(int argc, char **argv);

#endif /* MHEAP_TOOL_H */
