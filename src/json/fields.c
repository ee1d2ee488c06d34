/* SPDX-License-Identifier: Apache-2.0 */
/* fields.c: reads JSON objects into structs by tables; every fault names its field. */
#include "json/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"

enum { PAIRS_MAX = 16, KEY_POINTS_MAX = 64, VALUE_POINTS_MAX = 512, PARAM_BYTES = 192 };

#define NAME_MAX_SHOWN 64u
#define REAL_MOST 9e18

/* Where a value is read to; what lasts longer than the document lies in the arena. */
struct reading {
	struct bh_arena *arena;
	const struct bh_field *field;
	const struct bh_json *value;
	const char *param;
	void *place;
};

/* "at.name"; a name from outside is cut, at a code point, before it is shown. */
static void
spell(char out[PARAM_BYTES], const char *at, const char *name)
{
	int shown = (int)bh_text_cut(name, strlen(name), NAME_MAX_SHOWN);

	snprintf(out, PARAM_BYTES, "%.100s%s%.*s", at, at[0] != '\0' ? "." : "", shown, name);
}

static const char *
type_name(enum bh_field_type type)
{
	switch (type) {
	case BH_FIELD_INT:
	case BH_FIELD_TIME:
		return "an integer";
	case BH_FIELD_DOUBLE:
		return "a number";
	case BH_FIELD_BOOL:
		return "true or false";
	case BH_FIELD_OBJECT:
	case BH_FIELD_UNION:
	case BH_FIELD_METADATA:
		return "an object";
	case BH_FIELD_ARRAY:
		return "an array";
	default:
		return "a string";
	}
}

static int
refuse_type(const struct reading *r)
{
	return bh_error_param(BH_E_TYPE, r->param, "'%s' must be %s.", r->param,
		type_name(r->field->type));
}

/* What is counted; a number is it itself. */
static const char *
unit_name(enum bh_field_type type)
{
	return type == BH_FIELD_TEXT ? " characters" : type == BH_FIELD_ARRAY ? " elements" : "";
}

static int
check_bounds(const struct reading *r, double value)
{
	const struct bh_field *field = r->field;
	bool open_top = field->most < field->least;
	const char *unit = unit_name(field->type), *param = r->param;
	const char *verb = unit[0] == '\0' ? "be" : "have";

	if (field->least >= 0 && field->least <= 0 && field->most >= 0 && field->most <= 0)
		return 0;
	if (value >= field->least && (open_top || value <= field->most))
		return 0;
	if (open_top && unit[0] != '\0' && field->least <= 1)
		return bh_error_param(BH_E_RANGE, param, "'%s' must not be empty.", param);
	if (open_top)
		return bh_error_param(BH_E_RANGE, param, "'%s' must %s at least %.15g%s.", param, verb,
			field->least, unit);
	return bh_error_param(BH_E_RANGE, param, "'%s' must %s between %.15g and %.15g%s.", param, verb,
		field->least, field->most, unit);
}

/* ---- values ---- */

static int
read_number(const struct reading *r)
{
	int64_t number = 0;
	double real = 0;
	bool whole = r->field->type != BH_FIELD_DOUBLE;
	int rc;

	if (!bh_json_number(r->value, &real) || (whole && !bh_json_int(r->value, &number)))
		return refuse_type(r);
	rc = check_bounds(r, real);
	if (rc < 0)
		return rc;
	if (whole)
		*(int64_t *)r->place = r->field->type == BH_FIELD_TIME ? number * 1000 : number;
	else
		*(double *)r->place = real;
	return 0;
}

static int
read_money(const struct reading *r, const char *text)
{
	return bh_text_nanos(text, r->place) < 0
		? bh_error_param(BH_E_INVALID, r->param,
			  "'%s' must be a decimal amount as a string, such as \"25.00\".", r->param)
		: 0;
}

