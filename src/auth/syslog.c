/* SPDX-License-Identifier: Apache-2.0 */
/* syslog.c: sends audit events to the operator's syslog. */
#include "auth/syslog.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "auth/chain.h"
#include "auth/stream.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/syslog.h"
#include "http/syslog_message.h"
#include "json/fields.h"
#include "service/audit_event.h"
#include "service/instance.h"
#include "service/runtime.h"

enum { CONNECT_MS = 10000, LOOK_MS = 500, LEAVE_MS = 1000, NUMBER_BYTES = 24 };

struct auth_syslog {
	struct bh_syslog_address address;
	bool failing; /* so that a failure is one line */
	size_t
		open_bytes; /* of a connection: less after one whose receiver did not read to the end in time */
};

/* A connection and what goes over it. */
struct sending {
	struct bh_runtime *runtime;
	const struct auth_conf *conf;
	struct auth_syslog *syslog;
	struct bh_syslog *to; /* owned */
	char host[128];
	int64_t epoch;
	int64_t until_ms; /* steady clock: then it is ended */
	size_t left;      /* bytes */
};

int
auth_syslog_open(const struct auth_conf *conf, struct auth_syslog **out)
{
	struct bh_syslog_address address;
	struct auth_syslog *syslog;
	int rc;

	if (conf->syslog[0] == '\0')
		return 0;
	rc = bh_syslog_address_read(conf->syslog, &address);
	if (rc < 0)
		return bh_error(BH_E_CONFIG, "auth.syslog: %s", bh_error_detail(rc));
	syslog = calloc(1, sizeof(*syslog));
	if (syslog == NULL)
		return BH_E_MEMORY;
	*syslog = (struct auth_syslog){.address = address, .open_bytes = AUTH_SYSLOG_OPEN_BYTES};
	*out = syslog;
	return 0;
}

void
auth_syslog_close(struct auth_syslog *syslog)
{
	free(syslog);
}

/* ---- messages ---- */

static enum bh_syslog_severity
severity_of(const struct bh_audit_event *event)
{
	if (event->status >= 500)
		return BH_SYSLOG_ERROR;
	return event->status >= 400 ? BH_SYSLOG_WARNING : BH_SYSLOG_INFO;
}

static void
add_event(const struct auth_conf *conf, const char *host, const struct bh_audit_event *event,
	struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf json = {0};
	struct bh_write write = {.out = &json};
	char tenant[BH_UUID_TEXT], position[NUMBER_BYTES];
	const struct bh_syslog_param params[] = {{"tenant", tenant}, {"position", position}};

	bh_uuid_format(&event->tenant, tenant);
	snprintf(position, sizeof(position), "%lld", (long long)event->position);
	bh_fields_write(&write, BH_OF(bh_audit_event_shape), event);
	bh_syslog_frame(
		&(struct bh_syslog_message){
			.severity = severity_of(event),
			.time_ms = event->time_ms,
			.host = host,
			.id = event->action,
			.enterprise = conf->syslog_enterprise,
			.params = params,
			.n_params = BH_COUNT(params),
			.json = json.data,
			.json_len = json.len,
		},
		out);
}

void
auth_syslog_frames(const struct auth_conf *conf, const char *host,
	const struct auth_audit_row *rows, size_t n, size_t most, struct bh_buf *out, int64_t *out_to)
{
	size_t begin = out->len;

	for (size_t i = 0; i < n && (i == 0 || out->len - begin < most); i++) {
		const struct bh_audit_event event = auth_chain_event(&rows[i]);

		add_event(conf, host, &event, out);
		*out_to = event.position + 1;
	}
}

/* ---- sending ---- */

/* Sends some of a tenant's. Events that retention has removed are passed over. */
static int
send_turn(struct sending *sending, const struct auth_syslog_turn *turn)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf frames = {0};
	struct bh_db db = auth_vital_db(sending->runtime, &arena);
	struct auth_audit_row *rows = NULL;
	int64_t next = turn->size;
	size_t n = 0, most = AUTH_SYSLOG_TURN_BYTES;
	int rc;

	db.payer = db.context;
	db.context = turn->tenant;
	rc = auth_store_stream_events(&db, &turn->tenant, turn->at, AUTH_SYSLOG_EVENTS, &rows, &n);
	if (rc < 0)
		return rc;
	if (most > sending->left)
		most = sending->left;
	auth_syslog_frames(sending->conf, sending->host, rows, n, most, &frames, &next);
	rc = bh_syslog_write(sending->to, frames.data, frames.len);
	if (rc == 0)
		rc = auth_store_syslog_sent(&db, &turn->tenant, sending->epoch, next);
	if (rc == 0)
		sending->left -= frames.len < sending->left ? frames.len : sending->left;
	return rc;
}

static int
hold(struct sending *sending)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(sending->runtime, &arena);

	return auth_store_syslog_hold(&db, &bh_platform_tenant, sending->epoch, AUTH_SYSLOG_HOLD_MS);
}

static bool
is_over(const struct sending *sending)
{
	return sending->left == 0 || bh_clock_steady_ms() >= sending->until_ms ||
		bh_runtime_stopping(sending->runtime);
}

