/* SPDX-License-Identifier: Apache-2.0 */
/* filter.c: a filter's tree walked once and checked; what comes out is asked about each file. */
#include "rag/filter.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"
#include "rag/attributes.h"

enum { AT_MAX = 256, KEY_POINTS_MAX = 64 };

enum comparator { EQ, GT, GTE, LT, LTE, AND, OR };

/* A comparison with its values, or a compound; the parts of a compound follow it, up to `end`. */
struct node {
	enum comparator comparator;
	bool negated;
	size_t key;                   /* in the filter's keys */
	struct rag_attribute *values; /* sorted */
	size_t n_values;
	size_t end;
};

struct rag_filter {
	struct node *nodes;
	const char **keys; /* without repeats */
	size_t n_nodes, n_keys;
};

struct compile {
	struct bh_arena *arena;
	struct rag_filter *filter;
	unsigned depth;
	size_t elements;
};

static const struct {
	const char *type;
	enum comparator comparator;
	bool negated, list;
} comparisons[] = {
	{"eq", EQ, false, false},
	{"ne", EQ, true, false},
	{"gt", GT, false, false},
	{"gte", GTE, false, false},
	{"lt", LT, false, false},
	{"lte", LTE, false, false},
	{"in", EQ, false, true},
	{"nin", EQ, true, true},
};

static int compile_node(struct compile *compile, const struct bh_json *filter, const char *at);

static int
wrong(int error, const char *at, const char *name, const char *sentence)
{
	char param[AT_MAX + 32];

	snprintf(param, sizeof(param), "%s.%s", at, name);
	return bh_error_param(error, param, "'%s' %s", param, sentence);
}

/* Refuses members that are neither of the two (three) a filter has. */
static int
check_members(const struct bh_json *filter, const char *at, bool compound)
{
	void *cursor = NULL;
	const char *name;
	const struct bh_json *value;

	while (bh_json_next(filter, &cursor, &name, &value)) {
		bool known = strcmp(name, "type") == 0 ||
			(compound ? strcmp(name, "filters") == 0
					  : strcmp(name, "key") == 0 || strcmp(name, "value") == 0);

		if (!known)
			return wrong(BH_E_UNKNOWN_FIELD, at, name, "is not a parameter of a filter.");
	}
	return 0;
}

/* ---- compiling ---- */

static bool
read_scalar(const struct bh_json *value, struct rag_attribute *out)
{
	int64_t whole;
	double real;
	bool flag;

	*out = (struct rag_attribute){0};
	if (bh_json_string(value) != NULL) {
		out->kind = RAG_ATTRIBUTE_TEXT;
		out->text = bh_json_string(value);
		out->len = bh_json_string_len(value);
	} else if (bh_json_int(value, &whole)) {
		out->kind = RAG_ATTRIBUTE_NUMBER;
		out->number = (long double)whole;
	} else if (bh_json_number(value, &real)) {
		out->kind = RAG_ATTRIBUTE_NUMBER;
		out->number = (long double)real;
	} else if (bh_json_bool(value, &flag)) {
		out->kind = RAG_ATTRIBUTE_BOOL;
		out->number = flag;
	}
	return out->kind != RAG_ATTRIBUTE_NONE;
}

static int
by_value(const void *left, const void *right)
{
	return rag_attribute_order(left, right);
}

static int
read_list(struct compile *compile, struct node *node, const struct bh_json *value, const char *at)
{
	size_t n = bh_json_count(value), i;

	if (bh_json_kind(value) != BH_JSON_ARRAY)
		return wrong(BH_E_TYPE, at, "value", "must be an array of strings or numbers.");
	if (n == 0)
		return wrong(BH_E_RANGE, at, "value", "must not be empty.");
	compile->elements += n;
	if (compile->elements > RAG_FILTER_ELEMENTS_MAX)
		return wrong(BH_E_RANGE, at, "value",
			"is too long; all lists of a filter must have at most 1000 elements in total.");

	node->values = bh_arena_array(compile->arena, n, sizeof(*node->values));
	node->n_values = n;
	for (i = 0; i < n; i++)
		if (!read_scalar(bh_json_at(value, i), &node->values[i]))
			return wrong(BH_E_TYPE, at, "value", "must be an array of strings or numbers.");
	qsort(node->values, n, sizeof(*node->values), by_value);
	return 0;
}

static int
read_one(struct compile *compile, struct node *node, const struct bh_json *value, const char *at)
{
	node->values = bh_arena_alloc(compile->arena, sizeof(*node->values));
	node->n_values = 1;
	if (!read_scalar(value, node->values))
		return wrong(BH_E_TYPE, at, "value", "must be a string, a number or a boolean.");
	if (node->comparator != EQ && node->values->kind == RAG_ATTRIBUTE_BOOL)
		return wrong(BH_E_TYPE, at, "value",
			"must be a string or a number for an ordering comparison.");
	return 0;
}

static size_t
key_index(struct rag_filter *filter, const char *key)
{
	for (size_t i = 0; i < filter->n_keys; i++)
		if (strcmp(filter->keys[i], key) == 0)
			return i;
	filter->keys[filter->n_keys] = key;
	return filter->n_keys++;
}

static int
compile_comparison(struct compile *compile, const struct bh_json *filter, const char *type,
	struct node *node, const char *at)
{
	const struct bh_json *value = bh_json_get(filter, "value");
	const struct bh_json *key_value = bh_json_get(filter, "key");
	const char *key = bh_json_string(key_value);
	size_t i;
	int rc = check_members(filter, at, false);

