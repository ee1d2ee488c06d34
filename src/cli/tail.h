/* tail.h: whole lines of growing files, whichever of a folder match a pattern. */
#ifndef BH_CLI_TAIL_H
#define BH_CLI_TAIL_H

#include <stddef.h>
#include <stdio.h>
#include <sys/types.h>

#define CLI_TAILS_MAX 64u

struct cli_tail {
	char name[64];     /* the file's name without the pattern's ends */
	char path[1024];
	FILE *file;        /* owned */
	ino_t inode;
};

/* The matching files. Zeroed, with the pattern set, is ready. */
struct cli_tails {
	const char *folder;  /* borrowed */
	const char *prefix;  /* borrowed: "audit-" */
	const char *suffix;  /* borrowed: ".jsonl" */
	struct cli_tail items[CLI_TAILS_MAX];
	size_t n;
};

/* Gives every complete line not given before to `line`, file by file, in the order of their names;
 * finds new files, and starts again with one that was put aside. */
void cli_tails_read(struct cli_tails *tails,
	void (*line)(void *ctx, const struct cli_tail *tail, const char *text, size_t len), void *ctx);

void cli_tails_close(struct cli_tails *tails);

#endif
