/* SPDX-License-Identifier: Apache-2.0 */
/* send.c: the worker that sends events to webhook endpoints: signed, with a few tries, and with faults on request. */
#include <string.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "service/runtime.h"
#include "stripemock/hook.h"
#include "stripemock/store.h"

enum { BATCH = 32, TRIES = 3, URL_MOST = 1024, ANSWER_MOST = 65536 };

struct sender {
	struct bh_runtime *runtime;
	struct stripemock *mock;
	struct bh_db db;
};

/* Cuts an address into what is connected to and the path there. A socket's path ends at the next colon:
 * "unix:/run/billing/http.sock:/hooks". */
static void
cut(const char *url, char out_peer[URL_MOST], const char **out_path)
{
	const char *path;

	if (strncmp(url, "unix:", 5) == 0) {
		path = strchr(url + 5, ':');
		snprintf(out_peer, URL_MOST, "%.*s",
			(int)(path != NULL ? (size_t)(path - url) : strlen(url)), url);
		*out_path = path != NULL ? path + 1 : "/";
		return;
	}
	path = strstr(url, "://");
	path = path != NULL ? strchr(path + 3, '/') : NULL;
	snprintf(out_peer, URL_MOST, "%.*s", (int)(path != NULL ? (size_t)(path - url) : strlen(url)),
		url);
	*out_path = path != NULL ? path : "/";
}

static void
sign(struct sender *sender, const struct stripemock_value *endpoint, const char *body,
	struct bh_buf *out)
{
	char secret[STRIPEMOCK_KEY], old[STRIPEMOCK_KEY];
	int64_t now_s = bh_clock_wall_ms() / 1000, turn = int_at(endpoint, "_turn");
	bool overlaps = turn > 0 && int_at(endpoint, "_old_until") > now_s;

	stripemock_hook_secret(sender->mock, endpoint, turn, secret);
	if (overlaps)
		stripemock_hook_secret(sender->mock, endpoint, turn - 1, old);
	stripemock_hook_sign(out, now_s, secret, overlaps ? old : NULL, body, strlen(body));
	bh_wipe(secret, sizeof(secret));
	bh_wipe(old, sizeof(old));
}

/* The HTTP status, or 0 where there was no answer. */
static int
post(struct sender *sender, const struct stripemock_value *endpoint, const char *body)
{
	BH_AUTO(bh_buf_close) struct bh_buf signature = {0}, answer = {0};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	char peer[URL_MOST];
	struct bh_http_client *client = NULL;
	struct bh_http_client_conf conf = {.url = peer,
		.connect_ms = sender->mock->conf.webhook_timeout_ms};
	struct bh_http_header headers[] = {
		{"content-type", "application/json; charset=utf-8"},
		{"user-agent", "Bulkhead-Stripe-Mock/1.0"},
		{"x-bulkhead-mock", "stripe"},
		{"stripe-signature", NULL},
	};
	struct bh_http_call call = {
		.method = "POST",
		.headers = headers,
		.n_headers = BH_COUNT(headers),
		.body = body,
		.body_len = strlen(body),
		.first_byte_ms = sender->mock->conf.webhook_timeout_ms,
		.idle_ms = sender->mock->conf.webhook_timeout_ms,
		.watch_fd = -1,
		.cancel = bh_runtime_stop_flag(sender->runtime),
	};
	int rc;

	cut(text_at(endpoint, "url"), peer, &call.path);
	sign(sender, endpoint, body, &signature);
	headers[3].value = bh_buf_string(&signature);
	rc = bh_http_client_open(&conf, &client);
	if (rc == 0)
		rc = bh_http_call(client, &call, &reply);
	if (rc == 0)
		rc = bh_http_reply_body(&reply, ANSWER_MOST, &answer);
	bh_http_client_close(client);
	return rc < 0 ? 0 : reply.status;
}

/* One delivery: sent, lost or sent twice; then it is done, or due again. */
static int
deliver(struct sender *sender, const struct stripemock_delivery *delivery)
{
	struct stripemock_value *endpoint = NULL, *event = NULL;
	const char *body;
	bool lost, twice;
	int status = 0, rc = 0;

	if (delivery->endpoint_body != NULL)
		rc = stripemock_value_read(sender->db.arena, delivery->endpoint_body, &endpoint);
	if (rc == 0)
		rc = stripemock_value_read(sender->db.arena, delivery->body, &event);
	if (rc < 0)
		return rc;
	if (endpoint == NULL || stripemock_value_is(endpoint, "status", "disabled"))
		return stripemock_store_delivery_end(&sender->db, &bh_platform_tenant, delivery->event,
			delivery->endpoint);
	if (stripemock_value_at(event, "pending_webhooks") != NULL)
		put_int(event, "pending_webhooks", 1);
	body = stripemock_value_print(sender->db.arena, event, false);
	stripemock_faults_webhook(&sender->mock->faults, &lost, &twice);
	if (!lost)
		status = post(sender, endpoint, body);
	if (!lost && twice)
		(void)post(sender, endpoint, body);
	if ((status >= 200 && status < 300) || delivery->attempts + 1 >= TRIES)
		return stripemock_store_delivery_end(&sender->db, &bh_platform_tenant, delivery->event,
			delivery->endpoint);
	return stripemock_store_delivery_retry(&sender->db, &bh_platform_tenant, delivery->event,
		delivery->endpoint, status,
		sender->mock->conf.webhook_retry_ms << (2 * delivery->attempts));
}

/* Those that are due, as the seed puts them. */
static void
shuffle(struct stripemock_faults *faults, struct stripemock_delivery *due, size_t n)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = (size_t)stripemock_faults_draw(faults, i);
		struct stripemock_delivery swapped = due[i - 1];

		due[i - 1] = due[k];
		due[k] = swapped;
	}
}

void
stripemock_send(struct bh_runtime *runtime, void *service)
{
	static _Thread_local bool failing; /* one line when it begins to fail */
	struct stripemock_delivery *due = NULL;
	size_t n = BATCH;
	int rc = 0;

	while (rc == 0 && n == BATCH && !bh_runtime_stopping(runtime)) {
		BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
		struct sender sender = {runtime, service,
			{.pool = bh_runtime_db(runtime), .arena = &arena, .context = bh_platform_tenant}};

		n = 0;
		rc = stripemock_store_delivery_due(&sender.db, &bh_platform_tenant, BATCH, &due, &n);
		if (rc == 0 && stripemock_faults_get(&sender.mock->faults).reorder)
			shuffle(&sender.mock->faults, due, n);
		for (size_t i = 0; rc == 0 && i < n && !bh_runtime_stopping(runtime); i++)
			rc = deliver(&sender, &due[i]);
	}
	if (rc < 0 && !failing)
		bh_log_failure("send the mock's webhooks", rc);
	failing = rc < 0;
}
