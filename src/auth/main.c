/* SPDX-License-Identifier: Apache-2.0 */
/* main.c: the auth service: its settings, workers, and what it opens. */
#include "auth/auth.h"

#include "auth/chain.h"
#include "auth/deletion.h"
#include "auth/impersonate.h"
#include "auth/jobs.h"
#include "auth/key.h"
#include "auth/observe.h"
#include "auth/push.h"
#include "auth/routes.h"
#include "auth/signing.h"
#include "auth/store_audit.h"
#include "auth/stream.h"
#include "auth/syslog.h"
#include "auth/tries.h"
#include "base/arena.h"
#include "base/clock.h"
#include "base/log.h"
#include "base/processors.h"
#include "service/idempotency_sql.h"
#include "service/retention.h"
#include "service/runtime.h"
#include "service/services.h"

#define DAY_MS (24 * 60 * 60 * 1000LL)

static const struct bh_setting settings[] = {
	BH_INT("access_ttl_s", "600", 300, 600, struct auth_conf, access_ttl_s,
		"Lifetime of an access token."),
	BH_INT("exchange_ttl_s", "240", 1, 240, struct auth_conf, exchange_ttl_s,
		"How long the gateway may use an exchanged credential before it asks again."),
	BH_INT("refresh_idle_s", "604800", 600, 7776000, struct auth_conf, refresh_idle_s,
		"How long a refresh token can stay unused before it expires."),
	BH_INT("session_max_s", "2592000", 600, 31536000, struct auth_conf, session_max_s,
		"Maximum lifetime of a session, however active it is."),
	BH_INT("link_ttl_s", "259200", 60, 2592000, struct auth_conf, link_ttl_s,
		"Lifetime of a one-time link."),
	BH_INT("invitation_ttl_s", "604800", 600, 2592000, struct auth_conf, invitation_ttl_s,
		"How long an invitation to a tenant can be accepted."),
	BH_INT("reset_ttl_s", "3600", 300, 86400, struct auth_conf, reset_ttl_s,
		"Lifetime of a link to reset a password that a person asked for."),
	BH_INT("tenant_invitations", "100", 1, 100000, struct auth_conf, tenant_invitations,
		"Maximum number of invitations of one tenant that wait to be accepted."),
	BH_INT("tenant_mails_per_day", "200", 1, 1000000, struct auth_conf, tenant_mails_per_day,
		"Maximum number of mails within a day that one tenant's invitations cause, and that its "
		"users' forgotten passwords do."),
	BH_INT("key_rotate_days", "30", 1, 365, struct auth_conf, key_rotate_days,
		"How long a key signs access tokens before it is rotated."),
	BH_INT("audit_key_rotate_days", "365", 1, 3650, struct auth_conf, audit_key_rotate_days,
		"How long a key signs checkpoints of the audit chains before it is rotated; its public "
		"part "
		"stays published."),
	BH_BOOL("webhook_private", "false", struct auth_conf, webhook_private,
		"Whether tenants' webhooks of audit events may lead to addresses of this machine and of "
		"private networks."),
	BH_TEXT("webhook_ca_file", "", struct auth_conf, webhook_ca_file,
		"Certificates (PEM) that the servers of these webhooks are trusted by; the system's by "
		"default."),
	BH_TEXT("syslog", "", struct auth_conf, syslog,
		"Where the audit events of all tenants are sent: tls://HOST:PORT or tcp://HOST:PORT; "
		"empty: "
		"nowhere. See docs/audit.md."),
	BH_TEXT("syslog_ca_file", "", struct auth_conf, syslog_ca_file,
		"Certificates (PEM) that its server is trusted by; the system's by default."),
	BH_INT("syslog_enterprise", "0", 0, 4294967295, struct auth_conf, syslog_enterprise,
		"Your own private enterprise number (IANA), under which tenant and position stand in the "
		"structured data of these messages; 0: they stand in the JSON only."),
	BH_INT("hash_threads", "0", 0, 64, struct auth_conf, hash_threads,
		"Number of passwords hashed concurrently; each uses 19 MiB and one processor. 0: half of "
		"the processors, at least one."),
	BH_INT("hash_waiting", "64", 1, 512, struct auth_conf, hash_waiting,
		"Number of passwords that may wait to be hashed, for each of three kinds (sign-ins from "
		"familiar places, other sign-ins, passwords being set), at most a quarter of them from one "
		"client or tenant; more are refused with 503."),
	BH_INT("tenant_concurrency", "512", 0, 1000000, struct auth_conf, tenant_concurrency,
		"Maximum number of concurrent requests of one tenant, whatever its own limit, so that none "
		"can take the whole gateway. 0: no limit."),
	BH_INT("tenant_keys", "1000", 0, 1000000, struct auth_conf, tenant_keys,
		"Maximum number of active API keys of one tenant; as many ended ones are kept. 0: no "
		"limit."),
	BH_INT("tenant_users", "10000", 0, 10000000, struct auth_conf, tenant_users,
		"Maximum number of users of one tenant. 0: no limit."),
	BH_INT("user_sessions", "100", 1, 10000, struct auth_conf, user_sessions,
		"Maximum number of sessions of one user in a tenant; one more ends the oldest."),
	BH_INT("console_idle_s", "43200", 300, 2592000, struct auth_conf, console_idle_s,
		"How long a console session can stay unused before it ends; a tenant can set less."),
	BH_INT("console_max_s", "604800", 300, 31536000, struct auth_conf, console_max_s,
		"Maximum lifetime of a console session, however active it is; a tenant can set less."),
	BH_INT("staff_console_idle_s", "3600", 300, 2592000, struct auth_conf, staff_console_idle_s,
		"The same two for the platform's own tenant, whose members are superusers."),
	BH_INT("staff_console_max_s", "43200", 300, 31536000, struct auth_conf, staff_console_max_s,
		"Maximum lifetime of a superuser's console session."),
	BH_INT("keep_session_s", "604800", 1, 3153600000, struct auth_conf, keep_session_s,
		"How long a session is kept after it has expired."),
	BH_INT("keep_link_s", "604800", 1, 3153600000, struct auth_conf, keep_link_s,
		"How long a one-time link is kept after it has expired."),
	BH_INT("keep_mail_s", "604800", 1, 3153600000, struct auth_conf, keep_mail_s,
		"How long it is kept what mail was written to people; its links are forgotten when it is "
		"sent."),
	BH_INT("keep_job_s", "3600", 1, 3153600000, struct auth_conf, keep_job_s,
		"How long a job of the auth service is kept after it ends."),
	BH_INT("keep_deletion_s", "315360000", 1, 3153600000, struct auth_conf, keep_deletion_s,
		"How long the receipt of a tenant's deletion is kept after the deletion has been "
		"completed."),
	BH_INT("keep_impersonation_s", "31536000", 86400, 3153600000, struct auth_conf,
		keep_impersonation_s,
		"How long it is kept who of the platform's staff acted as whom, after the end."),
	BH_INT("keep_audit_s", "34560000", 86400, 3153600000, struct auth_conf, keep_audit_s,
		"How long audit lines can be searched; they go by whole months. The files are kept for "
		"audit.days."),
};

