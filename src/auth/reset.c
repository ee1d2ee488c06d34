/* SPDX-License-Identifier: Apache-2.0 */
/* reset.c: links by which people set a new password themselves. */
#include "auth/reset.h"

#include <string.h>

#include "auth/mail.h"
#include "auth/member.h"
#include "auth/names.h"
#include "auth/store_account.h"
#include "auth/store_link.h"
#include "auth/store_membership.h"
#include "auth/store_profile.h"
#include "auth/store_tenant.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "json/fields.h"
#include "queue/worker.h"
#include "sec/credential.h"

#define HOUR_MS INT64_C(3600000)

/* ---- asking ---- */

static const struct bh_field payload_fields[] = {
	{"email", BH_FIELD_TEXT, 0, BH_REQUIRED, 1, 254},
};

/* While a request for an address waits, another one changes nothing. */
static void
subject_of(const char *email, struct bh_uuid *out)
{
	struct bh_digest digest;

	bh_digest_sha256(email, strlen(email), &digest);
	memcpy(out->bytes, digest.bytes, sizeof(out->bytes));
}

BH_MUST_CHECK static int
ask_work(struct bh_db *tx, void *ctx)
{
	BH_AUTO(bh_buf_close) struct bh_buf payload = {0};
	struct bh_write write = {.out = &payload};
	struct bh_job_new job = {
		.id = bh_uuid_new(),
		.queue = "auth",
		.kind = AUTH_JOB_RESET,
	};

	bh_fields_write(&write, BH_LIST(payload_fields), &(const char *){ctx});
	subject_of(ctx, &job.subject);
	job.payload = bh_buf_string(&payload);
	return bh_job_add(tx, &bh_platform_tenant, &job);
}

int
auth_reset_ask(struct bh_db *db, const char *email)
{
	return bh_tx_run(AUTH_DB(auth_platform(db)), ask_work, (void *)email);
}

/* ---- making ---- */

struct make {
	const struct auth *auth;
	const char *email;
	int64_t now_ms;
	struct auth_profile profile;
	const struct auth_home *home;
	bool made;
};

/* A tenant that the person can sign in to; *out stays NULL when there is none. */
BH_MUST_CHECK static int
home_find(struct bh_db *tx, const struct bh_uuid *account, const struct auth_home **out)
{
	struct auth_home *homes = NULL;
	size_t n = 0;
	int rc = auth_store_account_homes(tx, account, AUTH_HOMES_SHOWN, &homes, &n);

	for (size_t i = 0; rc == 0 && *out == NULL && i < n; i++) {
		struct bh_db own = auth_in_tenant(tx, &homes[i].tenant);
		struct auth_standing standing = {0};

		rc = auth_store_membership_standing(&own, &homes[i].tenant, account, &standing);
		if (rc == 0 && strcmp(standing.state, "active") == 0 &&
			strcmp(standing.tenant_state, "active") == 0)
			*out = &homes[i];
		if (rc == BH_E_NOT_FOUND) /* the membership goes before the directory */
			rc = 0;
	}
	return rc;
}

BH_MUST_CHECK static int
enough_check(struct bh_db *own, const struct make *make, bool *out_enough)
{
	int64_t hour = 0, day = 0;
	int rc = auth_store_link_count(own, &make->home->tenant, &make->profile.id, AUTH_LINK_RESET,
		make->now_ms - HOUR_MS, &hour);

	if (rc == 0)
		rc = auth_store_link_count(own, &make->home->tenant, &make->profile.id, AUTH_LINK_RESET,
			make->now_ms - 24 * HOUR_MS, &day);
	*out_enough = hour >= AUTH_RESETS_HOUR || day >= AUTH_RESETS_DAY;
	return rc;
}

BH_MUST_CHECK static int
link_make(struct bh_db *own, struct make *make)
{
	const struct bh_uuid *tenant = &make->home->tenant;
	char text[BH_CREDENTIAL_TEXT];
	struct bh_digest hash;
	struct auth_mail_new mail = {
		.kind = AUTH_MAIL_RESET,
		.about = bh_uuid_new(),
		.recipient = make->profile.email,
		.locale = make->profile.locale,
		.token = text,
		.now_ms = make->now_ms,
		.expires_ms = make->now_ms + make->auth->conf.reset_ttl_s * 1000,
	};
	int rc;

	bh_credential_make(BH_CREDENTIAL_LINK, tenant, &mail.about, text, &hash);
	rc = auth_store_link_add_beside(own, tenant, &mail.about, &make->profile.id, AUTH_LINK_RESET,
		&hash, "reset", make->now_ms, mail.expires_ms);
	if (rc == 0)
		rc = auth_mail_add(make->auth, own, tenant, &mail);
	bh_wipe(text, sizeof(text));
	return rc;
}

BH_MUST_CHECK static int
make_work(struct bh_db *tx, void *ctx)
{
	struct make *make = ctx;
	struct auth_account account = {0};
	bool found = false, enough = true;
	struct bh_db own;
	int rc = auth_store_account_find(tx, make->email, &account, &found);

	make->home = NULL;
	make->made = false;
	if (rc < 0 || !found || strcmp(account.state, "active") != 0)
		return rc;
	rc = home_find(tx, &account.id, &make->home);
	if (rc < 0 || make->home == NULL)
		return rc;
	own = auth_in_tenant(tx, &make->home->tenant);
	rc = auth_store_tenant_lock(tx, &make->home->tenant);
	if (rc == 0)
		rc = auth_store_profile_get(tx, &account.id, &make->profile);
	if (rc == 0)
		rc = enough_check(&own, make, &enough);
	if (rc < 0 || enough)
		return rc;
	rc = link_make(&own, make);
	make->made = rc == 0;
	return rc;
}

int
auth_reset_make(const struct auth *auth, struct bh_db *db, const char *email, int64_t now_ms,
	bool *out_made)
{
	struct make make = {.auth = auth, .email = email, .now_ms = now_ms};
	int rc = bh_tx_run(AUTH_DB(auth_platform(db)), make_work, &make);

	if (rc == 0)
		*out_made = make.made;
	return rc;
}

int
auth_reset_run(struct bh_job *job)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *text = NULL, *payload = job->lease.payload;
	char email[AUTH_EMAIL_BYTES];
	bool made = false;
	int rc = bh_json_parse(payload, strlen(payload), &doc);

	if (rc == 0)
		rc = bh_fields_read(&job->arena, doc.root, BH_LIST(payload_fields), "", &text);
	if (rc == 0)
		rc = auth_email_read(text, email);
	if (rc == 0)
		rc = auth_reset_make(job->service, &job->db, email, bh_clock_wall_ms(), &made);
	if (rc == BH_E_TOO_MANY) {
		bh_log(BH_LOG_WARN, "a link to reset a password was not sent: %s", bh_error_detail(rc));
		return BH_JOB_DONE;
	}
	if (made)
		bh_worker_pool_wake(job->pool);
	return rc;
}
