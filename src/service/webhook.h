/* SPDX-License-Identifier: Apache-2.0 */
/* webhook.h: signed webhooks as Standard Webhooks has them. */
#ifndef BH_SERVICE_WEBHOOK_H
#define BH_SERVICE_WEBHOOK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/param.h"
#include "sec/digest.h"

struct bh_fetcher;

enum { BH_WEBHOOK_SECRET = 32 };

/* The wait before the next attempt: it grows from half a minute to twelve hours. */
int64_t bh_webhook_wait_ms(int64_t attempt);

/* "whsec_" and the secret in base64: what is shown once. */
#define BH_WEBHOOK_SHOWN 64
void bh_webhook_show(const uint8_t secret[BH_WEBHOOK_SECRET], char out[BH_WEBHOOK_SHOWN]);

/* Adds "v1,…" over id, second and body, behind a blank if there is one already. */
void bh_webhook_sign(const uint8_t secret[BH_WEBHOOK_SECRET], const char *id, int64_t timestamp_s,
	const struct bh_buf *body, struct bh_buf *out);

/* Whether an address may be one of a webhook. BH_E_INVALID for one that is not https, has a user or a fragment, or
 * cannot stand in a request (http/url.h). */
BH_MUST_CHECK int bh_webhook_url_check(struct bh_arena *arena, const char *url);

/* How a service sends. Text is borrowed. */
struct bh_webhooks {
	struct bh_secret key;       /* owned: seals the secrets of endpoints */
	const char *context;        /* what the key seals: "billing.notice_endpoint" */
	struct bh_fetcher *fetcher; /* borrowed */
	bool private_hosts;         /* all endpoints may lie on this machine and in private networks */
	const char *ca_file;        /* "": as of every request to an address that a tenant names */
	const bool *stop;           /* atomic: calls end */
};

/* Where a tenant's go. */
struct bh_webhook_endpoint {
	const char *url;
	struct bh_bytes secret, previous; /* sealed; previous.data is NULL for none */
	int64_t previous_until_ms;
};

/* Seals a secret of the tenant. */
void bh_webhook_seal(const struct bh_webhooks *webhooks, const struct bh_uuid *tenant,
	const uint8_t secret[BH_WEBHOOK_SECRET], struct bh_buf *out);

/* Sends it once: 0 when the endpoint answered with 2xx. Errors of bh_fetch; BH_E_UPSTREAM for any other
 * answer, with its status in the detail. */
BH_MUST_CHECK int bh_webhook_send(const struct bh_webhooks *webhooks, struct bh_arena *arena,
	const struct bh_uuid *tenant, const struct bh_webhook_endpoint *endpoint, const char *id,
	int64_t now_ms, const struct bh_buf *body);

#endif