/* A turn of each of some tenants; *out_none: nobody has anything. */
static int
send_round(struct sending *sending, bool *out_none)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(sending->runtime, &arena);
	struct auth_syslog_turn *turns = NULL;
	size_t n = 0;
	int rc = auth_store_syslog_claim(&db, &bh_platform_tenant, sending->epoch, AUTH_SYSLOG_TENANTS,
		&turns, &n);

	for (size_t i = 0; rc == 0 && i < n && !is_over(sending); i++) {
		rc = hold(sending);
		if (rc == 0)
			rc = send_turn(sending, &turns[i]);
	}
	*out_none = n == 0;
	return rc;
}

/* Sends until the connection has had its time, and ends it. 0: the receiver has read everything. */
static int
send_all(struct sending *sending)
{
	const struct bh_syslog_conf conf = {
		.address = sending->syslog->address,
		.ca_file = sending->conf->syslog_ca_file,
		.connect_ms = CONNECT_MS,
		.write_ms = AUTH_SYSLOG_WRITE_MS,
		.cancel = bh_runtime_stop_flag(sending->runtime),
	};
	bool none;
	int rc = bh_syslog_open(&conf, &sending->to);

	while (rc == 0 && !is_over(sending)) {
		rc = send_round(sending, &none);
		if (rc == 0 && none) {
			bh_runtime_wait(sending->runtime, AUTH_WORKER_SYSLOG, LOOK_MS);
			rc = bh_syslog_look(sending->to);
			if (rc == 0)
				rc = hold(sending);
		}
	}
	if (rc == 0)
		rc = hold(sending);
	if (rc == 0)
		rc = bh_syslog_finish(sending->to,
			bh_runtime_stopping(sending->runtime) ? LEAVE_MS : AUTH_SYSLOG_FINISH_MS);
	return rc;
}

/* A receiver that did not read all of it in time gets less, and later more again. */
static void
learn(struct auth_syslog *syslog, int rc)
{
	if (rc == BH_E_UPSTREAM_TIMEOUT && syslog->open_bytes > AUTH_SYSLOG_TURN_BYTES / 16)
		syslog->open_bytes /= 2;
	else if (rc == 0 && syslog->open_bytes < AUTH_SYSLOG_OPEN_BYTES)
		syslog->open_bytes *= 2;
}

static void
tell(struct auth_syslog *syslog, int rc)
{
	if (rc < 0 && !syslog->failing)
		bh_log_failure("send audit events to the syslog (will retry)", rc);
	else if (rc == 0 && syslog->failing)
		bh_log(BH_LOG_INFO, "audit events are sent to the syslog again");
	syslog->failing = rc < 0;
}

/* One connection; *out_sent: there may be more to send. */
static int
take_connection(struct bh_runtime *runtime, struct auth *auth, bool *out_sent)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	struct auth_syslog *syslog = auth->syslog;
	struct sending sending = {.runtime = runtime,
		.conf = &auth->conf,
		.syslog = syslog,
		.left = syslog->open_bytes,
		.until_ms = bh_clock_steady_ms() + AUTH_SYSLOG_OPEN_MS};
	const char *name = bh_runtime_instance(runtime)->name, *error = NULL;
	int rc = auth_store_syslog_begin(&db, &bh_platform_tenant, AUTH_SYSLOG_HOLD_MS, &sending.epoch);
	int sent;

	*out_sent = false;
	if (rc < 0 || sending.epoch == 0)
		return rc;
	snprintf(sending.host, sizeof(sending.host), "%.*s", (int)strcspn(name, "/"), name);
	sent = send_all(&sending);
	bh_syslog_close(sending.to);
	/* Another sends by now; or this process ends, and another goes on. */
	if (sent == BH_E_NOT_FOUND)
		return 0;
	if (sent < 0 && !bh_runtime_stopping(runtime)) {
		error = bh_error_detail(sent);
		error = bh_arena_printf(&arena, "%.400s",
			error[0] != '\0' ? error : bh_error_row(sent)->sentence);
	}
	if (sent == 0 || error != NULL) {
		tell(syslog, sent);
		learn(syslog, sent);
	}
	*out_sent = sent == 0;
	return auth_store_syslog_end(&db, &bh_platform_tenant, sending.epoch, sent == 0, error);
}

void
auth_syslog_run(struct bh_runtime *runtime, void *service)
{
	struct auth *auth = service;
	bool more = auth->syslog != NULL;
	int rc = 0;

	while (rc == 0 && more && !bh_runtime_stopping(runtime))
		rc = take_connection(runtime, auth, &more);
	if (rc < 0)
		bh_log_failure("note how far audit events were sent to the syslog", rc);
}

/* ---- how it is ---- */

void
auth_syslog_metrics(const struct auth_syslog_state *state, struct bh_buf *out)
{
	const struct {
		const char *name, *help;
		int64_t figure;
	} lines[] = {
		{"lag_events", "Audit events that the syslog's receiver has not read.", state->behind},
		{"failures", "How often in a row they could not be sent.", state->failures},
		{"delivered_timestamp_seconds",
			"When the receiver had last read all that was sent; 0: never.",
			state->delivered_ms / 1000},
	};

	for (size_t i = 0; i < BH_COUNT(lines); i++)
		bh_buf_printf(out,
			"# HELP bulkhead_audit_syslog_%s %s\n# TYPE bulkhead_audit_syslog_%s gauge\n"
			"bulkhead_audit_syslog_%s %lld\n",
			lines[i].name, lines[i].help, lines[i].name, lines[i].name, (long long)lines[i].figure);
}
