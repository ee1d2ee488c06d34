/* SPDX-License-Identifier: Apache-2.0 */
/* params.c: holds what was sent against the table of a call. */
#include "stripemock/params.h"

#include <string.h>

#include "base/arena.h"
#include "base/text.h"

enum { TEXT_MOST = 5000, MAP_MOST = 50, MAP_NAME_MOST = 40, MAP_TEXT_MOST = 500, DECIMALS = 12 };

/* So that no sum or product of a few overflows. */
#define INT_MOST 1000000000000LL

/* What every call may have. */
static const struct stripemock_param common[] = {
	{"expand[]", STRIPEMOCK_TEXT},
	{0},
};

struct check {
	const struct stripemock_param *table;
	struct stripemock_problem *problem;
	struct bh_arena *arena;
};

bool
stripemock_params_decimal(const char *text, __int128 *out)
{
	bool negative = text[0] == '-';
	__int128 value = 0;
	size_t whole, decimals = 0;

	text += negative;
	whole = strspn(text, "0123456789");
	if (whole == 0 || whole > DECIMALS)
		return false;
	if (text[whole] == '.')
		decimals = strspn(text + whole + 1, "0123456789");
	if (decimals > DECIMALS || (text[whole] == '.' && decimals == 0) ||
		text[whole + decimals + (decimals > 0)] != '\0')
		return false;
	for (const char *c = text; *c != '\0'; c++) {
		if (*c != '.')
			value = value * 10 + (*c - '0');
	}
	for (; decimals < DECIMALS; decimals++)
		value *= 10;
	*out = negative ? -value : value;
	return true;
}

static bool
refuse(struct check *check, const char *code, const char *param, const char *format,
	const char *word)
{
	*check->problem = (struct stripemock_problem){
		.status = 400,
		.code = code,
		.param = param,
		.message = bh_arena_printf(check->arena, "%s: %s", format, word),
	};
	return false;
}

static const struct stripemock_param *
find(const struct check *check, const char *path)
{
	for (const struct stripemock_param *at = check->table; at->path != NULL; at++) {
		if (strcmp(at->path, path) == 0)
			return at;
	}
	for (const struct stripemock_param *at = common; at->path != NULL; at++) {
		if (strcmp(at->path, path) == 0)
			return at;
	}
	return NULL;
}

/* Whether rows lie below a path: '.' members, '[' elements, 0 neither. */
static char
below(const struct check *check, const char *path)
{
	size_t len = strlen(path);

	for (const struct stripemock_param *at = check->table; at->path != NULL; at++) {
		if (strncmp(at->path, path, len) == 0 && (at->path[len] == '.' || at->path[len] == '['))
			return at->path[len];
	}
	return strcmp(path, "expand") == 0 ? '[' : '\0';
}

static bool
take_int(struct check *check, struct stripemock_value *value, const char *said)
{
	int64_t number;

	if (value->kind == BH_JSON_INT && value->number >= -INT_MOST && value->number <= INT_MOST)
		return true;
	if (value->kind != BH_JSON_STRING || bh_text_int(value->text, -INT_MOST, INT_MOST, &number) < 0)
		return refuse(check, "parameter_invalid_integer", said, "Invalid integer",
			value->kind == BH_JSON_STRING ? value->text : said);
	value->kind = BH_JSON_INT;
	value->number = number;
	return true;
}

static bool
take_bool(struct check *check, struct stripemock_value *value, const char *said)
{
	const char *text = value->kind == BH_JSON_STRING ? value->text : "";

	if (value->kind == BH_JSON_BOOL)
		return true;
	if (strcmp(text, "true") != 0 && strcmp(text, "false") != 0)
		return refuse(check, "parameter_invalid_boolean", said, "Invalid boolean", text);
	value->kind = BH_JSON_BOOL;
	value->truth = text[0] == 't';
	return true;
}

static bool
take_text(struct check *check, struct stripemock_value *value, const char *said, size_t most)
{
	if (value->kind == BH_JSON_INT) {
		value->text = bh_arena_printf(check->arena, "%lld", (long long)value->number);
		value->kind = BH_JSON_STRING;
	}
	if (value->kind != BH_JSON_STRING)
		return refuse(check, "parameter_invalid_string", said, "Invalid string", said);
	if (strlen(value->text) > most)
		return refuse(check, "parameter_invalid_string_length", said, "Invalid string, too long",
			said);
	return true;
}

static bool
take_map(struct check *check, struct stripemock_value *value, const char *said)
{
	if (value->kind == BH_JSON_NULL)
		return true;
	if (value->kind != BH_JSON_OBJECT)
		return refuse(check, "parameter_invalid_object", said, "Invalid object", said);
	if (value->count > MAP_MOST)
		return refuse(check, "parameter_invalid_object", said, "Too many keys, at most 50", said);
	for (EACH(at, value)) {
		const char *name = bh_arena_printf(check->arena, "%s[%s]", said, at->name);

		if (strlen(at->name) > MAP_NAME_MOST)
			return refuse(check, "parameter_invalid_string_length", name, "Key too long", said);
		if (at->kind != BH_JSON_NULL && !take_text(check, at, name, MAP_TEXT_MOST))
			return false;
	}
	return true;
}

