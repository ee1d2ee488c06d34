/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_json.c: any bytes through the JSON reader; what it accepts must survive writing and reading again. */
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/buf.h"
#include "json/fields.h"
#include "json/mend.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct target {
	const char *text;
	int64_t number;
	double real;
	bool flag, set;
	const struct bh_json *any;
};

static const struct bh_field fields[] = {
	{"t", BH_FIELD_TEXT, offsetof(struct target, text), BH_NULLABLE, 1, 20},
	{"i", BH_FIELD_INT, offsetof(struct target, number), BH_NULLABLE, -5, 5},
	{"r", BH_FIELD_DOUBLE, offsetof(struct target, real), 0, 0, 2},
	{"b", BH_FIELD_BOOL, offsetof(struct target, flag), .set = BH_SET(struct target, set)},
	{"a", BH_FIELD_ANY, offsetof(struct target, any), BH_REQUIRED},
};

/* What is found by name or number must be what a walk meets there. */
static void
check_found(const struct bh_json *value)
{
	const struct bh_json *member;
	const char *name;
	void *cursor = NULL;

	for (size_t i = 0; bh_json_kind(value) == BH_JSON_ARRAY && i < bh_json_count(value); i++)
		check_found(bh_json_at(value, i));
	while (bh_json_next(value, &cursor, &name, &member)) {
		if (bh_json_get(value, name) != member)
			abort();
		check_found(member);
	}
}

/* Mending twice is mending once, and leaves what was good. */
static void
check_mended(const char *text, size_t len)
{
	struct bh_json_doc doc = {0};
	struct bh_buf once = {0}, twice = {0};
	bool good = bh_json_parse(text, len, &doc) == 0;

	bh_json_close(&doc);
	bh_json_mend(text, len, &once);
	bh_json_mend(bh_buf_string(&once), once.len, &twice);
	if (once.len != twice.len || memcmp(bh_buf_string(&once), bh_buf_string(&twice), once.len) != 0)
		abort();
	if (good && (once.len != len || memcmp(bh_buf_string(&once), text, len) != 0))
		abort();
	bh_buf_close(&once);
	bh_buf_close(&twice);
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_json_doc doc = {0};
	struct bh_json_doc again = {0};
	struct bh_buf first = {0};
	struct bh_buf second = {0};
	struct target target = {0};

	check_mended((const char *)data, size);
	if (bh_json_parse((const char *)data, size, &doc) < 0)
		return 0;
	if (bh_fields_read(NULL, doc.root, BH_LIST(fields), "", &target) == 0 && target.any == NULL)
		abort();

	check_found(doc.root);
	if (doc.arena.bytes > bh_json_bytes((const char *)data, size))
		abort();
	bh_json_append(&first, doc.root);
	if (bh_json_parse(first.data, first.len, &again) < 0)
		abort();
	bh_json_append(&second, again.root);
	if (first.len != second.len || memcmp(first.data, second.data, first.len) != 0)
		abort();

	bh_buf_close(&second);
	bh_buf_close(&first);
	bh_json_close(&again);
	bh_json_close(&doc);
	return 0;
}
