/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_text.c: ids, numbers, amounts and UTF-8: what is read is what would be written. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "base/uuid.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check(bool holds)
{
	if (!holds)
		abort();
}

static void
read_numbers(const char *text)
{
	int64_t value, again;
	char written[32];

	if (bh_text_int(text, INT64_MIN, INT64_MAX, &value) == 0) {
		snprintf(written, sizeof(written), "%lld", (long long)value);
		check(bh_text_int(written, value, value, &again) == 0 && again == value);
	}
	if (bh_text_nanos(text, &value) == 0) {
		bh_text_from_nanos(value, written);
		check(bh_text_nanos(written, &again) == 0 && again == value);
	}
}

static void
read_ids(const char *text)
{
	struct bh_uuid id, again;
	char written[64];

	if (bh_uuid_parse(text, &id) == 0) {
		bh_uuid_format(&id, written);
		check(bh_uuid_parse(written, &again) == 0 && bh_uuid_equal(&id, &again));
	}
	if (bh_uuid_parse_id(text, "vs_", &id) == 0) {
		bh_uuid_format_id(&id, "vs_", written, sizeof(written));
		check(strcmp(written, text) == 0);
	}
}

static void
walk_points(const char *text, size_t len)
{
	size_t points = bh_text_points(text, len);

	check(points <= len && bh_text_offset(text, len, points) == len);
	for (size_t most = 0; most <= len && most < 64; most++) {
		size_t cut = bh_text_cut(text, len, most);

		check(cut <= most && bh_text_is_utf8(text, cut));
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_buf json = {0};
	char *text = malloc(size + 1);

	check(text != NULL);
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	read_numbers(text);
	read_ids(text);
	if (bh_text_is_utf8(text, size))
		walk_points(text, size);
	bh_text_json(&json, text, size);
	check(bh_text_is_utf8(json.data, json.len));
	bh_buf_close(&json);
	free(text);
	return 0;
}
