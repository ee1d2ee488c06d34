/* SPDX-License-Identifier: Apache-2.0 */
/* csv.c: writes rows as comma-separated values. */
#include "json/csv.h"

#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "base/uuid.h"

void
bh_csv_text(struct bh_buf *out, const char *text)
{
	bool quoted = strpbrk(text, ",\"\r\n") != NULL;

	if (quoted)
		bh_buf_char(out, '"');
	if (text[0] != '\0' && strchr("=+-@\t\r", text[0]) != NULL)
		bh_buf_char(out, '\'');
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '"')
			bh_buf_char(out, '"');
		bh_buf_char(out, *at);
	}
	if (quoted)
		bh_buf_char(out, '"');
}

void
bh_csv_head(struct bh_buf *out, const struct bh_field *fields, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		bh_buf_text(out, i > 0 ? "," : "");
		bh_buf_text(out, fields[i].name);
	}
	bh_buf_text(out, "\r\n");
}

/* A number that we made needs no apostrophe: it is no formula. */
static void
write_cell(struct bh_buf *out, const struct bh_field *field, const void *row)
{
	const void *at = (const char *)row + field->offset;
	char text[64];

	switch (field->type) {
	case BH_FIELD_ID:
		bh_uuid_format(at, text);
		bh_buf_text(out, bh_uuid_is_zero(at) ? "" : text);
		break;
	case BH_FIELD_TEXT:
	case BH_FIELD_JSON:
		if (*(const char *const *)at != NULL)
			bh_csv_text(out, *(const char *const *)at);
		break;
	case BH_FIELD_BOOL:
		bh_buf_text(out, *(const bool *)at ? "true" : "false");
		break;
	case BH_FIELD_DATE:
		bh_clock_format(*(const int64_t *)at, text);
		bh_buf_text(out, text);
		break;
	case BH_FIELD_TIME:
		bh_buf_int(out, *(const int64_t *)at / 1000);
		break;
	case BH_FIELD_MONEY:
		bh_text_from_nanos(*(const int64_t *)at, text);
		bh_buf_text(out, text);
		break;
	case BH_FIELD_INT:
		bh_buf_int(out, *(const int64_t *)at);
		break;
	default:
		break;
	}
}

void
bh_csv_row(struct bh_buf *out, const struct bh_field *fields, size_t n, const void *row)
{
	for (size_t i = 0; i < n; i++) {
		bh_buf_text(out, i > 0 ? "," : "");
		write_cell(out, &fields[i], row);
	}
	bh_buf_text(out, "\r\n");
}
