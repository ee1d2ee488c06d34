/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the mock of Stripe: its settings, workers, and its keys. */
#include <stdio.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "base/text.h"
#include "sec/seal.h"
#include "service/retention.h"
#include "service/runtime.h"
#include "stripemock/due.h"
#include "stripemock/store.h"
#include "stripemock/stripemock.h"

enum { SECRET_BYTES = 24, KEY_HEX = 2 * SECRET_BYTES };

static const struct bh_setting settings[] = {
	BH_BOOL("enabled", "true", struct stripemock_conf, enabled,
		"Whether the mock of Stripe answers; otherwise its API returns 404."),
	BH_TEXT("page_url", "http://127.0.0.1:8080", struct stripemock_conf, page_url,
		"Public address of this platform, for links to the mock's checkout and portal pages."),
	BH_INT("objects_max", "200000", 100, 10000000, struct stripemock_conf, objects_max,
		"Maximum number of objects (customers, invoices and so on) that are kept."),
	BH_INT("webhook_retry_ms", "2000", 10, 3600000, struct stripemock_conf, webhook_retry_ms,
		"Delay before the second attempt to send a webhook; before the third it is four times as "
		"long."),
	BH_INT("webhook_timeout_ms", "5000", 100, 60000, struct stripemock_conf, webhook_timeout_ms,
		"How long a webhook endpoint may take to answer."),
	BH_INT("keep_event_s", "2592000", 60, 3153600000, struct stripemock_conf, keep_event_s,
		"How long events are kept."),
	BH_INT("keep_usage_s", "34560000", 86400, 3153600000, struct stripemock_conf, keep_usage_s,
		"How long reported usage is kept."),
	BH_INT("keep_answer_s", "86400", 86400, 3153600000, struct stripemock_conf, keep_answer_s,
		"How long the response to a call with an Idempotency-Key is kept."),
};

/* clang-format off */
static const struct bh_worker workers[] = {
	/* name                 every_ms function */
	{STRIPEMOCK_WORKER_SEND, 1000,   stripemock_send,    0},
	{"due",                  1000,   stripemock_due_run, 0},
	{0},
};

static const struct bh_retention_kind retention[] = {
	{"event", BH_RETENTION_SQL("stripemock_event", "id", "made_at", ""), 200,
		offsetof(struct stripemock, conf.keep_event_s)},
	{"usage", BH_RETENTION_SQL("stripemock_meter_event", "id", "made_at", ""), 200,
		offsetof(struct stripemock, conf.keep_usage_s)},
	{"answer", BH_RETENTION_SQL("stripemock_answer", "key", "made_at", ""), 200,
		offsetof(struct stripemock, conf.keep_answer_s)},
	{0},
};
/* clang-format on */

static void
make_keys(struct bh_buf *out)
{
	uint8_t bytes[2 * SECRET_BYTES];
	char hex[2 * KEY_HEX + 1];

	bh_random(bytes, sizeof(bytes));
	bh_text_hex(bytes, sizeof(bytes), hex);
	bh_buf_text(out, hex);
	bh_wipe(bytes, sizeof(bytes));
	bh_wipe(hex, sizeof(hex));
}

/* Both keys' hex digits, one behind the other. */
static int
take_keys(struct stripemock *mock, const struct bh_buf *text)
{
	if (text->len != 2 * KEY_HEX)
		return bh_error(BH_E_STATE, "the keys of the mock of Stripe are malformed");
	snprintf(mock->key, sizeof(mock->key), STRIPEMOCK_KEY_PREFIX "%.*s", KEY_HEX, text->data);
	snprintf(mock->hook_secret, sizeof(mock->hook_secret), STRIPEMOCK_HOOK_PREFIX "%.*s", KEY_HEX,
		text->data + KEY_HEX);
	return 0;
}

/* Made at the first start, and kept sealed. */
static int
open_keys(struct bh_runtime *runtime, struct stripemock *mock)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf made = {0}, sealed = {0}, opened = {0};
	static const char context[] = "stripemock.keys";
	struct bh_secret seal_key;
	struct bh_bytes kept;
	struct bh_db db = {
		.pool = bh_runtime_db(runtime),
		.arena = &arena,
		.context = bh_platform_tenant,
	};
	int rc;

	bh_runtime_key(runtime, context, &seal_key);
	make_keys(&made);
	bh_seal(&seal_key, context, made.data, made.len, &sealed);
	rc = stripemock_store_account_add(&db, &bh_platform_tenant,
		&(struct bh_bytes){sealed.data, sealed.len});
	if (rc == 0)
		rc = stripemock_store_account_keys(&db, &bh_platform_tenant, &kept);
	if (rc == 0)
		rc = bh_unseal(&seal_key, context, kept.data, kept.len, &opened);
	if (rc == 0)
		rc = take_keys(mock, &opened);
	bh_secret_close(&seal_key);
	bh_wipe(made.data, made.len);
	if (opened.data != NULL)
		bh_wipe(opened.data, opened.len);
	return rc;
}

static void
state_close(struct bh_runtime *runtime, void *state)
{
	struct stripemock *mock = state;

	(void)runtime;
	bh_secret_close(&mock->endpoint_key);
	bh_wipe(mock->key, sizeof(mock->key));
	bh_wipe(mock->hook_secret, sizeof(mock->hook_secret));
	stripemock_faults_close(&mock->faults);
}

static int
state_open(struct bh_runtime *runtime, void *state)
{
	struct stripemock *mock = state;
	int rc;

	stripemock_faults_open(&mock->faults);
	bh_runtime_key(runtime, "stripemock.endpoints", &mock->endpoint_key);
	rc = open_keys(runtime, mock);
	if (rc < 0)
		state_close(runtime, mock);
	return rc;
}

const struct bh_service stripemock_service = {
	.name = "stripemock",
	.settings = BH_LIST(settings),
	.routes = stripemock_routes,
	.workers = workers,
	.state_size = sizeof(struct stripemock),
	.open = state_open,
	.close = state_close,
	.retention = retention,
};
