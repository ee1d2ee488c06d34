/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_client.c: a call to Stripe's API and what its answer means. */
#include "billing/stripe_client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/client.h"
#include "sec/digest.h"

enum {
	ANSWER_MAX = 4 * 1024 * 1024,
	FIRST_BYTE_MS = 30000,
	IDLE_MS = 30000,
	CONNECT_MS = 5000,
	DOWN_MS = 10000
};

struct stripe_client {
	struct bh_http_client *http; /* owned */
	char *authorization;         /* owned; a secret */
	const bool *cancel;          /* borrowed */
	int64_t *down_until_ms;      /* borrowed; may be NULL */
};

int
stripe_client_open(const struct stripe_client_conf *conf, struct stripe_client **out)
{
	const struct bh_http_client_conf http = {.url = conf->url,
		.idle_max = 2,
		.connect_ms = CONNECT_MS};
	struct stripe_client *client = calloc(1, sizeof(*client));
	int rc;

	if (client == NULL)
		return BH_E_MEMORY;
	client->cancel = conf->cancel;
	client->down_until_ms = conf->down_until_ms;
	if (asprintf(&client->authorization, "Bearer %s", conf->key) < 0) {
		client->authorization = NULL;
		stripe_client_close(client);
		return BH_E_MEMORY;
	}
	if (conf->http != NULL)
		client->http = bh_http_client_hold(conf->http);
	rc = conf->http != NULL ? 0 : bh_http_client_open(&http, &client->http);
	if (rc < 0) {
		stripe_client_close(client);
		return rc;
	}
	*out = client;
	return 0;
}

void
stripe_client_close(struct stripe_client *client)
{
	if (client == NULL)
		return;
	bh_http_client_close(client->http);
	if (client->authorization != NULL)
		bh_wipe(client->authorization, strlen(client->authorization));
	free(client->authorization);
	free(client);
}

static void
keep(char *out, size_t size, const struct bh_json *object, const char *name)
{
	const char *text = bh_json_get_string(object, name);

	snprintf(out, size, "%s", text != NULL ? text : "");
}

static void
refusal_read(const struct bh_http_reply *reply, const struct bh_json *root,
	struct stripe_refusal *refusal)
{
	const struct bh_json *error = bh_json_get(root, "error");
	const char *id = bh_http_reply_header(reply, "request-id");

	refusal->status = reply->status;
	keep(refusal->type, sizeof(refusal->type), error, "type");
	keep(refusal->code, sizeof(refusal->code), error, "code");
	keep(refusal->decline_code, sizeof(refusal->decline_code), error, "decline_code");
	keep(refusal->param, sizeof(refusal->param), error, "param");
	keep(refusal->message, sizeof(refusal->message), error, "message");
	snprintf(refusal->request_id, sizeof(refusal->request_id), "%s", id != NULL ? id : "");
}

/* What a refusal means for whoever called. */
static int
refusal_error(const struct stripe_refusal *refusal)
{
	int status = refusal->status;

	if (strcmp(refusal->type, "idempotency_error") == 0 && status == 400)
		return BH_E_KEY_REUSED;
	if (status == 409 || status == 429 || status >= 500)
		return BH_E_UNAVAILABLE;
	if (status == 401)
		return BH_E_FORBIDDEN;
	if (status == 402)
		return BH_E_STATE;
	if (status == 404)
		return BH_E_NOT_FOUND;
	return status >= 400 && status < 500 ? BH_E_INVALID : BH_E_PROTOCOL;
}

static int
read_answer(struct bh_http_reply *reply, struct bh_json_doc *out, struct stripe_refusal *refusal)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = bh_http_reply_body(reply, ANSWER_MAX, &text);

	if (rc == 0)
		rc = bh_json_parse(text.data, text.len, &doc);
	if (reply->status >= 200 && reply->status < 300) {
		if (rc < 0)
			return rc == BH_E_JSON ? bh_error(BH_E_PROTOCOL, "Stripe's answer is not JSON") : rc;
		*out = doc;
		doc = (struct bh_json_doc){0};
		return 0;
	}
	/* A proxy's page between us says what it has to say by its status. */
	refusal_read(reply, rc == 0 ? doc.root : NULL, refusal);
	rc = refusal_error(refusal);
	return bh_error(rc, "Stripe: %d %s %s %s (request %s)", refusal->status, refusal->type,
		refusal->code, refusal->message, refusal->request_id);
}

int
stripe_call(struct stripe_client *client, const struct stripe_call *call, struct bh_json_doc *out,
	struct stripe_refusal *refusal)
{
	struct stripe_refusal unused;
	struct bh_http_header headers[4] = {
		{"authorization", client->authorization},
		{"stripe-version", STRIPE_VERSION},
	};
	struct bh_http_call http = {
		.method = call->method,
		.path = call->path,
		.headers = headers,
		.n_headers = 2,
		.first_byte_ms = FIRST_BYTE_MS,
		.idle_ms = IDLE_MS,
		.cancel = client->cancel,
	};
	struct bh_http_reply reply = {0};
	int rc;

	if (refusal == NULL)
		refusal = &unused;
	*refusal = (struct stripe_refusal){0};
	if (call->form != NULL) {
		headers[http.n_headers++] = (struct bh_http_header){"content-type",
			"application/x-www-form-urlencoded"};
		http.body = call->form->text.data;
		http.body_len = call->form->text.len;
	}
	if (call->idempotency_key != NULL)
		headers[http.n_headers++] = (struct bh_http_header){"idempotency-key",
			call->idempotency_key};
	/* What bears a key, or only reads, may be sent twice. */
	http.repeatable = call->idempotency_key != NULL || strcmp(call->method, "GET") == 0;

	rc = bh_http_call(client->http, &http, &reply);
	if (rc == 0)
		rc = read_answer(&reply, out, refusal);
	bh_http_reply_close(&reply);
	if (rc == BH_E_CONNECT || rc == BH_E_UPSTREAM_TIMEOUT ||
		(rc == BH_E_PROTOCOL && refusal->status == 0)) {
		/* One caller has waited for all: a Stripe that hangs does not take every thread. */
		if (client->down_until_ms != NULL)
			__atomic_store_n(client->down_until_ms, bh_clock_steady_ms() + DOWN_MS,
				__ATOMIC_RELAXED);
		return bh_error(BH_E_UNAVAILABLE, "Stripe cannot be reached: %s", bh_error_detail(rc));
	}
	return rc;
}
