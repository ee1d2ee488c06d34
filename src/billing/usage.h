/* SPDX-License-Identifier: Apache-2.0 */
/* usage.h: what a question about usage or costs asks for: which acts, in which buckets of time, grouped by
 * what. */
#ifndef BH_BILLING_USAGE_H
#define BH_BILLING_USAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"

/* What results may be told apart by. */
enum billing_group {
	BILLING_BY_TEAM = 1, /* project_id */
	BILLING_BY_USER = 2,
	BILLING_BY_KEY = 4,
	BILLING_BY_MODEL = 8,
	BILLING_BY_BATCH = 16,
	BILLING_BY_LINE = 32 /* line_item: the kind of act and its model */
};

/* What a result counts. */
enum billing_figure {
	BILLING_TOKENS, /* input, cached, output, requests */
	BILLING_INPUT,  /* input tokens, requests */
	BILLING_UNITS,  /* units under a name of their own, requests */
	BILLING_BYTES,  /* units alone */
	BILLING_CALLS,  /* acts under a name of their own, alone */
	BILLING_COST,
	BILLING_SUMS /* all of these: calls, tokens, units, cost */
};

/* One operation of OpenAI's usage API. */
struct billing_usage_of {
	const char *path;   /* its last segment: "completions" */
	const char *object; /* of a result */
	const char *kind;   /* of acts; NULL: all; "": none is metered yet */
	enum billing_figure figure;
	const char *name;        /* of its own figure; NULL: it has none */
	unsigned groups, lists;  /* enum billing_group: what it groups by and filters by */
	const char *unsupported; /* parameters that OpenAI has and nothing here can tell apart */
	const char *not_grouped; /* the same of values of group_by */
	bool days_only;
};

/* NULL: there is none. */
const struct billing_usage_of *billing_usage_find(const char *path);

struct billing_ids {
	struct bh_uuid *ids; /* NULL: not filtered */
	size_t n;
};

struct billing_usage_query {
	const struct billing_usage_of *of;
	int64_t start_s, end_s; /* of the buckets asked for, both at a bucket's edge */
	int64_t width_s;
	int64_t from_s, to_s; /* of this page, both at an edge */
	unsigned groups;      /* enum billing_group */
	struct billing_ids teams, users, keys;
	const char **models; /* NULL: not filtered */
	size_t n_models;
	bool has_batch, batch;
};

enum { BILLING_LIST_MAX = 64 };

/* Reads a query string ("" and NULL: none) as it came. All memory lies in the arena. A parameter that the
 * operation does not have is BH_E_UNKNOWN_FIELD; each failure names it. */
BH_MUST_CHECK int billing_usage_read(struct bh_arena *arena, const struct billing_usage_of *of,
	const char *query, int64_t now_s, struct billing_usage_query *out);

/* The cursor of the next page; false: this is the last one. */
#define BILLING_PAGE_TEXT 32
bool billing_usage_next(const struct billing_usage_query *query, char out[BILLING_PAGE_TEXT]);

/* The unit of what a kind of act counts, as OpenAI says it ("tokens"); NULL: none. */
const char *billing_usage_unit(const char *kind);

#endif
