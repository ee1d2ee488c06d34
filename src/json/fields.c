/* fields.c: reads JSON objects into structs by tables; every fault names its field. */
#include "json/fields.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define NAME_MAX_SHOWN 64u

/* "at.name"; a name from outside is cut, at a code point, before it is shown. */
static void
spell(char out[192], const char *at, const char *name)
{
	int shown = (int)bh_text_cut(name, strlen(name), NAME_MAX_SHOWN);

	snprintf(out, 192, "%.100s%s%.*s", at, at[0] != '\0' ? "." : "", shown, name);
}

static const char *
type_name(enum bh_field_type type)
{
	switch (type) {
	case BH_FIELD_TEXT:
		return "a string";
	case BH_FIELD_INT:
		return "an integer";
	case BH_FIELD_DOUBLE:
		return "a number";
	case BH_FIELD_BOOL:
		return "true or false";
	case BH_FIELD_OBJECT:
		return "an object";
	case BH_FIELD_ARRAY:
		return "an array";
	default:
		return "a value";
	}
}

/* What is counted; a number is it itself. */
static const char *
unit_name(enum bh_field_type type)
{
	return type == BH_FIELD_TEXT ? " characters" : type == BH_FIELD_ARRAY ? " elements" : "";
}

static int
check_bounds(const struct bh_field *field, const char *param, double value)
{
	bool open_top = field->most < field->least;
	const char *unit = unit_name(field->type);
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

/* Puts the value where the table says. False when it has another type. */
static bool
store(const struct bh_field *field, const struct bh_json *value, char *place, double *out_size)
{
	enum bh_json_kind kind = bh_json_kind(value);

	switch (field->type) {
	case BH_FIELD_TEXT:
		if (kind != BH_JSON_STRING)
			return false;
		*(const char **)(void *)place = bh_json_string(value);
		*out_size = (double)bh_text_points(bh_json_string(value), bh_json_string_len(value));
		return true;
	case BH_FIELD_INT:
		return bh_json_number(value, out_size) && bh_json_int(value, (int64_t *)(void *)place);
	case BH_FIELD_DOUBLE:
		*out_size = 0;
		if (!bh_json_number(value, (double *)(void *)place))
			return false;
		*out_size = *(double *)(void *)place;
		return true;
	case BH_FIELD_BOOL:
		return bh_json_bool(value, (bool *)place);
	case BH_FIELD_OBJECT:
	case BH_FIELD_ARRAY:
		if (kind != (field->type == BH_FIELD_ARRAY ? BH_JSON_ARRAY : BH_JSON_OBJECT))
			return false;
		*out_size = (double)bh_json_count(value);
		break;
	case BH_FIELD_ANY:
	case BH_FIELD_IGNORED:
	case BH_FIELD_REFUSED:
		break;
	}
	*(const struct bh_json **)(void *)place = value;
	return true;
}

static bool
has_bounds(enum bh_field_type type)
{
	return type == BH_FIELD_TEXT || type == BH_FIELD_INT || type == BH_FIELD_DOUBLE ||
		type == BH_FIELD_ARRAY;
}

static int
read_one(const struct bh_field *field, const struct bh_json *value, const char *param, void *target)
{
	/* Bounds are checked before the target changes, so the value lands here first. */
	union {
		const char *text;
		int64_t number;
		double real;
		bool flag;
		const struct bh_json *json;
	} held = {0};
	static const size_t sizes[] = {
		[BH_FIELD_TEXT] = sizeof(const char *),
		[BH_FIELD_INT] = sizeof(int64_t),
		[BH_FIELD_DOUBLE] = sizeof(double),
		[BH_FIELD_BOOL] = sizeof(bool),
		[BH_FIELD_ANY] = sizeof(void *),
		[BH_FIELD_OBJECT] = sizeof(void *),
		[BH_FIELD_ARRAY] = sizeof(void *),
	};
	double size = 0;
	int rc;

	if (!store(field, value, (char *)&held, &size))
		return bh_error_param(BH_E_TYPE, param, "'%s' must be %s.", param, type_name(field->type));
	rc = has_bounds(field->type) ? check_bounds(field, param, size) : 0;
	if (rc < 0)
		return rc;

	memcpy((char *)target + field->offset, &held, sizes[field->type]);
	if (field->set_offset != BH_NO_SET)
		*(bool *)((char *)target + field->set_offset) = true;
	return 0;
}

static const struct bh_field *
find(const struct bh_field *fields, size_t n_fields, const char *name)
{
	for (size_t i = 0; i < n_fields; i++) {
		if (strcmp(fields[i].name, name) == 0)
			return &fields[i];
	}
	return NULL;
}

static int
read_member(const struct bh_field *field, const struct bh_json *value, const char *param,
	void *target)
{
	if (field == NULL)
		return bh_error_param(BH_E_UNKNOWN_FIELD, param, "Unknown parameter: '%s'.", param);
	if (field->type == BH_FIELD_IGNORED)
		return 0;
	if (bh_json_kind(value) == BH_JSON_NULL && (field->flags & BH_NULLABLE) != 0)
		return 0;
	if (field->type == BH_FIELD_REFUSED)
		return bh_error_param(BH_E_UNSUPPORTED, param, "'%s' is not supported here.", param);
	return read_one(field, value, param, target);
}

static bool
is_absent(const struct bh_json *object, const struct bh_field *field)
{
	const struct bh_json *value = bh_json_get(object, field->name);

	return value == NULL ||
		(bh_json_kind(value) == BH_JSON_NULL && (field->flags & BH_NULLABLE) != 0);
}

int
bh_fields_read(const struct bh_json *object, const struct bh_field *fields, size_t n_fields,
	const char *at, void *target)
{
	const struct bh_json *value;
	const char *name;
	char param[192];
	void *cursor = NULL;
	int rc;

	if (bh_json_kind(object) != BH_JSON_OBJECT)
		return at[0] == '\0' ? bh_error(BH_E_TYPE, "The body must be a JSON object.")
							 : bh_error_param(BH_E_TYPE, at, "'%s' must be an object.", at);

	while (bh_json_next(object, &cursor, &name, &value)) {
		spell(param, at, name);
		rc = read_member(find(fields, n_fields, name), value, param, target);
		if (rc < 0)
			return rc;
	}
	for (size_t i = 0; i < n_fields; i++) {
		if ((fields[i].flags & BH_REQUIRED) == 0 || !is_absent(object, &fields[i]))
			continue;
		spell(param, at, fields[i].name);
		return bh_error_param(BH_E_MISSING, param, "Missing required parameter: '%s'.", param);
	}
	return 0;
}
