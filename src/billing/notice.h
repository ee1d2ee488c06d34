/* SPDX-License-Identifier: Apache-2.0 */
/* notice.h: crossings of thresholds on their way to people: what is written, and what becomes of it. */
#ifndef BH_BILLING_NOTICE_H
#define BH_BILLING_NOTICE_H

#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct bh_job;

#define BILLING_JOB_NOTICE "notice"

/* How long it is tried. */
#define BILLING_NOTICE_MS INT64_C(259200000)

struct billing_notice {
	struct bh_uuid id, owner;
	const char *owner_kind, *span;
	int64_t percent, limit, spent; /* nano-units */
	int64_t crossed_ms;
	const char *webhook, *webhook_error; /* pending, sent, dead, off */
	int64_t webhook_ms;
	const char *mail, *mail_error;
	int64_t mail_ms;
	int64_t attempts;
};

/* Where a tenant's notices go. Zeroed: nowhere. */
struct billing_endpoint {
	const char *url;                  /* NULL: none */
	struct bh_bytes secret, previous; /* sealed */
	int64_t previous_until_ms;
	const char *emails; /* divided by blanks */
	int64_t changed_ms;
};

/* The webhook's body, and what people read. */
void billing_notice_json(const struct billing_notice *notice, const struct bh_uuid *tenant,
	const char *currency, struct bh_buf *out);
void billing_notice_subject(const struct billing_notice *notice, struct bh_buf *out);
void billing_notice_text(const struct billing_notice *notice, const char *currency,
	struct bh_buf *out);

/* Sends one; as a job's function. */
int billing_notice_run(struct bh_job *job);

#endif
