/* SPDX-License-Identifier: Apache-2.0 */
/* fields.c: prints the described objects, for the check that holds the API's description against them. */
#include "cli/fields.h"

static const char *const types[] = {
	[BH_FIELD_TEXT] = "text",
	[BH_FIELD_INT] = "int",
	[BH_FIELD_DOUBLE] = "double",
	[BH_FIELD_BOOL] = "bool",
	[BH_FIELD_ID] = "id",
	[BH_FIELD_TIME] = "time",
	[BH_FIELD_DATE] = "date",
	[BH_FIELD_MONEY] = "money",
	[BH_FIELD_CHOICE] = "choice",
	[BH_FIELD_ENUM] = "choice",
	[BH_FIELD_CONST] = "const",
	[BH_FIELD_WORDS] = "words",
	[BH_FIELD_METADATA] = "metadata",
	[BH_FIELD_JSON] = "any",
	[BH_FIELD_ANY] = "any",
	[BH_FIELD_OBJECT] = "object",
	[BH_FIELD_ARRAY] = "array",
	[BH_FIELD_UNION] = "any",
	[BH_FIELD_IGNORED] = "ignored",
	[BH_FIELD_REFUSED] = "refused",
};

static void write_fields(struct bh_write *write, const struct bh_field *fields, size_t n_fields);

static void
write_field(struct bh_write *write, const struct bh_field *field)
{
	bh_write_object(write);
	bh_write_pair_text(write, "name", field->name);
	bh_write_pair_text(write, "type", types[field->type]);
	bh_write_pair_bool(write, "required", (field->flags & BH_REQUIRED) != 0);
	bh_write_pair_bool(write, "nullable", (field->flags & (BH_NULLABLE | BH_NULL_IS_VALUE)) != 0);
	bh_write_pair_bool(write, "omitted", (field->flags & BH_OMIT) != 0);
	bh_write_pair_bool(write, "mixed", (field->flags & BH_MIXED) != 0);
	bh_write_pair_double(write, "least", field->least);
	bh_write_pair_double(write, "most", field->most);
	bh_write_pair_text(write, "words", field->words);
	bh_write_name(write, "fields");
	write_fields(write, field->fields, field->n_fields);
	bh_write_name(write, "element");
	if (field->element != NULL)
		write_field(write, field->element);
	else
		bh_write_null(write);
	bh_write_end(write);
}

/* Those of another object that stand among them, too. */
static void
write_each(struct bh_write *write, const struct bh_field *fields, size_t n_fields)
{
	for (size_t i = 0; i < n_fields; i++) {
		if (fields[i].type == BH_FIELD_MEMBERS)
			write_each(write, BH_OF(*fields[i].variants));
		else
			write_field(write, &fields[i]);
	}
}

static void
write_fields(struct bh_write *write, const struct bh_field *fields, size_t n_fields)
{
	bh_write_array(write);
	write_each(write, fields, n_fields);
	bh_write_end(write);
}

void
cli_fields_write(struct bh_write *write, const char *name, const struct bh_shape *shape)
{
	bh_write_name(write, name);
	if (shape == NULL || shape->name == NULL) {
		bh_write_null(write);
		return;
	}
	bh_write_object(write);
	bh_write_pair_text(write, "name", shape->name);
	bh_write_name(write, "fields");
	write_fields(write, shape->fields, shape->n_fields);
	bh_write_end(write);
}
