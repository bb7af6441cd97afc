/* SPDX-License-Identifier: LGPL-2.1-or-later */
/* A graph as a file, and back: mheap-snapshot(5). */
#ifndef MHEAP_GRAPH_FILE_H
#define MHEAP_GRAPH_FILE_H

#include "graph.h"

#define GRAPH_FILE_SUFFIX	".mheap"

/*
 * The layout. All numbers are little-endian. The file is a gzip stream; its content
 * is the magic bytes, the version, and then sections up to one named "END ".
 */
#define GRAPH_FILE_MAGIC	"MHEAPSNP"
#define GRAPH_FILE_VERSION	1U

/* The words of a record, before its text. */
#define GRAPH_FILE_HEAD_BYTES		32U
#define GRAPH_FILE_OBJECT_BYTES		40U
#define GRAPH_FILE_SITE_BYTES		80U
#define GRAPH_FILE_TYPE_BYTES		8U
#define GRAPH_FILE_SESSION_BYTES	32U
#define GRAPH_FILE_HOLDER_BYTES		28U

/* Bits of the flags in "HEAD". */
#define GRAPH_FILE_CONSISTENT	0x1U

/*
 * Each returns an exit code, and has told the user what was wrong. A file may come
 * from anybody: nothing in it is believed, and memory is taken only as it is read.
 */
int graph_write_file(const struct graph *graph, const char *path);
int graph_read_file(const char *path, struct graph *ret_graph);

#endif /* MHEAP_GRAPH_FILE_H */
