/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: what the request says about its lane, and what its client is told. */
#include "model/place.h"

#include <stdio.h>

#include "base/clock.h"
#include "base/error.h"
#include "model/upstream.h"
#include "sec/token.h"
#include "service/request.h"

bool
model_place_is_bounded(const struct model_entry *entry)
{
	return entry->managed || entry->concurrency > 0;
}

/* Rows of one managed engine share its gate; a provider may serve several models, each with its own bound. */
static void
gate_name(const struct model_entry *entry, char *out, size_t size)
{
	char tenant[BH_UUID_HEX], id[BH_UUID_HEX];

	if (entry->managed) {
		snprintf(out, size, "%s", entry->url);
		return;
	}
	bh_uuid_hex(&entry->tenant, tenant);
	bh_uuid_hex(&entry->id, id);
	snprintf(out, size, "%s/%s", tenant, id);
}

void
model_place_count(struct model *model, const struct model_entry *entry, size_t *out_waiting,
	size_t *out_running)
{
	char name[128];

	gate_name(entry, name, sizeof(name));
	model_admit_count(model->admit, name, out_waiting, out_running);
}

static int
refuse(struct bh_request *req, const struct model_entry *entry,
	const struct model_admit_refusal *refusal, int64_t wait_ms)
{
	bh_reply_retry_after(req, refusal->retry_ms);
	if (refusal->full)
		return bh_error(BH_E_BUSY,
			"Limit reached: the tenant has too many calls waiting for models. This call would be "
			"number %zu in the queue of model '%s' and start in about %.1f s.",
			refusal->position, entry->name, (double)refusal->retry_ms / 1000);
	return bh_error(BH_E_BUSY,
		"The call waited %.1f s for model '%s' and was still number %zu in the tenant's queue. A "
		"new call would wait about %.1f s.",
		(double)wait_ms / 1000, entry->name, refusal->position, (double)refusal->retry_ms / 1000);
}

/* Behind another service's call stands work that was accepted already, such as a Response: it waits as
 * long as an engine may take. */
static int64_t
wait_most(const struct bh_request *req, const struct model_conf *conf)
{
	bool is_service = req->claims.actor[0] != '\0' || bh_uuid_is_zero(&req->claims.subject);

	return is_service && conf->first_byte_ms > conf->queue_ms ? conf->first_byte_ms
															  : conf->queue_ms;
}

/* Waits at the gate of that name. A credential that was revoked meanwhile has no call any more. */
static int
enter(struct bh_request *req, const struct model_entry *entry, const char *name, size_t places,
	int64_t tokens, struct model_ticket *out)
{
	struct model *model = req->service;
	struct model_admit_refusal refusal;
	const struct model_admit_ask ask = {
		.engine = name,
		.places = places,
		.shared = bh_uuid_equal(&entry->tenant, &bh_platform_tenant),
		.tenant = req->tenant,
		/* What a service does of its own accord, and no person waits for. */
		.lane = bh_uuid_is_zero(&req->claims.subject) ? MODEL_BACKGROUND : MODEL_FOREGROUND,
		.tokens = tokens,
		.waiting_most = (size_t)model->conf.queue_tenant,
		.wait_ms = wait_most(req, &model->conf),
		.watch_fd = bh_http_client_fd(req->http),
		.cancel = bh_runtime_stop_flag(req->runtime),
	};
	int rc = model_admit_enter(model->admit, &ask, out, &refusal);

	if (rc == BH_E_BUSY)
		return refuse(req, entry, &refusal, ask.wait_ms);
	if (rc == BH_E_CANCELLED)
		return bh_error(BH_E_UNAVAILABLE, "the service is stopping");
	if (rc == 0 && bh_token_checker_revoked(bh_runtime_checker(req->runtime), &req->claims)) {
		out->used = 0;
		model_ticket_close(out);
		return bh_error(BH_E_UNAUTHENTICATED, "The credential was revoked.");
	}
	return rc;
}

int
model_place_take(struct bh_request *req, const struct model_entry *entry, int64_t tokens,
	struct model_ticket *out)
{
	size_t places = (size_t)entry->concurrency;
	char name[128];

	if (!model_place_is_bounded(entry))
		return 0;
	if (places == 0)
		places = model_upstream_places(req->service, entry);
	gate_name(entry, name, sizeof(name));
	return enter(req, entry, name, places, tokens, out);
}

int
model_place_tokenize(struct bh_request *req, const struct model_entry *entry, const char *text,
	size_t len, int64_t *out_count)
{
	BH_AUTO(model_ticket_close) struct model_ticket ticket = {0};
	char name[128 + 8];
	int rc = 0;

	if (entry->managed) {
		snprintf(name, sizeof(name), "%s#tokens", entry->url);
		rc = enter(req, entry, name, 1, (int64_t)len / 4 + 1, &ticket);
	}
	return rc < 0 ? rc : model_upstream_tokenize(req->service, entry, text, len, out_count);
}
