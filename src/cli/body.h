/* SPDX-License-Identifier: Apache-2.0 */
/* body.h: bodies of requests, made from what the command was given. */
#ifndef BH_CLI_BODY_H
#define BH_CLI_BODY_H

#include "base/buf.h"
#include "cli/cli.h"

/* Where a member's value comes from. */
enum cli_member_from {
	CLI_MEMBER_ARGUMENT, /* the first argument */
	CLI_MEMBER_TEXT,     /* an option's text */
	CLI_MEMBER_INT,      /* an option's integer, from least to most */
	CLI_MEMBER_DAYS,     /* the same, as days from now; on the wire seconds since 1970 */
	CLI_MEMBER_SIZE,     /* an option's number of bytes, such as 20G; at most `most` */
	CLI_MEMBER_INTS,     /* an option's integers, divided by commas, from least to most */
	CLI_MEMBER_WORDS,    /* the values of an option that may be repeated, each divided by commas */
	CLI_MEMBER_UNITS,    /* the same as an object of integers: NAME=N */
	CLI_MEMBER_PAIRS,    /* the same as an object of texts: NAME=TEXT */
	CLI_MEMBER_WORD,     /* `word`, when the option is given */
	CLI_MEMBER_OFF,      /* false, when the flag is given */
	CLI_MEMBER_ON,       /* true, when the flag is given */
	CLI_MEMBER_SECRET    /* a line from stdin, when the flag is given */
};

/* One member of a body. Without its option it is left out. */
struct cli_member {
	const char *name;
	enum cli_member_from from;
	size_t option; /* its offset in struct cli_options */
	int64_t least, most;
	const char *word; /* of an option: the value that means null; of a secret: what it is */
};

#define CLI_LIMIT_MAX 1000000000LL /* of requests, tokens, files */
#define CLI_OPTION(member) offsetof(struct cli_options, member)

/* Writes the object, which may hold a secret: the caller wipes it. Tells what is wrong: CLI_USAGE. */
int cli_body_write(const struct cli *cli, const struct cli_member *members, size_t n,
	struct bh_buf *out);

/* Whether one of the options is given. */
bool cli_body_is_given(const struct cli *cli, const struct cli_member *members, size_t n);

#endif
