/* SPDX-License-Identifier: Apache-2.0 */
/* fields_pick.c: writes what tables name of an object from outside, and nothing else of it. */
#include "json/fields.h"

static bool has_required(const struct bh_field *fields, size_t n_fields,
	const struct bh_json *object);

/* Whether a value is what the row says. */
static bool
fits(const struct bh_field *field, const struct bh_json *value)
{
	enum bh_json_kind kind = bh_json_kind(value);
	bool omit = (field->flags & BH_OMIT) != 0;
	int64_t number;

	switch (field->type) {
	case BH_FIELD_TEXT:
	case BH_FIELD_CHOICE:
		return kind == BH_JSON_STRING;
	case BH_FIELD_INT:
		return bh_json_int(value, &number) && number >= (int64_t)field->least;
	case BH_FIELD_BOOL:
		return kind == BH_JSON_BOOL;
	case BH_FIELD_CONST:
		return !omit || kind == BH_JSON_STRING;
	case BH_FIELD_OBJECT:
		return kind == BH_JSON_OBJECT && has_required(field->fields, field->n_fields, value);
	case BH_FIELD_ARRAY:
		return kind == BH_JSON_ARRAY && (!omit || bh_json_count(value) > 0);
	case BH_FIELD_ANY:
		return kind > BH_JSON_NULL;
	default:
		return false;
	}
}

static bool
has_required(const struct bh_field *fields, size_t n_fields, const struct bh_json *object)
{
	for (size_t i = 0; i < n_fields; i++) {
		if ((fields[i].flags & BH_REQUIRED) != 0 &&
			!fits(&fields[i], bh_json_get(object, fields[i].name)))
			return false;
	}
	return true;
}

static void
pick_elements(struct bh_write *write, const struct bh_field *element, const struct bh_json *list)
{
	bh_write_array(write);
	for (size_t i = 0; i < bh_json_count(list); i++) {
		if (fits(element, bh_json_at(list, i)))
			bh_fields_pick(write, element, bh_json_at(list, i));
	}
	bh_write_end(write);
}

void
bh_fields_pick(struct bh_write *write, const struct bh_field *field, const struct bh_json *value)
{
	bool nullable = (field->flags & BH_NULLABLE) != 0;

	if (!fits(field, value))
		value = NULL;
	if (field->type == BH_FIELD_CONST) {
		bh_write_text(write, field->words);
	} else if (value == NULL && nullable) {
		bh_write_null(write);
	} else if (field->element != NULL) {
		pick_elements(write, field->element, value);
	} else if (field->n_fields > 0) {
		bh_write_object(write);
		bh_fields_pick_members(write, field->fields, field->n_fields, value);
		bh_write_end(write);
	} else if (value == NULL && field->type == BH_FIELD_INT) {
		bh_write_int(write, 0);
	} else {
		bh_write_json(write, value);
	}
}

void
bh_fields_pick_members(struct bh_write *write, const struct bh_field *fields, size_t n_fields,
	const struct bh_json *object)
{
	for (const struct bh_field *field = fields; field < fields + n_fields; field++) {
		const struct bh_json *value;

		if ((field->flags & BH_WRITE_ONLY) != 0)
			continue;
		value = bh_json_get(object, field->name);
		if ((field->flags & BH_OMIT) != 0 && !fits(field, value))
			continue;
		bh_write_name(write, field->name);
		bh_fields_pick(write, field, value);
	}
}
