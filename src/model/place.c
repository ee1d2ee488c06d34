/* SPDX-License-Identifier: Apache-2.0 */
/* place.c: what the request says about its lane, and what its client is told. */
#include "model/place.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "model/upstream.h"
#include "sec/digest.h"
#include "sec/token.h"
#include "service/request.h"
#include "shared/shared.h"

enum { PAUSE_LEAST_MS = 10, PAUSE_MOST_MS = 250 };

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
	/* Not in the middle of a stream. */
	if (!req->replied)
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

/* What all processes know an engine by: tenant and digest of the gate's name. */
static void
shared_key(const struct model_entry *entry, const char *name, char out[BH_SHARED_KEY_BYTES])
{
	struct bh_digest digest;
	char hex[2 * sizeof(digest.bytes) + 1];

	bh_digest_sha256(name, strlen(name), &digest);
	bh_text_hex(digest.bytes, sizeof(digest.bytes), hex);
	bh_shared_key(&entry->tenant, "places", hex, out);
}

/* Having a place among the calls of this process, takes one among those of all. Nobody tells when one becomes
 * free: it is asked for again after a pause that grows. While nobody can be asked, the process's own part has to
 * do, which the gate keeps to. */
static int
take_shared(struct bh_request *req, const struct model_admit_ask *ask, const char *key,
	int64_t places, struct model_ticket *ticket)
{
	struct bh_shared *shared = bh_runtime_shared(req->runtime);
	int64_t begin_ms = bh_clock_steady_ms(), pause_ms = PAUSE_LEAST_MS;
	int64_t most_ms = ask->wait_ms - ticket->waited_ms;
	int rc;

	while ((rc = bh_shared_hold(shared, key, places, &ticket->hold)) == BH_E_BUSY) {
		int64_t left_ms = begin_ms + most_ms - bh_clock_steady_ms();

		if (left_ms <= 0)
			return BH_E_BUSY;
		rc = bh_http_wait(-1, ask->watch_fd, ask->cancel, pause_ms < left_ms ? pause_ms : left_ms);
		if (rc != BH_E_UPSTREAM_TIMEOUT)
			return rc;
		pause_ms = 2 * pause_ms < PAUSE_MOST_MS ? 2 * pause_ms : PAUSE_MOST_MS;
	}
	if (rc == BH_E_UNAVAILABLE) {
		bh_error_clear();
		return 0;
	}
	ticket->shared = shared;
	return rc;
}

/* At the gate of this process, then among all. */
static int
take_both(struct bh_request *req, const struct model_entry *entry, struct model_admit_ask *ask,
	struct model_ticket *out, struct model_admit_refusal *refusal)
{
	struct bh_shared *shared = bh_runtime_shared(req->runtime);
	char key[BH_SHARED_KEY_BYTES];
	int64_t places = (int64_t)ask->places;
	int rc;

	if (shared != NULL && !bh_shared_is_there(shared))
		ask->places = (size_t)bh_shared_part(shared, places);
	rc = model_admit_enter(((struct model *)req->service)->admit, ask, out, refusal);
	if (rc < 0 || shared == NULL)
		return rc;
	shared_key(entry, ask->engine, key);
	rc = take_shared(req, ask, key, places, out);
	if (rc == 0)
		return 0;
	*refusal = (struct model_admit_refusal){.position = 1, .retry_ms = PAUSE_MOST_MS};
	out->used = 0;
	model_ticket_close(out);
	return rc;
}

/* Waits at the gate of that name. A credential that was revoked meanwhile has no call any more. */
static int
enter(struct bh_request *req, const struct model_entry *entry, const char *name, size_t places,
	int64_t tokens, struct model_ticket *out)
{
	struct model *model = req->service;
	struct model_admit_refusal refusal;
	struct model_admit_ask ask = {
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
	int rc = take_both(req, entry, &ask, out, &refusal);

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