/* The place of a word in a list, or -1. */
static int
find_word(const char *words, const char *word)
{
	size_t len = strlen(word);

	for (int i = 0;; i++) {
		size_t here = strcspn(words, " ");

		if (here == len && memcmp(words, word, len) == 0)
			return i;
		if (words[here] == '\0')
			return -1;
		words += here + 1;
	}
}

static int
refuse_word(const struct reading *r)
{
	const char *words = r->field->words, *param = r->param;
	char list[256];
	size_t n = 0;

	if (strchr(words, ' ') == NULL)
		return bh_error_param(BH_E_INVALID, param, "'%s' must be '%s'.", param, words);
	for (; *words != '\0' && n + 3 < sizeof(list); words++) {
		if (*words == ' ')
			list[n++] = ',';
		list[n++] = *words;
	}
	list[n] = '\0';
	return bh_error_param(BH_E_INVALID, param, "'%s' must be one of %s.", param, list);
}

static int
read_choice(const struct reading *r, const char *text)
{
	int at = find_word(r->field->words, text);

	if (at < 0)
		return refuse_word(r);
	if (r->field->type == BH_FIELD_ENUM)
		*(int *)r->place = at;
	else if (r->field->type == BH_FIELD_CHOICE)
		*(const char **)r->place = text;
	return 0;
}

static int
read_text(const struct reading *r, const char *text)
{
	int rc = check_bounds(r, (double)bh_text_points(text, bh_json_string_len(r->value)));

	if (rc == 0)
		*(const char **)r->place = text;
	return rc;
}

int
bh_fields_missing(const char *at, const char *id)
{
	return bh_error_param(BH_E_NOT_FOUND, at, "Object '%.64s' not found.", id);
}

static int
read_id(const struct reading *r, const char *text)
{
	const char *prefix = r->field->words;
	struct bh_uuid id;

	if ((prefix == NULL ? bh_uuid_parse(text, &id) : bh_uuid_parse_id(text, prefix, &id)) < 0)
		return bh_fields_missing(r->param, text);
	*(struct bh_uuid *)r->place = id;
	return 0;
}

static int
read_string(const struct reading *r)
{
	const char *text = bh_json_string(r->value);

	if (text == NULL)
		return refuse_type(r);
	switch (r->field->type) {
	case BH_FIELD_ID:
		return read_id(r, text);
	case BH_FIELD_MONEY:
		return read_money(r, text);
	case BH_FIELD_TEXT:
		return read_text(r, text);
	default:
		return read_choice(r, text);
	}
}

static int
read_raw(const struct reading *r)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};

	bh_json_append(&text, r->value);
	*(const char **)r->place = bh_arena_copy(r->arena, text.data, text.len);
	return 0;
}

static int
check_pair(const struct reading *r, const char *name, const struct bh_json *value)
{
	enum bh_json_kind kind = bh_json_kind(value);
	bool mixed = (r->field->flags & BH_MIXED) != 0;
	char param[PARAM_BYTES];
	double real = 0;

	if (bh_text_points(name, strlen(name)) > KEY_POINTS_MAX || name[0] == '\0')
		return bh_error_param(BH_E_RANGE, r->param,
			"Keys of '%s' must have between 1 and %d characters.", r->param, KEY_POINTS_MAX);
	snprintf(param, sizeof(param), "%.100s.%.64s", r->param, name);
	if (kind == BH_JSON_STRING) {
		if (bh_text_points(bh_json_string(value), bh_json_string_len(value)) > VALUE_POINTS_MAX)
			return bh_error_param(BH_E_RANGE, param,
				"Values of '%s' must have at most %d characters.", r->param, VALUE_POINTS_MAX);
		return 0;
	}
	/* The database writes reals out in full: a larger one would be a whole number that nobody reads. */
	if (mixed && kind == BH_JSON_REAL && bh_json_number(value, &real) &&
		(real >= REAL_MOST || real <= -REAL_MOST))
		return bh_error_param(BH_E_RANGE, param, "Numbers in '%s' must fit into 64 bits.",
			r->param);
	if (mixed && (kind == BH_JSON_INT || kind == BH_JSON_REAL || kind == BH_JSON_BOOL))
		return 0;
	return bh_error_param(BH_E_TYPE, param, "Values of '%s' must be %s.", r->param,
		mixed ? "strings, numbers or booleans" : "strings");
}

