/* SPDX-License-Identifier: Apache-2.0 */
/* stream.c: sends audit events to tenants' webhooks. */
#include "auth/stream.h"

#include <stdio.h>
#include <string.h>

#include "auth/chain.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "json/fields.h"
#include "service/audit_event.h"
#include "service/runtime.h"

#define ID_BYTES 80

/* A tenant's turn. */
struct turn {
	struct bh_runtime *runtime;
	const struct auth *auth;
	struct bh_uuid tenant;
	struct auth_stream stream;
	struct bh_arena arena; /* owned: the stream's text */
};

void
auth_stream_body(const struct bh_uuid *tenant, int64_t from, const struct auth_audit_row *rows,
	size_t n, int64_t now_ms, struct bh_buf *out, int64_t *out_to)
{
	BH_AUTO(bh_buf_close) struct bh_buf events = {0};
	struct bh_write list = {.out = &events}, write = {.out = out};
	char id[BH_UUID_TEXT], now[BH_TIME_TEXT];

	bh_uuid_format(tenant, id);
	bh_clock_format(now_ms, now);
	*out_to = from;
	bh_write_array(&list);
	for (size_t i = 0; i < n && (i == 0 || events.len < AUTH_STREAM_BYTES); i++) {
		const struct bh_audit_event event = auth_chain_event(&rows[i]);

		bh_fields_write(&list, BH_OF(bh_audit_event_shape), &event);
		*out_to = event.position + 1;
	}
	bh_write_end(&list);
	bh_write_object(&write);
	bh_write_pair_text(&write, "type", "audit.events");
	bh_write_pair_text(&write, "timestamp", now);
	bh_write_name(&write, "data");
	bh_write_object(&write);
	bh_write_pair_text(&write, "tenant_id", id);
	bh_write_pair_int(&write, "from", from);
	bh_write_pair_int(&write, "to", *out_to);
	bh_write_name(&write, "events");
	bh_write_raw(&write, events.data, events.len);
	bh_write_end(&write);
	bh_write_end(&write);
}

static struct bh_db
db_of(const struct turn *turn, struct bh_arena *arena)
{
	struct bh_db db = auth_vital_db(turn->runtime, arena);

	db.payer = db.context;
	db.context = turn->tenant;
	return db;
}

/* Sends what comes next; *out_more: there may be more. */
static int
send_some(struct turn *turn, bool *out_more)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct auth_stream *stream = &turn->stream;
	const struct bh_webhook_endpoint to = {stream->url, stream->secret, stream->previous,
		stream->previous_until_ms};
	struct bh_db db = db_of(turn, &arena);
	struct auth_audit_row *rows = NULL;
	char id[ID_BYTES], tenant[BH_UUID_TEXT];
	int64_t next, now_ms = bh_clock_wall_ms();
	size_t n = 0;
	int rc = auth_store_stream_events(&db, &turn->tenant, stream->position, AUTH_STREAM_EVENTS,
		&rows, &n);

	*out_more = false;
	if (rc < 0 || n == 0)
		return rc;
	bh_uuid_format(&turn->tenant, tenant);
	snprintf(id, sizeof(id), "audit-%s-%lld", tenant, (long long)stream->position);
	auth_stream_body(&turn->tenant, stream->position, rows, n, now_ms, &body, &next);
	rc = bh_webhook_send(&turn->auth->webhooks, &arena, &turn->tenant, &to, id, now_ms, &body);
	if (rc == 0)
		rc = auth_store_stream_taken(&db, &turn->tenant, stream->epoch, next);
	if (rc < 0)
		return rc;
	stream->position = next;
	*out_more = true;
	return 0;
}

/* What the tenant is told of its own endpoint. */
static const char *
said_of(int rc)
{
	const char *detail;

	switch (rc) {
	case BH_E_CONNECT:
	case BH_E_PROTOCOL:
	case BH_E_UPSTREAM:
	case BH_E_URL_REFUSED:
	case BH_E_INVALID:
		detail = bh_error_detail(rc);
		return detail[0] != '\0' ? detail : bh_error_row(rc)->sentence;
	case BH_E_UPSTREAM_TIMEOUT:
		return "the endpoint did not answer in time";
	default:
		return bh_error_row(rc)->sentence;
	}
}

static void
take_turn(struct turn *turn)
{
	struct bh_db db = db_of(turn, &turn->arena);
	int64_t until_ms = bh_clock_steady_ms() + AUTH_STREAM_TURN_MS, next_ms;
	const char *said = NULL;
	bool more = true;
	int rc = auth_store_stream_get(&db, &turn->tenant, &turn->stream);

	if (rc == 0 && turn->stream.url == NULL)
		return;
	while (
		rc == 0 && more && bh_clock_steady_ms() < until_ms && !bh_runtime_stopping(turn->runtime))
		rc = send_some(turn, &more);
	/* Another sends by now, or the address was changed; or the process ends, and another goes on. */
	if (rc == BH_E_NOT_FOUND)
		return;
	next_ms = bh_clock_wall_ms();
	if (rc < 0 && rc != BH_E_CANCELLED) {
		said = bh_arena_printf(&turn->arena, "%.400s", said_of(rc));
		next_ms += bh_webhook_wait_ms(turn->stream.attempts + 1);
		bh_log_failure("send audit events to a tenant's webhook", rc);
	}
	rc = auth_store_stream_leave(&db, &turn->tenant, turn->stream.epoch, said, next_ms);
	if (rc < 0)
		bh_log_failure("note how far audit events were sent", rc);
}

void
auth_stream_run(struct bh_runtime *runtime, void *service)
{
	int rc = 0;

	while (rc == 0 && !bh_runtime_stopping(runtime)) {
		struct turn turn = {.runtime = runtime, .auth = service};
		struct bh_db db = auth_vital_db(runtime, &turn.arena);

		rc = auth_store_stream_claim(&db, &bh_platform_tenant, &turn.tenant);
		if (rc == 0 && !bh_uuid_is_zero(&turn.tenant))
			take_turn(&turn);
		bh_arena_close(&turn.arena);
		if (bh_uuid_is_zero(&turn.tenant))
			break;
	}
	if (rc < 0)
		bh_log_failure("look for audit events to be sent", rc);
}
