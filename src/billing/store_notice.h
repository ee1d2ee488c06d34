/* SPDX-License-Identifier: Apache-2.0 */
/* store_notice.h: notices, and where they are sent. */
#ifndef BH_BILLING_STORE_NOTICE_H
#define BH_BILLING_STORE_NOTICE_H

#include "billing/notice.h"
#include "db/db.h"
#include "service/list.h"

BH_MUST_CHECK int billing_store_notice_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_notice *out);
/* In a slice of ids, the last one first. */
BH_MUST_CHECK int billing_store_notice_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_slice *slice, struct billing_notice **out, size_t *out_n);
/* Counts an attempt. */
BH_MUST_CHECK int billing_store_notice_tried(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);
/* What became of it; error NULL: it was taken now. */
BH_MUST_CHECK int billing_store_notice_webhook(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *state, const char *error);
BH_MUST_CHECK int billing_store_notice_mail(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *state, const char *error);

/* Zeroed where none was set. */
BH_MUST_CHECK int billing_store_endpoint_get(struct bh_db *db, const struct bh_uuid *tenant,
	struct billing_endpoint *out);
/* Sets the address (NULL: none) with a secret for one that had none, which `sealed` is; and the addresses of
 * mail. *out_used: whether the secret was taken. */
BH_MUST_CHECK int billing_store_endpoint_set(struct bh_db *db, const struct bh_uuid *tenant,
	const char *url, const struct bh_buf *sealed, const char *emails, bool *out_used);
/* Another secret; the one before signs too until then. BH_E_NOT_FOUND without an address. */
BH_MUST_CHECK int billing_store_endpoint_rotate(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_buf *sealed, int64_t previous_until_ms);

#endif