struct bh_db
auth_vital_db(struct bh_runtime *runtime, struct bh_arena *arena)
{
	return (struct bh_db){
		.pool = bh_runtime_db(runtime),
		.arena = arena,
		.context = bh_platform_tenant,
		.vital = true,
	};
}

static void
rotate_keys(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	struct auth *auth = service;
	int rc = auth_signer_cycle(auth->signer, &db, bh_runtime_checker(runtime), bh_clock_wall_ms());

	if (rc < 0)
		bh_log_failure("rotate the signing keys", rc);
}

/* What an expired key began ends within a second, as if the key had been revoked. */
static void
expire_keys(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	static _Thread_local bool failing; /* one line when it begins to fail */
	size_t n = 0;
	int rc;

	(void)service;
	rc = auth_key_expire(&db, bh_clock_wall_ms(), &n);
	if (rc < 0 && !failing)
		bh_log_failure("end expired keys", rc);
	failing = rc < 0;
	if (n > 0)
		bh_runtime_wake(runtime, AUTH_WORKER_PUSH);
}

/* The months of the index of audit lines. */
static void
keep_audit(struct bh_runtime *runtime, void *service)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	const struct auth *auth = service;
	int64_t dropped = 0;
	int rc = auth_store_audit_months(&db, &bh_platform_tenant, auth->conf.keep_audit_s * 1000,
		&dropped);

	if (rc < 0)
		bh_log_failure("keep the months of audit lines", rc);
	else if (dropped > 0)
		bh_log(BH_LOG_INFO, "removed %lld months of audit lines from the index",
			(long long)dropped);
}