	if (rc < 0)
		return rc;
	if (key_value == NULL)
		return wrong(BH_E_MISSING, at, "key", "is required.");
	if (key == NULL)
		return wrong(BH_E_TYPE, at, "key", "must be a string.");
	if (key[0] == '\0' || bh_text_points(key, strlen(key)) > KEY_POINTS_MAX)
		return wrong(BH_E_RANGE, at, "key", "must have between 1 and 64 characters.");
	if (value == NULL)
		return wrong(BH_E_MISSING, at, "value", "is required.");
	for (i = 0; i < BH_COUNT(comparisons) && strcmp(type, comparisons[i].type) != 0; i++)
		continue;
	if (i == BH_COUNT(comparisons))
		return wrong(BH_E_INVALID, at, "type",
			"must be one of eq, ne, gt, gte, lt, lte, in, nin, and, or.");

	node->comparator = comparisons[i].comparator;
	node->negated = comparisons[i].negated;
	node->key = key_index(compile->filter, key);
	return comparisons[i].list ? read_list(compile, node, value, at)
							   : read_one(compile, node, value, at);
}

static int
compile_compound(struct compile *compile, const struct bh_json *filter, const char *type,
	struct node *node, const char *at)
{
	const struct bh_json *list = bh_json_get(filter, "filters");
	size_t n = bh_json_count(list), i;
	char below[AT_MAX];
	int rc = check_members(filter, at, true);

	if (rc < 0)
		return rc;
	if (list == NULL)
		return wrong(BH_E_MISSING, at, "filters", "is required.");
	if (bh_json_kind(list) != BH_JSON_ARRAY)
		return wrong(BH_E_TYPE, at, "filters", "must be an array of filters.");
	if (n == 0)
		return wrong(BH_E_RANGE, at, "filters", "must not be empty.");

	node->comparator = strcmp(type, "and") == 0 ? AND : OR;
	for (i = 0; rc == 0 && i < n; i++) {
		snprintf(below, sizeof(below), "%.200s.filters.%zu", at, i);
		rc = compile_node(compile, bh_json_at(list, i), below);
	}
	return rc;
}

static int
compile_node(struct compile *compile, const struct bh_json *filter, const char *at)
{
	const struct bh_json *type_value;
	const char *type;
	struct node *node;
	int rc;

	if (bh_json_kind(filter) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be a filter object.", at);
	if (compile->depth >= RAG_FILTER_DEPTH_MAX || compile->filter->n_nodes >= RAG_FILTER_NODES_MAX)
		return bh_error_param(BH_E_RANGE, at,
			"Filters must be nested at most %d deep and have at most %d parts.",
			RAG_FILTER_DEPTH_MAX, RAG_FILTER_NODES_MAX);

	type_value = bh_json_get(filter, "type");
	type = bh_json_string(type_value);
	if (type_value == NULL)
		return wrong(BH_E_MISSING, at, "type", "is required.");
	if (type == NULL)
		return wrong(BH_E_TYPE, at, "type", "must be a string.");

	compile->depth++;
	node = &compile->filter->nodes[compile->filter->n_nodes++];
	rc = strcmp(type, "and") == 0 || strcmp(type, "or") == 0
		? compile_compound(compile, filter, type, node, at)
		: compile_comparison(compile, filter, type, node, at);
	node->end = compile->filter->n_nodes;
	compile->depth--;
	return rc;
}

int
rag_filter_compile(const struct bh_json *filter, const char *at, struct bh_arena *arena,
	struct rag_filter **out)
{
	struct rag_filter *compiled = bh_arena_alloc(arena, sizeof(*compiled));
	struct compile compile = {.arena = arena, .filter = compiled};
	int rc;

	compiled->nodes = bh_arena_array(arena, RAG_FILTER_NODES_MAX, sizeof(*compiled->nodes));
	compiled->keys = bh_arena_array(arena, RAG_FILTER_NODES_MAX, sizeof(*compiled->keys));
	rc = compile_node(&compile, filter, at);
	if (rc == 0)
		*out = compiled;
	return rc;
}

/* ---- asking ---- */

static bool
compares(const struct node *node, const struct rag_attribute *value)
{
	int order;

	if (node->comparator == EQ)
		return bsearch(value, node->values, node->n_values, sizeof(*node->values), by_value) !=
			NULL;
	if (value->kind != node->values->kind)
		return false;
	order = rag_attribute_order(value, node->values);
	switch (node->comparator) {
	case GT:
		return order > 0;
	case GTE:
		return order >= 0;
	case LT:
		return order < 0;
	default:
		return order <= 0;
	}
}

/* At most RAG_FILTER_DEPTH_MAX deep. */
static bool
matches(const struct rag_filter *filter, size_t at, const struct rag_attribute *values)
{
	const struct node *node = &filter->nodes[at];
	size_t part;

	if (node->comparator != AND && node->comparator != OR)
		return compares(node, &values[node->key]) != node->negated;
	for (part = at + 1; part < node->end; part = filter->nodes[part].end)
		if (matches(filter, part, values) == (node->comparator == OR))
			return node->comparator == OR;
	return node->comparator == AND;
}

int
rag_filter_match(const struct rag_filter *filter, const char *attributes, struct bh_arena *scratch,
	bool *out)
{
	struct rag_attribute values[RAG_FILTER_NODES_MAX] = {0};
	int rc = rag_attributes_read(attributes, filter->keys, filter->n_keys, scratch, values);

	if (rc == 0)
		*out = matches(filter, 0, values);
	return rc;
}
