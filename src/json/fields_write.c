/* SPDX-License-Identifier: Apache-2.0 */
/* fields_write.c: writes structs as JSON objects by tables. */
#include <string.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"
#include "json/fields.h"

/* Where the value of a row lies; the row itself for one that computes it. */
static const void *
place_of(const struct bh_field *field, const void *row)
{
	return field->object_of != NULL ? field->object_of(row) : (const char *)row + field->offset;
}

static const char *
text_of(const struct bh_field *field, const void *row)
{
	return field->text_of != NULL ? field->text_of(row)
								  : *(const char *const *)place_of(field, row);
}

static int64_t
number_of(const struct bh_field *field, const void *row)
{
	return field->number_of != NULL ? field->number_of(row)
									: *(const int64_t *)place_of(field, row);
}

/* Whether the member is a value from outside. */
static bool
is_json(const struct bh_field *field)
{
	return (field->flags & BH_PICKED) != 0 || field->type == BH_FIELD_ANY ||
		(field->type == BH_FIELD_OBJECT && field->n_fields == 0) ||
		(field->type == BH_FIELD_ARRAY && field->element == NULL);
}

static bool
is_null(const struct bh_field *field, const void *row)
{
	return *(const void *const *)place_of(field, row) == NULL;
}

static bool
is_empty(const struct bh_field *field, const void *row)
{
	if (field->set != 0 && !*((const bool *)row + field->set - 1))
		return true;
	switch (field->type) {
	case BH_FIELD_TEXT:
	case BH_FIELD_CHOICE:
	case BH_FIELD_WORDS:
	case BH_FIELD_METADATA:
	case BH_FIELD_JSON:
	case BH_FIELD_MEMBERS:
		return text_of(field, row) == NULL;
	case BH_FIELD_TIME:
	case BH_FIELD_DATE:
		return number_of(field, row) == 0;
	case BH_FIELD_ID:
		return bh_uuid_is_zero(place_of(field, row));
	case BH_FIELD_OBJECT:
	case BH_FIELD_UNION:
		if (field->object_of != NULL)
			return field->object_of(row) == NULL;
		return is_json(field) && is_null(field, row);
	case BH_FIELD_ARRAY:
		return is_json(field) && is_null(field, row);
	case BH_FIELD_ANY:
		return is_null(field, row);
	default:
		return false;
	}
}

static void
write_id(struct bh_write *write, const struct bh_field *field, const struct bh_uuid *id)
{
	char text[64];

	if (field->words != NULL)
		bh_uuid_format_id(id, field->words, text, sizeof(text));
	else
		bh_uuid_format(id, text);
	bh_write_text(write, text);
}

static void
write_words(struct bh_write *write, const char *words)
{
	bh_write_array(write);
	while (*words != '\0') {
		size_t len = strcspn(words, " ");

		if (len > 0)
			bh_write_bytes(write, words, len);
		words += len + strspn(words + len, " ");
	}
	bh_write_end(write);
}

/* The word of a number in a list. */
static void
write_word(struct bh_write *write, const char *words, int at)
{
	for (; at > 0; at--)
		words += strcspn(words, " ") + 1;
	bh_write_bytes(write, words, strcspn(words, " "));
}

static void write_value(struct bh_write *write, const struct bh_field *field, const void *row);

static void
write_array(struct bh_write *write, const struct bh_field *field, const void *row)
{
	const char *elements = *(const char *const *)place_of(field, row);
	size_t n = *(const size_t *)(const void *)((const char *)row + field->count);

	bh_write_array(write);
	for (size_t i = 0; i < n; i++)
		write_value(write, field->element, elements + i * field->bytes);
	bh_write_end(write);
}

static void
write_number(struct bh_write *write, const struct bh_field *field, int64_t number)
{
	char text[32];

	switch (field->type) {
	case BH_FIELD_MONEY:
		bh_text_from_nanos(number, text);
		bh_write_text(write, text);
		break;
	case BH_FIELD_DATE:
		bh_clock_format(number, text);
		bh_write_text(write, text);
		break;
	default:
		bh_write_int(write, field->type == BH_FIELD_TIME ? number / 1000 : number);
		break;
	}
}