/* clang-format off */
static const struct bh_worker workers[] = {
	/* name           every_ms  function         threads */
	{"rotate-keys",      60000, rotate_keys,     0},
	{AUTH_WORKER_PUSH,    1000, auth_push_run,   0},
	{"crowds",            1000, auth_push_crowds, 0},
	{"expire-keys",        300, expire_keys,     0},
	{AUTH_WORKER_IMPERSONATE, 1000, auth_impersonate_sweep, 0},
	{"prune",            60000, auth_push_prune, 0},
	{"audit-months",    600000, keep_audit,      0},
	{"observe", AUTH_OBSERVE_EVERY_MS, auth_observe_run, 0},
	{"audit-chain", AUTH_CHAIN_BEAT_MS, auth_chain_run, 0},
	{"audit-stream", AUTH_STREAM_BEAT_MS, auth_stream_run, AUTH_STREAM_THREADS},
	{AUTH_WORKER_SYSLOG, AUTH_SYSLOG_BEAT_MS, auth_syslog_run, 0},
	{AUTH_WORKER_DELETION, AUTH_DELETION_BEAT_MS, auth_deletion_run, 0},
	{0},
};
/* clang-format on */

static void
state_close(struct bh_runtime *runtime, void *state)
{
	struct auth *auth = state;

	(void)runtime;
	auth_signer_close(auth->signer);
	auth_tries_close(auth->tries);
	auth_pusher_close(auth->pusher);
	auth_observed_close(auth->observed);
	auth_syslog_close(auth->syslog);
	bh_password_pool_close(auth->hasher);
	bh_secret_close(&auth->refresh_key);
	bh_secret_close(&auth->totp_key);
	bh_secret_close(&auth->recovery_key);
	bh_secret_close(&auth->client_key);
	bh_secret_close(&auth->mail_key);
	bh_secret_close(&auth->chain.seal_key);
	bh_secret_close(&auth->webhooks.key);
}

BH_MUST_CHECK static int
signer_open(struct bh_runtime *runtime, struct auth *auth)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	struct bh_db db = auth_vital_db(runtime, &arena);
	struct auth_signer_conf conf = {
		.issuer = bh_runtime_conf(runtime)->issuer,
		.access_ttl_s = auth->conf.access_ttl_s,
		.rotate_ms = auth->conf.key_rotate_days * DAY_MS,
	};
	int rc;

	bh_runtime_key(runtime, "auth.signing_key", &conf.seal_key);
	rc = auth_signer_open(&conf, &auth->signer);
	bh_secret_close(&conf.seal_key);
	return rc < 0
		? rc
		: auth_signer_cycle(auth->signer, &db, bh_runtime_checker(runtime), bh_clock_wall_ms());
}

/* The other half is for everybody who is not signing in. */
static unsigned
hash_threads(const struct auth_conf *conf)
{
	unsigned processors = bh_processors();

	if (conf->hash_threads > 0)
		return (unsigned)conf->hash_threads;
	return processors > 2 ? processors / 2 : 1;
}

