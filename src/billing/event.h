/* SPDX-License-Identifier: Apache-2.0 */
/* event.h: usage events: which of them are asked for, and what a correction adds to one. */
#ifndef BH_BILLING_EVENT_H
#define BH_BILLING_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

/* Zero and NULL: not filtered. */
struct billing_event_filter {
	const char *request_id, *kind, *model;
	struct bh_uuid key, user, team;
	int64_t from_ms, to_ms; /* of the settlement; 0: open */
};

struct billing_event {
	struct bh_uuid id, corrects;
	const char *request_id;
	int64_t started_ms, settled_ms, duration_ms;
	const char *kind, *model, *subject, *actor;
	struct bh_uuid user, key, team;
	const char *status, *source;
	bool streamed, batch;
	int64_t input_tokens, cached_tokens, cache_write_tokens, output_tokens, units;
	int64_t cost, covered;
	bool price_known;
};

/* The least id that an act may have which was settled at or after that moment: acts are settled within two
 * months of their beginning, which their ids hold. */
struct bh_uuid billing_event_first(int64_t from_ms);
/* One that is above those of all acts that were settled before it. */
struct bh_uuid billing_event_past(int64_t to_ms);

enum { BILLING_FIGURES = 6 };

struct billing_correction {
	struct bh_uuid id;                /* of who corrects: the same one corrects once */
	int64_t figures[BILLING_FIGURES]; /* input, cached, cache write, output, units, nano-units */
	const char *reason;
};

/* Reads a decimal amount that may be negative ("-0.15"). BH_E_INVALID, BH_E_RANGE. */
BH_MUST_CHECK int billing_amount_read(const char *text, int64_t *out);

#endif
