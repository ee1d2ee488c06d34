/* SPDX-License-Identifier: Apache-2.0 */
/* params.h: the parameters of a call as a table: which there are, of what type, and which are needed. */
#ifndef BH_STRIPEMOCK_PARAMS_H
#define BH_STRIPEMOCK_PARAMS_H

#include "stripemock/problem.h"

enum stripemock_param_type {
	STRIPEMOCK_TEXT,    /* of 5,000 bytes at most */
	STRIPEMOCK_INT,     /* also moments, in seconds since 1970 */
	STRIPEMOCK_DECIMAL, /* a text that reads as a decimal number */
	STRIPEMOCK_BOOL,
	STRIPEMOCK_CHOICE, /* one of `words` */
	STRIPEMOCK_MAP,    /* texts under names of the caller's own, at most 50 */
	STRIPEMOCK_MOMENT, /* seconds since 1970, or one of `words` */
	STRIPEMOCK_ANY     /* of any form */
};

enum stripemock_param_flags {
	STRIPEMOCK_REQUIRED = 1,
	STRIPEMOCK_EMPTY = 2 /* "" is allowed, and takes the value away: it reads as null */
};

/* One parameter; "items[].price" is a member of the elements of a list. A table ends with a zeroed row. */
struct stripemock_param {
	const char *path;
	enum stripemock_param_type type;
	unsigned flags;
	const char *words; /* "day week" */
};

/* Gives each value its type, and lists their kind, in place. False: *problem says why not. */
BH_MUST_CHECK bool stripemock_params_check(const struct stripemock_param *table,
	struct stripemock_value *params, struct stripemock_problem *problem);

/* Prices are whole numbers of this part of a currency's smallest unit. */
#define STRIPEMOCK_UNIT ((__int128)1000000000000)

/* A decimal number in such units: "0.000015" is 15,000,000. False if it is none, or has more than 12 digits
 * before or behind the point. */
bool stripemock_params_decimal(const char *text, __int128 *out);

#endif
