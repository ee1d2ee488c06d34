/* SPDX-License-Identifier: Apache-2.0 */
/* pace_ask.c: asks an engine for its counters. */
#include "model/pace_ask.h"

#include "base/clock.h"
#include "base/macros.h"
#include "http/client.h"
#include "model/clients.h"

enum { AGE_MS = 30000, WITHIN_MS = 2000, METRICS_BYTES_MAX = 256 * 1024 };

static bool
ask(struct bh_http_client *client, struct model_sums *out)
{
	const struct bh_http_call call = {
		.method = "GET",
		.path = "/metrics",
		.first_byte_ms = WITHIN_MS,
		.idle_ms = WITHIN_MS,
		.repeatable = true,
	};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};

	return bh_http_call(client, &call, &reply) == 0 && reply.status == 200 &&
		bh_http_reply_body(&reply, METRICS_BYTES_MAX, &body) == 0 &&
		model_pace_read(bh_buf_string(&body), out);
}

struct model_pace
model_pace_get(struct model *model, const struct model_entry *entry)
{
	int64_t now_ms = bh_clock_steady_ms();
	struct model_pace pace = {0};
	struct bh_http_client *client;
	struct model_sums sums;

	if (!entry->managed || entry->kind != MODEL_CHAT)
		return pace;
	if (model_clients_pace(model->clients, entry, &pace) && now_ms - pace.asked_ms <= AGE_MS)
		return pace;
	/* What fails here is told by the call that the pace is asked for. */
	if (model_clients_get(model->clients, entry, now_ms, &client) < 0)
		return pace;
	pace.asked_ms = now_ms;
	if (ask(client, &sums))
		model_pace_add(&pace, &sums);
	bh_http_client_close(client);
	model_clients_pace_set(model->clients, entry, &pace);
	return pace;
}