static bool
take_leaf(struct check *check, const struct stripemock_param *row, struct stripemock_value *value,
	const char *said)
{
	bool is_empty = value->kind == BH_JSON_STRING && value->text[0] == '\0';
	__int128 units;

	if (is_empty && (row->flags & STRIPEMOCK_EMPTY) != 0)
		value->kind = BH_JSON_NULL;
	else if (is_empty)
		return refuse(check, "parameter_invalid_empty", said,
			"You passed an empty string, which is not allowed, for this parameter", said);
	if (value->kind == BH_JSON_NULL)
		return true;
	switch (row->type) {
	case STRIPEMOCK_INT:
		return take_int(check, value, said);
	case STRIPEMOCK_BOOL:
		return take_bool(check, value, said);
	case STRIPEMOCK_MAP:
		return take_map(check, value, said);
	case STRIPEMOCK_ANY:
		return true;
	case STRIPEMOCK_MOMENT:
		if (value->kind == BH_JSON_STRING && bh_text_has_word(row->words, value->text))
			return true;
		return take_int(check, value, said);
	case STRIPEMOCK_TEXT:
		return take_text(check, value, said, TEXT_MOST);
	case STRIPEMOCK_DECIMAL:
		if (!take_text(check, value, said, TEXT_MOST))
			return false;
		return stripemock_params_decimal(value->text, &units)
			? true
			: refuse(check, "parameter_invalid_decimal", said, "Invalid decimal", value->text);
	case STRIPEMOCK_CHOICE:
		if (value->kind == BH_JSON_STRING && strchr(value->text, ' ') == NULL &&
			bh_text_has_word(row->words, value->text))
			return true;
		return refuse(check, "parameter_invalid_enum", said, "Invalid value, must be one of",
			row->words);
	}
	return false;
}

static bool check_members(struct check *check, struct stripemock_value *value, const char *path,
	const char *said);

/* A list came as an object whose names are numbers, or from JSON as it is. */
static bool
make_list(struct check *check, struct stripemock_value *value, const char *said)
{
	for (EACH(at, value)) {
		if (value->kind == BH_JSON_OBJECT && at->name[strspn(at->name, "0123456789")] != '\0')
			return refuse(check, "parameter_invalid_array", said, "Invalid array", said);
	}
	value->kind = BH_JSON_ARRAY;
	return true;
}

static bool
check_value(struct check *check, struct stripemock_value *value, const char *path, const char *said)
{
	const struct stripemock_param *row = find(check, path);
	char inside = row == NULL ? below(check, path) : '\0';

	if (row != NULL)
		return take_leaf(check, row, value, said);
	if (inside == '\0')
		return refuse(check, "parameter_unknown", said, "Received unknown parameter", said);
	/* "" takes a whole object or list away. */
	if (value->kind == BH_JSON_STRING && value->text[0] == '\0')
		value->kind = BH_JSON_NULL;
	if (value->kind == BH_JSON_NULL)
		return true;
	if (value->kind != BH_JSON_OBJECT && value->kind != BH_JSON_ARRAY)
		return refuse(check, inside == '[' ? "parameter_invalid_array" : "parameter_invalid_object",
			said, inside == '[' ? "Invalid array" : "Invalid object", said);
	if (inside == '[' && !make_list(check, value, said))
		return false;
	return check_members(check, value, path, said);
}

static bool
check_members(struct check *check, struct stripemock_value *value, const char *path,
	const char *said)
{
	size_t index = 0;

	for (EACH(at, value)) {
		const char *inner, *name;

		if (value->kind == BH_JSON_ARRAY) {
			inner = bh_arena_printf(check->arena, "%s[]", path);
			name = bh_arena_printf(check->arena, "%s[%zu]", said, index++);
		} else if (path[0] == '\0') {
			inner = name = at->name;
		} else {
			inner = bh_arena_printf(check->arena, "%s.%s", path, at->name);
			name = bh_arena_printf(check->arena, "%s[%s]", said, at->name);
		}
		/* A name is one step of a path. */
		if (value->kind == BH_JSON_OBJECT && strpbrk(at->name, ".[]") != NULL)
			return refuse(check, "parameter_unknown", name, "Received unknown parameter", name);
		if (!check_value(check, at, inner, name))
			return false;
	}
	return true;
}

bool
stripemock_params_check(const struct stripemock_param *table, struct stripemock_value *params,
	struct stripemock_problem *problem)
{
	struct check check = {table, problem, params->arena};

	if (!check_members(&check, params, "", ""))
		return false;
	for (const struct stripemock_param *at = table; at->path != NULL; at++) {
		if ((at->flags & STRIPEMOCK_REQUIRED) != 0 && strchr(at->path, '[') == NULL &&
			!has_at(params, at->path))
			return refuse(&check, "parameter_missing", at->path, "Missing required param",
				at->path);
	}
	return true;
}
