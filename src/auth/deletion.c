/* SPDX-License-Identifier: Apache-2.0 */
/* deletion.c: begins a tenant's deletion, asks the services, and ends it. */
#include "auth/deletion.h"

#include <string.h>

#include "auth/push.h"
#include "auth/signing.h"
#include "auth/store_revocation.h"
#include "auth/store_tenant.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "http/client.h"
#include "json/json.h"
#include "service/audit.h"
#include "service/erase.h"
#include "service/peer.h"
#include "service/runtime.h"
#include "service/services.h"

enum {
	ANSWER_MAX = 4096,
	FIRST_BYTE_MS = 60000, /* a turn, and whatever its last piece waits for */
	IDLE_MS = 10000
};

#define REVOCATIONS_STAY \
	"They refuse access tokens that were issued before, and are removed when the last of these " \
	"has expired."

/* ---- the request ---- */

struct begin {
	const struct auth_deletion_ask *ask;
	struct auth_deletion *out;
	bool begun;
};

static int
check_confirm(const char *confirm, const char *name)
{
	return strcmp(confirm, name) == 0
		? 0
		: bh_error_param(BH_E_INVALID, "confirm", "'confirm' must be the name of the tenant.");
}

static int
begin_work(struct bh_db *tx, void *ctx)
{
	struct begin *begin = ctx;
	const struct bh_uuid *target = &begin->ask->target;
	const struct bh_uuid id = bh_uuid_new();
	struct auth_tenant tenant = {0};
	bool changed = false;
	int rc = auth_store_tenant_lock(tx, target);

	begin->begun = false;
	if (rc == 0)
		rc = auth_store_tenant_get(tx, target, &tenant);
	if (rc == 0)
		rc = check_confirm(begin->ask->confirm, tenant.name);
	if (rc == 0)
		rc = auth_store_tenant_set_state(tx, target, AUTH_TENANT_DELETING, &changed);
	/* Somebody who asked at the same moment has begun it. */
	if (rc < 0 || !changed)
		return rc;
	rc = auth_store_revocation_tenant(tx, target);
	if (rc == 0)
		rc = auth_store_deletion_add(tx, &id, target, tenant.name, begin->ask->subject);
	if (rc == 0)
		begin->begun = true;
	return rc;
}

/* One that has ended stands for the tenant until it is there again, restored from a backup. */
static int
is_over(struct bh_db *db, const struct auth_deletion *deletion, bool *out)
{
	struct auth_tenant tenant = {0};
	int rc;

	*out = false;
	if (deletion->completed_ms == 0)
		return 0;
	rc = auth_store_tenant_get(db, &deletion->target, &tenant);
	*out = rc == 0;
	return rc == BH_E_NOT_FOUND ? 0 : rc;
}

int
auth_deletion_begin(struct bh_db *db, const struct auth_deletion_ask *ask,
	struct auth_deletion *out, bool *out_begun)
{
	struct begin begin = {ask, out, false};
	bool found = false, over = false;
	int rc = auth_store_deletion_of(db, &ask->target, out, &found);

	if (rc == 0 && found)
		rc = is_over(db, out, &over);
	if (rc == 0 && found && !over) {
		*out_begun = false;
		return check_confirm(ask->confirm, out->name);
	}
	if (rc == 0 && bh_uuid_equal(&ask->target, &bh_platform_tenant))
		rc = bh_error(BH_E_STATE, "The platform tenant cannot be deleted.");
	if (rc == 0)
		rc = bh_tx_run(db, begin_work, &begin);
	if (rc == 0)
		rc = auth_store_deletion_of(db, &ask->target, out, &found);
	if (rc == 0 && !found)
		rc = BH_E_NOT_FOUND;
	if (rc == 0)
		*out_begun = begin.begun;
	return rc;
}

/* ---- a pass over the services ---- */

struct pass {
	struct bh_runtime *runtime;
	struct auth *auth;
	struct bh_db db; /* in the platform's context */
	const struct auth_deletion *deletion;
};

