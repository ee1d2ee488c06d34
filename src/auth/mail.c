/* SPDX-License-Identifier: Apache-2.0 */
/* mail.c: mail to people. What holds a link is sealed in the database and forgotten once it was sent. */
#include "auth/mail.h"

#include <string.h>

#include "auth/mail_text.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/mail_conf.h"
#include "queue/worker.h"
#include "sec/digest.h"
#include "sec/seal.h"
#include "service/runtime.h"

#define DAY_MS INT64_C(86400000)

static const char *const kinds[] = {"invitation", "reset"};
static const char *const pages[] = {"invite", "reset"};

/* A sealed text is good for one member of one row. */
static const char *
seal_context(struct bh_arena *arena, const struct bh_uuid *id, const char *member)
{
	char text[BH_UUID_TEXT];

	bh_uuid_format(id, text);
	return bh_arena_printf(arena, "auth.outbox_mail.%s:%s", member, text);
}

BH_MUST_CHECK static int
room_check(const struct auth *auth, struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_mail_new *mail)
{
	int64_t most = auth->conf.tenant_mails_per_day, n = 0;
	int rc = auth_store_mail_count(tx, tenant, kinds[mail->kind], mail->now_ms - DAY_MS, most, &n);

	if (rc == 0 && n >= most)
		rc = bh_error(BH_E_TOO_MANY, "The tenant has sent %lld mails within a day, the maximum.",
			(long long)most);
	return rc;
}

BH_MUST_CHECK static int
job_add(struct bh_db *tx, const struct bh_uuid *tenant, const struct bh_uuid *mail)
{
	return bh_job_add(tx, tenant,
		&(struct bh_job_new){
			.id = bh_uuid_new(),
			.queue = "auth",
			.kind = AUTH_JOB_MAIL,
			.subject = *mail,
			.payload = "{}",
		});
}

int
auth_mail_add(const struct auth *auth, struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_mail_new *mail)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0}, body = {0}, link = {0};
	bool sends = auth->mail != NULL && bh_mail_is_set(auth->mail);
	const struct auth_mail_words words = {
		.locale = mail->locale,
		.tenant = mail->tenant_name,
		.inviter = mail->inviter,
		.role = mail->role,
		.link = bh_arena_printf(tx->arena, "%s/%s#%s", auth->public_url, pages[mail->kind],
			mail->token),
		.expires_ms = mail->expires_ms,
	};
	struct auth_mail_row row = {
		.id = bh_uuid_new(),
		.about = mail->about,
		.kind = kinds[mail->kind],
		.recipient = mail->recipient,
		.state = sends ? "pending" : "local",
		.created_ms = mail->now_ms,
		.expires_ms = mail->expires_ms,
	};
	int rc = room_check(auth, tx, tenant, mail);

	if (rc < 0)
		return rc;
	row.subject = mail->kind == AUTH_MAIL_RESET ? auth_mail_reset(&words, &text)
												: auth_mail_invitation(&words, &text);
	bh_seal(&auth->mail_key, seal_context(tx->arena, &row.id, "body"), text.data, text.len, &body);
	bh_seal(&auth->mail_key, seal_context(tx->arena, &row.id, "link"), words.link,
		strlen(words.link), &link);
	bh_wipe(text.data, text.len);
	row.body = (struct bh_bytes){body.data, body.len};
	row.link = (struct bh_bytes){link.data, link.len};
	rc = auth_store_mail_add(tx, tenant, &row);
	return rc < 0 || !sends ? rc : job_add(tx, tenant, &row.id);
}

BH_MUST_CHECK static int
unseal(const struct auth *auth, struct bh_arena *arena, const struct bh_uuid *id,
	const char *member, const struct bh_bytes *sealed, const char **out)
{
	BH_AUTO(bh_buf_close) struct bh_buf text = {0};
	int rc = bh_unseal(&auth->mail_key, seal_context(arena, id, member), sealed->data, sealed->len,
		&text);

	if (rc < 0)
		return bh_error(BH_E_INTERNAL, "cannot unseal the %s of a mail", member);
	*out = bh_arena_copy(arena, text.data, text.len);
	bh_wipe(text.data, text.len);
	return 0;
}

int
auth_mail_link(const struct auth *auth, struct bh_db *db, const struct auth_mail_row *mail,
	const char **out)
{
	if (mail->link.data == NULL) {
		*out = "";
		return 0;
	}
	return unseal(auth, db->arena, &mail->id, "link", &mail->link, out);
}

/* ---- the job ---- */

int64_t
auth_mail_wait_ms(int64_t attempt)
{
	static const int64_t seconds[] = {30, 60, 120, 300, 900, 1800, 3600};
	size_t last = BH_COUNT(seconds) - 1;
	size_t at = attempt < 1 ? 0 : (size_t)(attempt - 1);

	return seconds[at < last ? at : last] * 1000;
}

BH_MUST_CHECK static int
deliver(const struct auth *auth, struct bh_job *job, const struct auth_mail_row *row)
{
	char id[BH_UUID_HEX];
	struct bh_mail mail = {
		.to = &row->recipient,
		.n_to = 1,
		.id = id,
		.subject = row->subject,
		.sent_ms = bh_clock_wall_ms(),
	};
	int rc = unseal(auth, &job->arena, &row->id, "body", &row->body, &mail.text);

	if (rc < 0)
		return rc;
	bh_uuid_hex(&row->id, id);
	return bh_mail_deliver(auth->mail, &mail, &job->stop.now);
}

/* What is wrong with the operator's settings is the log's alone. */
static const char *
reason(int rc)
{
	if (rc == BH_E_CONFIG) {
		bh_log_failure("send a mail", rc);
		return "the mail server is not set up";
	}
	/* The server's words, if they are such. */
	return bh_error_detail(rc)[0] != '\0' && bh_text_is_plain(bh_error_detail(rc))
		? bh_error_detail(rc)
		: bh_error_row(rc)->sentence;
}

int
auth_mail_run(struct bh_job *job)
{
	const struct auth *auth = job->service;
	const struct bh_lease *lease = &job->lease;
	int64_t now_ms = bh_clock_wall_ms();
	struct auth_mail_row row;
	int rc = auth_store_mail_get(&job->db, &lease->tenant, &lease->subject, &row);

	if (rc == BH_E_NOT_FOUND)
		return BH_JOB_DONE; /* what it was about is over */
	if (rc < 0 || strcmp(row.state, "pending") != 0)
		return rc;
	if (row.expires_ms <= now_ms)
		return auth_store_mail_end(&job->db, &lease->tenant, &row.id, "dead", row.error);
	if (!bh_mail_is_set(auth->mail))
		return auth_store_mail_end(&job->db, &lease->tenant, &row.id, "local", row.error);
	rc = deliver(auth, job, &row);
	if (rc == 0)
		return auth_store_mail_end(&job->db, &lease->tenant, &row.id, "sent", NULL);
	if (rc == BH_E_CANCELLED)
		return rc;
	rc = auth_store_mail_failed(&job->db, &lease->tenant, &row.id, reason(rc));
	if (rc == 0)
		rc = bh_lease_retry(&job->db, lease, now_ms + auth_mail_wait_ms(row.attempts + 1),
			"not taken");
	return rc < 0 ? rc : BH_JOB_ENDED;
}
