/* filter.c: a filter's tree walked once, checked and written as jsonpath on the way. */
#include "rag/filter.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

enum { AT_MAX = 256, KEY_POINTS_MAX = 64, LIST_MAX = 1000 };

struct compile {
	struct bh_buf *out;
	unsigned depth, nodes;
};

static const struct {
	const char *type, *operator;
	bool ordered;
} operators[] = {
	{"eq", "==", false},
	{"gt", ">", true},
	{"gte", ">=", true},
	{"lt", "<", true},
	{"lte", "<=", true},
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
			return wrong(BH_E_UNKNOWN_FIELD, at, name, "is not part of a filter.");
	}
	return 0;
}

/* One comparison: $."key" <operator> <value>; the value as JSON, whose escapes jsonpath shares. */
static void
put_comparison(struct bh_buf *out, const char *key, const char *operator,
	const struct bh_json * value)
{
	bh_buf_text(out, "$.");
	bh_text_json(out, key, strlen(key));
	bh_buf_printf(out, " %s ", operator);
	bh_json_append(out, value);
}

static bool
is_scalar(const struct bh_json *value)
{
	switch (bh_json_kind(value)) {
	case BH_JSON_STRING:
	case BH_JSON_INT:
	case BH_JSON_REAL:
	case BH_JSON_BOOL:
		return true;
	default:
		return false;
	}
}

static int
compile_list(struct compile *compile, const char *key, const struct bh_json *value, const char *at)
{
	size_t n = bh_json_count(value), i;

	if (bh_json_kind(value) != BH_JSON_ARRAY)
		return wrong(BH_E_TYPE, at, "value", "must be an array of strings or numbers.");
	if (n == 0 || n > LIST_MAX)
		return wrong(BH_E_RANGE, at, "value", "must have between 1 and 1000 elements.");

	bh_buf_char(compile->out, '(');
	for (i = 0; i < n; i++) {
		const struct bh_json *element = bh_json_at(value, i);

		if (!is_scalar(element))
			return wrong(BH_E_TYPE, at, "value", "must be an array of strings or numbers.");
		if (i > 0)
			bh_buf_text(compile->out, " || ");
		put_comparison(compile->out, key, "==", element);
	}
	bh_buf_char(compile->out, ')');
	return 0;
}

static int
compile_positive(struct compile *compile, const char *type, const char *key,
	const struct bh_json *value, const char *at)
{
	size_t i;

	if (strcmp(type, "in") == 0)
		return compile_list(compile, key, value, at);

	for (i = 0; i < BH_COUNT(operators); i++) {
		if (strcmp(type, operators[i].type) != 0)
			continue;
		if (!is_scalar(value))
			return wrong(BH_E_TYPE, at, "value", "must be a string, a number or a boolean.");
		if (operators[i].ordered && bh_json_kind(value) == BH_JSON_BOOL)
			return wrong(BH_E_TYPE, at, "value", "must be a number or a string to be ordered.");
		bh_buf_char(compile->out, '(');
		put_comparison(compile->out, key, operators[i].operator, value);
		bh_buf_char(compile->out, ')');
		return 0;
	}
	return wrong(BH_E_INVALID, at, "type",
		"must be one of eq, ne, gt, gte, lt, lte, in, nin, and, or.");
}

/* "Not" in jsonpath leaves a comparison between types unknown; here that is a difference too. */
static int
compile_negative(struct compile *compile, const char *type, const char *key,
	const struct bh_json *value, const char *at)
{
	size_t start = compile->out->len, len;
	BH_AUTO(bh_buf_close) struct bh_buf positive = {0};
	int rc = compile_positive(compile, type, key, value, at);

	if (rc < 0)
		return rc;

	len = compile->out->len - start;
	bh_buf_add(&positive, compile->out->data + start, len);
	compile->out->len = start;
	bh_buf_printf(compile->out, "(!%s || %s is unknown)", bh_buf_string(&positive),
		bh_buf_string(&positive));
	return 0;
}

static int
compile_comparison(struct compile *compile, const struct bh_json *filter, const char *type,
	const char *at)
{
	const struct bh_json *value = bh_json_get(filter, "value");
	const struct bh_json *key_value = bh_json_get(filter, "key");
	const char *key = bh_json_string(key_value);
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

	if (strcmp(type, "ne") == 0)
		return compile_negative(compile, "eq", key, value, at);
	if (strcmp(type, "nin") == 0)
		return compile_negative(compile, "in", key, value, at);
	return compile_positive(compile, type, key, value, at);
}

static int
compile_compound(struct compile *compile, const struct bh_json *filter, const char *type,
	const char *at)
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

	bh_buf_char(compile->out, '(');
	for (i = 0; i < n; i++) {
		if (i > 0)
			bh_buf_text(compile->out, strcmp(type, "and") == 0 ? " && " : " || ");
		snprintf(below, sizeof(below), "%.200s.filters.%zu", at, i);
		rc = compile_node(compile, bh_json_at(list, i), below);
		if (rc < 0)
			return rc;
	}
	bh_buf_char(compile->out, ')');
	return 0;
}

static int
compile_node(struct compile *compile, const struct bh_json *filter, const char *at)
{
	const struct bh_json *type_value;
	const char *type;
	int rc;

	if (bh_json_kind(filter) != BH_JSON_OBJECT)
		return bh_error_param(BH_E_TYPE, at, "'%s' must be a filter object.", at);
	if (compile->depth >= RAG_FILTER_DEPTH_MAX || ++compile->nodes > RAG_FILTER_NODES_MAX)
		return bh_error_param(BH_E_RANGE, at,
			"Filters may be nested at most %d deep and have at most %d parts.",
			RAG_FILTER_DEPTH_MAX, RAG_FILTER_NODES_MAX);

	type_value = bh_json_get(filter, "type");
	type = bh_json_string(type_value);
	if (type_value == NULL)
		return wrong(BH_E_MISSING, at, "type", "is required.");
	if (type == NULL)
		return wrong(BH_E_TYPE, at, "type", "must be a string.");

	compile->depth++;
	rc = strcmp(type, "and") == 0 || strcmp(type, "or") == 0
		? compile_compound(compile, filter, type, at)
		: compile_comparison(compile, filter, type, at);
	compile->depth--;
	return rc;
}

int
rag_filter_compile(const struct bh_json *filter, const char *at, struct bh_buf *out)
{
	struct compile compile = {.out = out};

	return compile_node(&compile, filter, at);
}