/* This service needs no call. */
static int
erase_own(struct pass *pass, const struct bh_service *service, bool *out_clean)
{
	struct bh_erase erase = {
		.service = service,
		.state = pass->auth,
		.tenant = pass->deletion->target,
		.deletion = pass->deletion->id,
		.db = bh_db_as(&pass->db, &pass->deletion->target),
		.until_ms = bh_clock_steady_ms() + BH_ERASE_TURN_MS,
	};

	return bh_erase_run(pass->runtime, &erase, out_clean);
}

/* For this service and this one thing. */
static int
mint(struct pass *pass, const char *service, struct bh_buf *out)
{
	int64_t now_s = bh_clock_wall_ms() / 1000, expires_s;
	struct auth_grant grant = {
		.tenant = bh_platform_tenant,
		.subject = "service:auth",
		.client = "service",
		.actor = "auth",
		.role = "service",
		.scope = BH_ERASE_SCOPE,
		.audience = service,
	};
	int rc = auth_store_revocation_seq(&pass->db, &grant.version);

	bh_buf_text(out, "Bearer ");
	return rc < 0 ? rc : auth_signer_mint(pass->auth->signer, &grant, now_s, out, &expires_s);
}

static int
read_answer(struct bh_http_reply *reply, bool *out_clean)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	struct bh_erase_answer answer = {0};
	int rc = bh_http_reply_body(reply, ANSWER_MAX, &text);

	if (rc == 0)
		rc = bh_json_parse(bh_buf_string(&text), text.len, &doc);
	if (rc == 0 && reply->status != 200)
		rc = bh_peer_refusal(reply->status, doc.root);
	if (rc == 0)
		rc = bh_fields_read(NULL, doc.root, bh_erase_answer_shape.fields,
			bh_erase_answer_shape.n_fields, "", &answer);
	if (rc == 0)
		*out_clean = answer.clean;
	return rc;
}

static int
ask(struct pass *pass, const char *service, bool *out_clean)
{
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf token = {0};
	char target[BH_UUID_TEXT], id[BH_UUID_TEXT];
	struct bh_http_header headers[2] = {{"content-type", "application/json"}};
	struct bh_http_call call = {
		.method = "POST",
		.headers = headers,
		.n_headers = BH_COUNT(headers),
		.watch_fd = -1,
		.first_byte_ms = FIRST_BYTE_MS,
		.idle_ms = IDLE_MS,
		.cancel = bh_runtime_stop_flag(pass->runtime),
		.repeatable = true,
	};
	int rc = mint(pass, service, &token);

	if (rc < 0)
		return rc;
	bh_uuid_format(&pass->deletion->target, target);
	bh_uuid_format(&pass->deletion->id, id);
	headers[1] = (struct bh_http_header){"authorization", bh_buf_string(&token)};
	call.path = bh_arena_printf(pass->db.arena, "/api/tenants/%s/erase", target);
	call.body = bh_arena_printf(pass->db.arena, "{\"deletion\":\"%s\"}", id);
	call.body_len = strlen(call.body);
	rc = bh_http_call(bh_runtime_peer(pass->runtime, service), &call, &reply);
	return rc < 0 ? rc : read_answer(&reply, out_clean);
}

/* Those that call come before those that they call, so that nothing comes back behind whoever is clean. One that is
 * away keeps no other from its part. */
static int
ask_all(struct pass *pass, bool *out_clean)
{
	const struct bh_service *const *services = bh_runtime_services(pass->runtime);
	bool all = true;
	int first = 0;

	for (size_t i = bh_services_count(services); i-- > 0;) {
		bool clean = false;
		int rc = services[i]->issues_tokens ? erase_own(pass, services[i], &clean)
											: ask(pass, services[i]->name, &clean);

		all = all && rc == 0 && clean;
		first = first < 0 ? first : rc;
	}
	*out_clean = all;
	return first;
}

/* ---- the end ---- */

struct end {
	const struct auth_deletion *deletion;
	const struct auth_chain_signer *signer;
	int64_t now_ms;
};

