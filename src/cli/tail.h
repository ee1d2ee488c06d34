/* SPDX-License-Identifier: Apache-2.0 */
/* tail.h: whole lines of growing files, whichever of a folder match a pattern. */
#ifndef BH_CLI_TAIL_H
#define BH_CLI_TAIL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

#define CLI_TAILS_MAX 64u
#define CLI_TAIL_PATH 1024u

struct cli_tail {
	char name[64]; /* the file's name without the pattern's ends */
	char path[1000];
	bool known;  /* was read before */
	FILE *file;  /* owned */
	FILE *aside; /* owned: the one before, whose writers may not have noticed yet */
	ino_t inode;
};

/* Takes one line, without its end, as a string. */
typedef void cli_tail_line(void *ctx, const struct cli_tail *tail, const char *text, size_t len);

/* The matching files. Zeroed, with what stands before the items set, is ready. */
struct cli_tails {
	const char *folder; /* borrowed */
	const char *prefix; /* borrowed: "audit-" */
	const char *suffix; /* borrowed: ".jsonl" */
	int64_t bytes_most; /* how far back the first read goes in each, including rotated files */
	struct cli_tail items[CLI_TAILS_MAX];
	size_t n;
};

/* Gives every complete line not given before to `line`, file by file, in the order of their names; finds
 * new files, and continues with the next one after a rotation. */
void cli_tails_read(struct cli_tails *tails, cli_tail_line *line, void *ctx);

void cli_tails_close(struct cli_tails *tails);

#endif