static int
read_metadata(const struct reading *r)
{
	const struct bh_json *member;
	void *cursor = NULL;
	const char *name;

	if (bh_json_kind(r->value) != BH_JSON_OBJECT)
		return refuse_type(r);
	if (bh_json_count(r->value) > PAIRS_MAX)
		return bh_error_param(BH_E_RANGE, r->param, "'%s' must have at most %d keys.", r->param,
			PAIRS_MAX);
	while (bh_json_next(r->value, &cursor, &name, &member)) {
		int rc = check_pair(r, name, member);

		if (rc < 0)
			return rc;
	}
	return read_raw(r);
}

/* ---- containers ---- */

static int read_value(const struct reading *r);

static int
read_elements(const struct reading *r, size_t *out_count)
{
	size_t n = bh_json_count(r->value), bytes = r->field->bytes;
	char *elements = bh_arena_array(r->arena, n + 1, bytes);
	char param[PARAM_BYTES];
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < n; i++) {
		const struct reading element = {r->arena, r->field->element, bh_json_at(r->value, i), param,
			elements + i * bytes};

		snprintf(param, sizeof(param), "%.150s.%zu", r->param, i);
		rc = read_value(&element);
	}
	if (rc < 0)
		return rc;
	*(void **)r->place = elements;
	*out_count = n;
	return 0;
}

/* A value that the handler looks into itself. */
static int
read_json(const struct reading *r)
{
	enum bh_json_kind kind = bh_json_kind(r->value);
	int rc = 0;

	if (r->field->type == BH_FIELD_OBJECT && kind != BH_JSON_OBJECT)
		return refuse_type(r);
	if (r->field->type == BH_FIELD_ARRAY) {
		if (kind != BH_JSON_ARRAY)
			return refuse_type(r);
		rc = check_bounds(r, (double)bh_json_count(r->value));
	}
	if (rc == 0)
		*(const struct bh_json **)r->place = r->value;
	return rc;
}

const struct bh_shape *
bh_shape_find(const struct bh_shape *variants, size_t n, const struct bh_json *object)
{
	const char *type = bh_json_string(bh_json_get(object, "type"));

	for (size_t i = 0; type != NULL && i < n; i++) {
		if (strcmp(variants[i].name, type) == 0)
			return &variants[i];
	}
	return NULL;
}

static int
refuse_variant(const struct reading *r)
{
	bool absent = bh_json_get(r->value, "type") == NULL;
	const struct bh_field *field = r->field;
	char param[PARAM_BYTES], list[256] = "";

	spell(param, r->param, "type");
	if (absent)
		return bh_error_param(BH_E_MISSING, param, "'%s' is required.", param);
	for (size_t i = 0, at = 0; i < field->n_variants && at < sizeof(list); i++)
		at += (size_t)snprintf(list + at, sizeof(list) - at, "%s%s", i > 0 ? ", " : "",
			field->variants[i].name);
	return bh_error_param((field->flags & BH_PARTIAL) != 0 ? BH_E_UNSUPPORTED : BH_E_INVALID, param,
		"'%s' must be one of %s.", param, list);
}

static int
read_union(const struct reading *r)
{
	const struct bh_shape *shape = bh_shape_find(r->field->variants, r->field->n_variants,
		r->value);

	if (bh_json_kind(r->value) != BH_JSON_OBJECT)
		return refuse_type(r);
	return shape == NULL ? refuse_variant(r)
						 : bh_fields_read(r->arena, r->value, BH_OF(*shape), r->param, r->place);
}