static int
end_work(struct bh_db *tx, void *ctx)
{
	BH_AUTO(bh_buf_close) struct bh_buf receipt = {0}, signature = {0};
	struct bh_digest hash;
	struct end *end = ctx;
	struct auth_deletion deletion = {0};
	struct auth_deletion_count *counts = NULL,
							   stay = {"auth", "revocation", .kept = REVOCATIONS_STAY};
	size_t n = 0;
	int rc = auth_store_deletion_lock(tx, &end->deletion->id, &deletion);

	if (rc == 0)
		rc = auth_store_deletion_tenant(tx, &deletion.target);
	if (rc == 0)
		rc = auth_store_deletion_revocations(tx, &deletion.target, &stay.n);
	if (rc == 0)
		rc = auth_store_deletion_stay(tx, &deletion.id, &stay);
	if (rc == 0)
		rc = auth_store_deletion_counts(tx, &deletion.id, &counts, &n);
	if (rc < 0)
		return rc;
	auth_deletion_receipt(&deletion, end->now_ms, counts, n, &receipt);
	bh_digest_sha256(receipt.data, receipt.len, &hash);
	rc = auth_deletion_sign(end->signer, &deletion, end->now_ms, &hash, &signature);
	if (rc < 0)
		return rc;
	deletion.receipt = bh_buf_string(&receipt);
	deletion.signature = bh_buf_string(&signature);
	deletion.key_destroyed_ms = auth_deletion_key_destroyed(counts, n);
	return auth_store_deletion_complete(tx, &deletion, end->now_ms, &hash);
}

int
auth_deletion_judge(struct bh_db *db, const struct auth_chain_conf *chain,
	const struct auth_deletion *deletion, bool clean, int64_t now_ms)
{
	BH_AUTO(auth_chain_signer_close) struct auth_chain_signer signer = {0};
	struct end end = {deletion, &signer, now_ms};
	int rc;

	if (!clean || deletion->clean_ms == 0)
		return clean || deletion->clean_ms != 0
			? auth_store_deletion_clean(db, &deletion->id, clean ? now_ms : 0)
			: 0;
	if (now_ms - deletion->clean_ms < AUTH_DELETION_CLEAN_MS)
		return 0;
	rc = auth_chain_signer_open(db, chain, now_ms, &signer);
	if (rc == 0)
		rc = bh_tx_run(db, end_work, &end);
	return rc < 0 ? rc : 1;
}

static void
tell(struct bh_runtime *runtime, const struct auth_deletion *deletion)
{
	BH_AUTO(bh_buf_close) struct bh_buf members = {0};

	bh_audit_uuid(&members, "target_tenant_id", &deletion->target);
	bh_audit_uuid(&members, "receipt", &deletion->id);
	bh_runtime_audit(runtime, "tenant.deleted", &bh_platform_tenant, "", bh_buf_string(&members));
	/* Of the row that its answers about the tenant were made of. */
	auth_push_tenant(runtime, &deletion->target);
}

static int
step(struct bh_runtime *runtime, struct auth *auth, const struct auth_deletion *deletion)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct pass pass = {
		.runtime = runtime,
		.auth = auth,
		.db = {.pool = bh_runtime_db(runtime), .arena = &arena, .context = bh_platform_tenant},
		.deletion = deletion,
	};
	bool clean = false;
	int asked = ask_all(&pass, &clean);
	int rc = auth_deletion_judge(&pass.db, &auth->chain, deletion, clean, bh_clock_wall_ms());

	if (rc > 0)
		tell(runtime, deletion);
	return asked < 0 ? asked : rc < 0 ? rc : 0;
}

void
auth_deletion_run(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = {.pool = bh_runtime_db(runtime),
		.arena = &arena,
		.context = bh_platform_tenant};
	static _Thread_local bool failing; /* one line when it begins to fail */
	struct auth_deletion *open = NULL;
	size_t n = 0;
	int first = auth_store_deletion_open(&db, &open, &n);

	for (size_t i = 0; i < n && !bh_runtime_stopping(runtime); i++) {
		int rc = step(runtime, service, &open[i]);

		first = first < 0 ? first : rc;
	}
	if (first < 0 && !failing && !bh_runtime_stopping(runtime))
		bh_log_failure("delete a tenant", first);
	failing = first < 0;
}