static void
write_inner(struct bh_write *write, const struct bh_field *field, const void *row)
{
	if ((field->flags & BH_PICKED) != 0)
		bh_fields_pick(write, field, *(const struct bh_json *const *)place_of(field, row));
	else if (is_json(field))
		bh_write_json(write, *(const struct bh_json *const *)place_of(field, row));
	else if (field->element != NULL)
		write_array(write, field, row);
	else
		bh_fields_write(write, field->fields, field->n_fields, place_of(field, row));
}

void
bh_union_write(struct bh_write *write, const struct bh_shape *variants, size_t n, const void *row)
{
	const char *type = *(const char *const *)row;
	size_t i = 0;

	while (i < n && strcmp(variants[i].name, type) != 0)
		i++;
	BH_ASSERT(i < n);
	bh_fields_write(write, BH_OF(variants[i]), row);
}

static void
write_members(struct bh_write *write, const char *object)
{
	size_t len = strlen(object);

	if (len > 2)
		bh_write_raw(write, object + 1, len - 2);
}

static void
write_value(struct bh_write *write, const struct bh_field *field, const void *row)
{
	switch (field->type) {
	case BH_FIELD_TEXT:
	case BH_FIELD_CHOICE:
		bh_write_text(write, text_of(field, row));
		break;
	case BH_FIELD_INT:
	case BH_FIELD_TIME:
	case BH_FIELD_DATE:
	case BH_FIELD_MONEY:
		write_number(write, field, number_of(field, row));
		break;
	case BH_FIELD_DOUBLE:
		bh_write_double(write, *(const double *)place_of(field, row));
		break;
	case BH_FIELD_BOOL:
		bh_write_bool(write,
			field->number_of != NULL ? field->number_of(row) != 0
									 : *(const bool *)place_of(field, row));
		break;
	case BH_FIELD_ID:
		write_id(write, field, place_of(field, row));
		break;
	case BH_FIELD_ENUM:
		write_word(write, field->words, *(const int *)place_of(field, row));
		break;
	case BH_FIELD_CONST:
		bh_write_text(write, field->words);
		break;
	case BH_FIELD_WORDS:
		write_words(write, text_of(field, row));
		break;
	case BH_FIELD_METADATA:
	case BH_FIELD_JSON:
		bh_write_raw(write, text_of(field, row), strlen(text_of(field, row)));
		break;
	case BH_FIELD_OBJECT:
	case BH_FIELD_ARRAY:
	case BH_FIELD_ANY:
		write_inner(write, field, row);
		break;
	case BH_FIELD_UNION:
		bh_union_write(write, field->variants, field->n_variants, place_of(field, row));
		break;
	case BH_FIELD_MEMBERS:
		write_members(write, text_of(field, row));
		break;
	case BH_FIELD_IGNORED:
	case BH_FIELD_REFUSED:
		break;
	}
}

void
bh_fields_write_members(struct bh_write *write, const struct bh_field *fields, size_t n_fields,
	const void *row)
{
	for (const struct bh_field *field = fields; field < fields + n_fields; field++) {
		bool inlined = field->type == BH_FIELD_MEMBERS, empty = is_empty(field, row);

		if (field->type >= BH_FIELD_IGNORED || (field->flags & BH_WRITE_ONLY) != 0 ||
			(empty && (inlined || (field->flags & BH_OMIT) != 0)))
			continue;
		if (!inlined)
			bh_write_name(write, field->name);
		if (empty && !is_json(field))
			bh_write_null(write);
		else
			write_value(write, field, row);
	}
}

void
bh_fields_write(struct bh_write *write, const struct bh_field *fields, size_t n_fields,
	const void *row)
{
	bh_write_object(write);
	bh_fields_write_members(write, fields, n_fields, row);
	bh_write_end(write);
}