static int
read_value(const struct reading *r)
{
	const struct bh_field *field = r->field;

	switch (field->type) {
	case BH_FIELD_INT:
	case BH_FIELD_TIME:
	case BH_FIELD_DOUBLE:
		return read_number(r);
	case BH_FIELD_BOOL:
		return bh_json_bool(r->value, r->place) ? 0 : refuse_type(r);
	case BH_FIELD_METADATA:
		return read_metadata(r);
	case BH_FIELD_JSON:
		return read_raw(r);
	case BH_FIELD_UNION:
		return read_union(r);
	case BH_FIELD_OBJECT:
		if (field->n_fields > 0 && (field->flags & BH_PICKED) == 0)
			return bh_fields_read(r->arena, r->value, field->fields, field->n_fields, r->param,
				r->place);
		return read_json(r);
	case BH_FIELD_ANY:
	case BH_FIELD_ARRAY:
		return read_json(r);
	default:
		return read_string(r);
	}
}

static int
read_array(const struct reading *r, void *target)
{
	const struct bh_json *list;
	const struct reading whole = {r->arena, r->field, r->value, r->param, &list};
	int rc = read_json(&whole);

	return rc < 0 ? rc : read_elements(r, (size_t *)(void *)((char *)target + r->field->count));
}

/* ---- objects ---- */

static const struct bh_field *
find(const struct bh_field *fields, size_t n_fields, const char *name)
{
	for (size_t i = 0; i < n_fields; i++) {
		if ((fields[i].flags & BH_READ_ONLY) == 0 &&
			(strcmp(fields[i].name, name) == 0 || strcmp(fields[i].name, "*") == 0))
			return &fields[i];
	}
	return NULL;
}

static int
read_member(const struct reading *r, void *target)
{
	const struct bh_field *field = r->field;
	bool null = bh_json_kind(r->value) == BH_JSON_NULL;
	int rc = 0;

	if (field == NULL)
		return bh_error_param(BH_E_UNKNOWN_FIELD, r->param, "Unknown parameter: '%s'.", r->param);
	if (field->type == BH_FIELD_IGNORED || (null && (field->flags & BH_NULLABLE) != 0))
		return 0;
	if (field->type == BH_FIELD_REFUSED)
		return null
			? 0
			: bh_error_param(BH_E_UNSUPPORTED, r->param, "Unsupported parameter: '%s'.", r->param);
	if (!null || (field->flags & BH_NULL_IS_VALUE) == 0)
		rc = field->element != NULL && (field->flags & BH_PICKED) == 0 ? read_array(r, target)
																	   : read_value(r);
	else if (field->type == BH_FIELD_METADATA)
		*(const char **)r->place = "{}";
	if (rc == 0 && field->set != 0)
		*((bool *)target + field->set - 1) = true;
	return rc;
}

static bool
is_absent(const struct bh_json *object, const struct bh_field *field)
{
	const struct bh_json *value = bh_json_get(object, field->name);

	return value == NULL ||
		(bh_json_kind(value) == BH_JSON_NULL && (field->flags & BH_NULLABLE) != 0);
}

int
bh_fields_read(struct bh_arena *arena, const struct bh_json *object, const struct bh_field *fields,
	size_t n_fields, const char *at, void *target)
{
	const struct bh_json *value;
	const char *name;
	char param[PARAM_BYTES];
	void *cursor = NULL;
	int rc;

	if (bh_json_kind(object) != BH_JSON_OBJECT)
		return at[0] == '\0' ? bh_error(BH_E_TYPE, "The body must be a JSON object.")
							 : bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);

	while (bh_json_next(object, &cursor, &name, &value)) {
		const struct bh_field *field = find(fields, n_fields, name);
		const struct reading reading = {arena, field, value, param,
			(char *)target + (field != NULL ? field->offset : 0)};

		spell(param, at, name);
		rc = read_member(&reading, target);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < n_fields; i++) {
		if ((fields[i].flags & BH_REQUIRED) == 0 || !is_absent(object, &fields[i]))
			continue;
		spell(param, at, fields[i].name);
		return bh_error_param(BH_E_MISSING, param, "'%s' is required.", param);
	}
	return 0;
}
