/* SPDX-License-Identifier: Apache-2.0 */
/* write.c: appends JSON to a buffer, commas and braces kept right. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"

/* What stands before a value or a name: a comma, unless it is the first or follows its name. */
static void
separate(struct bh_write *write)
{
	if (write->after_name) {
		write->after_name = false;
		return;
	}
	if (write->depth == 0)
		return;
	if (write->filled[write->depth - 1])
		bh_buf_char(write->out, ',');
	write->filled[write->depth - 1] = true;
}

static void
open_container(struct bh_write *write, char opening, char closing)
{
	BH_ASSERT(write->depth < sizeof(write->close));
	separate(write);
	bh_buf_char(write->out, opening);
	write->filled[write->depth] = false;
	write->close[write->depth] = closing;
	write->depth++;
}

void
bh_write_object(struct bh_write *write)
{
	open_container(write, '{', '}');
}

void
bh_write_array(struct bh_write *write)
{
	open_container(write, '[', ']');
}

void
bh_write_end(struct bh_write *write)
{
	BH_ASSERT(write->depth > 0 && !write->after_name);
	write->depth--;
	bh_buf_char(write->out, write->close[write->depth]);
}

void
bh_write_name(struct bh_write *write, const char *name)
{
	BH_ASSERT(write->depth > 0 && write->close[write->depth - 1] == '}' && !write->after_name);
	separate(write);
	bh_text_json(write->out, name, strlen(name));
	bh_buf_char(write->out, ':');
	write->after_name = true;
}

void
bh_write_text(struct bh_write *write, const char *text)
{
	if (text == NULL)
		bh_write_null(write);
	else
		bh_write_bytes(write, text, strlen(text));
}

void
bh_write_bytes(struct bh_write *write, const char *text, size_t len)
{
	separate(write);
	bh_text_json(write->out, text, len);
}

void
bh_write_int(struct bh_write *write, int64_t value)
{
	separate(write);
	bh_buf_int(write->out, value);
}

void
bh_write_double(struct bh_write *write, double value)
{
	char text[40] = "";

	if (!isfinite(value)) {
		bh_write_null(write);
		return;
	}
	for (int digits = 15; digits <= 17; digits++) {
		double again;

		snprintf(text, sizeof(text), "%.*g", digits, value);
		again = strtod(text, NULL);
		if (again >= value && again <= value)
			break;
	}
	separate(write);
	bh_buf_text(write->out, text);
}

void
bh_write_bool(struct bh_write *write, bool value)
{
	separate(write);
	bh_buf_text(write->out, value ? "true" : "false");
}

void
bh_write_null(struct bh_write *write)
{
	separate(write);
	bh_buf_text(write->out, "null");
}

void
bh_write_json(struct bh_write *write, const struct bh_json *value)
{
	separate(write);
	bh_json_append(write->out, value);
}

void
bh_write_raw(struct bh_write *write, const char *json, size_t len)
{
	separate(write);
	bh_buf_add(write->out, json, len);
}

void
bh_write_pair_text(struct bh_write *write, const char *name, const char *text)
{
	bh_write_name(write, name);
	bh_write_text(write, text);
}

void
bh_write_pair_int(struct bh_write *write, const char *name, int64_t value)
{
	bh_write_name(write, name);
	bh_write_int(write, value);
}

void
bh_write_pair_bool(struct bh_write *write, const char *name, bool value)
{
	bh_write_name(write, name);
	bh_write_bool(write, value);
}

void
bh_write_pair_double(struct bh_write *write, const char *name, double value)
{
	bh_write_name(write, name);
	bh_write_double(write, value);
}

void
bh_write_pair_null(struct bh_write *write, const char *name)
{
	bh_write_name(write, name);
	bh_write_null(write);
}

void
bh_write_pair_json(struct bh_write *write, const char *name, const struct bh_json *value)
{
	bh_write_name(write, name);
	bh_write_json(write, value);
}
