/* SPDX-License-Identifier: Apache-2.0 */
/* webhook.h: signed webhooks as Standard Webhooks has them. */
#ifndef BH_BILLING_WEBHOOK_H
#define BH_BILLING_WEBHOOK_H

#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "billing/notice.h"

struct billing;

enum { BILLING_WEBHOOK_SECRET = 32 };

/* "whsec_" and the secret in base64: what is shown once. */
#define BILLING_WEBHOOK_SHOWN 64
void billing_webhook_show(const uint8_t secret[BILLING_WEBHOOK_SECRET],
	char out[BILLING_WEBHOOK_SHOWN]);

/* Adds "v1,…" over id, second and body, behind a blank if there is one already. */
void billing_webhook_sign(const uint8_t secret[BILLING_WEBHOOK_SECRET], const char *id,
	int64_t timestamp_s, const struct bh_buf *body, struct bh_buf *out);

/* Cuts an address into "https://host" and "/path?query". BH_E_INVALID for one that is not https, has a user
 * or a fragment, or cannot stand in a request. */
BH_MUST_CHECK int billing_webhook_url(struct bh_arena *arena, const char *url,
	const char **out_origin, const char **out_path);

/* Seals a secret of the tenant. */
void billing_webhook_seal(const struct billing *billing, const struct bh_uuid *tenant,
	const uint8_t secret[BILLING_WEBHOOK_SECRET], struct bh_buf *out);

/* Sends it once: 0 when the endpoint answered with 2xx. Errors of bh_http_call; BH_E_UPSTREAM for any other
 * answer, with its status in the detail. */
BH_MUST_CHECK int billing_webhook_send(const struct billing *billing, struct bh_arena *arena,
	const struct bh_uuid *tenant, const struct billing_endpoint *endpoint, const char *id,
	int64_t now_ms, const struct bh_buf *body);

#endif
