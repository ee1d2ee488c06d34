/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_client.h: one call to Stripe's API, form out and JSON in, with the API version pinned. The same
 * against Stripe itself and against the mock; only the URL and the key differ.
 * Source: Stripe's API reference, "Authentication", "Errors", "Idempotent requests", "Versioning". */
#ifndef BH_BILLING_STRIPE_CLIENT_H
#define BH_BILLING_STRIPE_CLIENT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"

#define STRIPE_VERSION "2026-06-24.dahlia"

struct stripe_client;

struct bh_http_client;

struct stripe_client_conf {
	const char *url;             /* "https://api.stripe.com"; copied; NULL with `http` */
	struct bh_http_client *http; /* the mock's socket: held */
	const char *key;             /* secret key; copied, wiped by close */
	const bool *cancel;          /* as in http/client.h; borrowed */
	int64_t
		*down_until_ms; /* borrowed, may be NULL: set when Stripe is not reached; steady, atomic */
};

BH_MUST_CHECK int stripe_client_open(const struct stripe_client_conf *conf,
	struct stripe_client **out);
/* Safe on NULL. */
void stripe_client_close(struct stripe_client *client);

/* Parameters in Stripe's form: names are paths ("items[0][price]"). Zeroed means none. */
struct stripe_form {
	struct bh_buf text; /* application/x-www-form-urlencoded */
};
void stripe_form_text(struct stripe_form *form, const char *name, const char *value);
void stripe_form_int(struct stripe_form *form, const char *name, int64_t value);
void stripe_form_bool(struct stripe_form *form, const char *name, bool value);
/* Safe on a zeroed one, and twice. */
void stripe_form_close(struct stripe_form *form);

/* What a refusal was, for whoever shows it: Stripe's own words, cut to size. */
struct stripe_refusal {
	int status;            /* of HTTP; 0: there was no answer */
	char type[64];         /* "card_error", "idempotency_error", … */
	char code[64];         /* "card_declined", … */
	char decline_code[64]; /* "insufficient_funds", … */
	char param[128];
	char message[512];
	char request_id[64];
};

struct stripe_call {
	const char *method;             /* GET, POST, DELETE */
	const char *path;               /* "/v1/customers/cus_…", query included */
	const struct stripe_form *form; /* of POST; NULL: none */
	/* At most 255 characters, made of our own ids, so that a crash between the call and our commit repeats
	 * the same one; NULL: none (GET, DELETE). */
	const char *idempotency_key;
};

/* The answer of a 2xx. Otherwise *refusal (may be NULL) is filled in, and the error tells what may be done:
 *   BH_E_UNAVAILABLE  again later, with the same key: not reached, timed out, 409, 429 or 5xx
 *   BH_E_NOT_FOUND    404
 *   BH_E_FORBIDDEN    401: the key is not good (any more)
 *   BH_E_STATE        402: declined
 *   BH_E_KEY_REUSED   the key was used for other parameters: a defect of ours
 *   BH_E_INVALID      any other 4xx
 *   BH_E_PROTOCOL     an answer that is not Stripe's
 *   BH_E_CANCELLED */
BH_MUST_CHECK int stripe_call(struct stripe_client *client, const struct stripe_call *call,
	struct bh_json_doc *out, struct stripe_refusal *refusal);

#endif
