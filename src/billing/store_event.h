/* SPDX-License-Identifier: Apache-2.0 */
/* store_event.h: usage events and their corrections. */
#ifndef BH_BILLING_STORE_EVENT_H
#define BH_BILLING_STORE_EVENT_H

#include "billing/event.h"
#include "db/db.h"
#include "service/list.h"

/* Those of a slice of ids, in its order. */
BH_MUST_CHECK int billing_store_event_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_event_filter *filter, const struct bh_slice *slice,
	struct billing_event **out, size_t *out_n);

BH_MUST_CHECK int billing_store_event_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_event *out);

/* What became of a correction: "ok", "again", "other", "missing", "below"; see the function. */
struct billing_corrected {
	const char *done;
	struct bh_uuid event; /* the further event; zero for none */
};

BH_MUST_CHECK int billing_store_event_correct(struct bh_db *db, const struct bh_uuid *tenant,
	const struct billing_event *act, const struct bh_uuid *event,
	const struct billing_correction *correction, const char *by, struct billing_corrected *out);

#endif