static int
state_open(struct bh_runtime *runtime, void *state)
{
	struct auth *auth = state;
	struct bh_secret tries_key;
	int rc;

	bh_runtime_key(runtime, "auth.tries", &tries_key);
	bh_runtime_key(runtime, "auth.refresh_token", &auth->refresh_key);
	bh_runtime_key(runtime, "auth.account_client", &auth->client_key);
	bh_runtime_key(runtime, "auth.totp", &auth->totp_key);
	bh_runtime_key(runtime, "auth.recovery_code", &auth->recovery_key);
	bh_runtime_key(runtime, "auth.outbox_mail", &auth->mail_key);
	bh_runtime_key(runtime, "auth.audit_key", &auth->chain.seal_key);
	auth->chain.rotate_ms = auth->conf.audit_key_rotate_days * DAY_MS;
	auth->webhooks = (struct bh_webhooks){
		.context = "auth.audit_stream",
		.fetcher = bh_runtime_fetcher(runtime),
		.private_hosts = auth->conf.webhook_private,
		.ca_file = auth->conf.webhook_ca_file,
		.stop = bh_runtime_stop_flag(runtime),
	};
	bh_runtime_key(runtime, "auth.webhook_secret", &auth->webhooks.key);
	auth->mail = &bh_runtime_conf(runtime)->mail;
	auth->public_url = bh_runtime_conf(runtime)->public_url;
	auth_roles_init(bh_runtime_services(runtime), &auth->roles);
	bh_services_names(bh_runtime_services(runtime), auth->audience, sizeof(auth->audience));
	rc = bh_password_pool_open(hash_threads(&auth->conf), (unsigned)auth->conf.hash_waiting,
		&auth->hasher);
	if (rc == 0)
		rc = auth_tries_open(bh_runtime_shared(runtime), &tries_key, &auth->tries);
	bh_secret_close(&tries_key);
	if (rc == 0)
		rc = auth_pusher_open(&auth->pusher);
	if (rc == 0)
		rc = auth_observed_open(&auth->observed);
	if (rc == 0)
		rc = auth_syslog_open(&auth->conf, &auth->syslog);
	if (rc == 0)
		rc = signer_open(runtime, auth);
	if (rc < 0)
		state_close(runtime, auth);
	return rc;
}

/* clang-format off */
static const struct bh_retention_kind retention[] = {
	{"session", BH_RETENTION_SQL("session", "id", "expires_at", ""), 50,
		offsetof(struct auth, conf.keep_session_s)},
	{"link", BH_RETENTION_SQL("one_time_link", "id", "expires_at", ""), 200,
		offsetof(struct auth, conf.keep_link_s)},
	{"tenant_deletion", BH_RETENTION_SQL("tenant_deletion", "id", "completed_at", ""), 20,
		offsetof(struct auth, conf.keep_deletion_s)},
	{"impersonation", BH_RETENTION_SQL("impersonation", "id", "until_at", ""), 50,
		offsetof(struct auth, conf.keep_impersonation_s)},
	{"invitation", BH_RETENTION_SQL("invitation", "id", "expires_at", ""), 200,
		offsetof(struct auth, conf.keep_link_s)},
	{"outbox_mail", BH_RETENTION_SQL("outbox_mail", "id", "created_at", ""), 200,
		offsetof(struct auth, conf.keep_mail_s)},
	{"job", BH_RETENTION_SQL("job", "id", "finished_at", "AND queue = 'auth'"), 200,
		offsetof(struct auth, conf.keep_job_s)},
	BH_RETENTION_IDEMPOTENCY("idempotency_auth"),
	{0},
};
/* clang-format on */

static const struct bh_idempotency_sql idempotency = BH_IDEMPOTENCY_SQL("idempotency_auth");

static const struct bh_scope scopes[] = {
	{"account:read", BH_ROLE_VIEWER, true},
	{"account:write", BH_ROLE_VIEWER},
	{"cors:read", BH_ROLE_VIEWER},
	{"limits:read", BH_ROLE_VIEWER, true},
	{"keys:read", BH_ROLE_MEMBER},
	{"keys:write", BH_ROLE_MEMBER},
	{"audit:read", BH_ROLE_ADMIN},
	{"cors:write", BH_ROLE_ADMIN},
	{"settings:read", BH_ROLE_ADMIN},
	{"settings:write", BH_ROLE_ADMIN},
	{"users:read", BH_ROLE_ADMIN},
	{"users:write", BH_ROLE_ADMIN},
	{"limits:write", BH_ROLE_SUPERUSER},
	{"metrics:read", BH_ROLE_SUPERUSER},
	{"platform:read", BH_ROLE_SUPERUSER},
	{"tenants:read", BH_ROLE_SUPERUSER},
	{"tenants:write", BH_ROLE_SUPERUSER},
	{0},
};

const struct bh_service auth_service = {
	.name = "auth",
	.settings = BH_LIST(settings),
	.routes = auth_routes,
	.scopes = scopes,
	.workers = workers,
	.jobs = &auth_jobs,
	.state_size = sizeof(struct auth),
	.issues_tokens = true,
	.open = state_open,
	.close = state_close,
	.retention = retention,
	.metrics = auth_observe_metrics,
	.idempotency = &idempotency,
	.erase = auth_deletion_erase,
};
