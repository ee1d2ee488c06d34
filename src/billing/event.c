/* SPDX-License-Identifier: Apache-2.0 */
/* event.c: bounds of ids, and amounts with a sign. */
#include "billing/event.h"

#include <string.h>

#include "base/error.h"
#include "base/text.h"

#define DAY_MS INT64_C(86400000)
#define LATE_DAYS 63

/* The least id of version 7 of a moment. */
static struct bh_uuid
id_at(int64_t ms)
{
	struct bh_uuid id = {0};

	if (ms < 0)
		ms = 0;
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)ms >> (40 - 8 * i));
	return id;
}

struct bh_uuid
billing_event_first(int64_t from_ms)
{
	return id_at(from_ms - LATE_DAYS * DAY_MS);
}

struct bh_uuid
billing_event_past(int64_t to_ms)
{
	return id_at(to_ms + DAY_MS);
}

int
billing_amount_read(const char *text, int64_t *out)
{
	bool negative = text[0] == '-';
	int64_t nanos;
	int rc = bh_text_nanos(text + (negative ? 1 : 0), &nanos);

	if (rc == 0)
		*out = negative ? -nanos : nanos;
	return rc;
}
