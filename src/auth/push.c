/* push.c: POST /internal/forget to the gateway's private socket. */
#include "auth/push.h"

#include <stdatomic.h>
#include <stdio.h>

#include "auth/store_revocation.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "service/service.h"

enum { GATEWAY_MS = 500 };

/* No token lives for an hour, so no row older than that can matter to one. */
#define LOG_KEEP_MS (60 * 60 * 1000LL)

BH_MUST_CHECK static int
forget(struct bh_runtime *runtime, const char *kind, const struct bh_uuid *id)
{
	struct bh_http_reply reply = {0};
	char text[BH_UUID_TEXT], path[128];
	struct bh_http_call call = {
		.method = "POST",
		.path = path,
		.watch_fd = -1,
		.first_byte_ms = GATEWAY_MS,
		.idle_ms = GATEWAY_MS,
		.repeatable = true,
	};
	int rc;

	bh_uuid_format(id, text);
	snprintf(path, sizeof(path), "/internal/forget?kind=%s&id=%s", kind, text);
	rc = bh_http_call(bh_runtime_peer(runtime, "gateway"), &call, &reply);
	if (rc == 0 && reply.status / 100 != 2)
		rc = bh_error(BH_E_PROTOCOL, "the gateway answers %d", reply.status);
	bh_http_reply_close(&reply);
	return rc;
}

/* One line when the gateway (or the database) goes away, not one for each try. */
static void
note(int rc)
{
	static atomic_bool failing;
	bool failed = rc < 0;

	if (atomic_exchange(&failing, failed) != failed && failed)
		bh_log_failure("push to the gateway", rc);
}

void
auth_push_pending(struct bh_runtime *runtime)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena, .vital = true};
	struct auth_revocation *rows = NULL;
	size_t n = 0;
	int rc;

	rc = auth_store_revocation_unpushed(&db, &rows, &n);
	for (size_t i = 0; rc == 0 && i < n; i++) {
		rc = forget(runtime, rows[i].kind,
			bh_uuid_is_zero(&rows[i].id) ? &rows[i].tenant : &rows[i].id);
		if (rc == 0)
			rc = auth_store_revocation_pushed(&db, rows[i].seq);
	}
	note(rc);
}

void
auth_push_tenant(struct bh_runtime *runtime, const struct bh_uuid *tenant)
{
	note(forget(runtime, "tenant", tenant));
}

void
auth_push_credential(struct bh_runtime *runtime, const struct bh_uuid *credential)
{
	note(forget(runtime, "credential", credential));
}

void
auth_push_subject(struct bh_runtime *runtime, const struct bh_uuid *subject)
{
	note(forget(runtime, "subject", subject));
}

void
auth_push_run(struct bh_runtime *runtime, void *service)
{
	(void)service;
	auth_push_pending(runtime);
}

void
auth_push_prune(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime), .arena = &arena};
	int rc;

	(void)service;
	rc = auth_store_revocation_prune(&db, bh_clock_wall_ms() - LOG_KEEP_MS);
	if (rc < 0)
		bh_log_failure("prune the revocation log", rc);
}
