/* SPDX-License-Identifier: Apache-2.0 */
/* mail.h: mail to people: written with what it is about, sent by a job, or kept for the operator. */
#ifndef BH_AUTH_MAIL_H
#define BH_AUTH_MAIL_H

#include "auth/auth.h"
#include "auth/store_mail.h"
#include "base/uuid.h"

struct bh_job;

#define AUTH_JOB_MAIL "mail"

enum auth_mail_kind { AUTH_MAIL_INVITATION, AUTH_MAIL_RESET };

struct auth_mail_new {
	enum auth_mail_kind kind;
	struct bh_uuid about;
	const char *recipient;
	const char *locale;
	const char *tenant_name, *inviter, *role; /* of an invitation */
	const char *token;                        /* of the link */
	int64_t now_ms, expires_ms;
};

/* Writes it, and a job that sends it unless no mail server is set. A tenant may have so many of a kind
 * within a day: BH_E_TOO_MANY. Inside bh_tx_run, under the tenant's lock. */
BH_MUST_CHECK int auth_mail_add(const struct auth *auth, struct bh_db *tx,
	const struct bh_uuid *tenant, const struct auth_mail_new *mail);

/* Its link, in the handle's arena; "" when it is not kept any more. */
BH_MUST_CHECK int auth_mail_link(const struct auth *auth, struct bh_db *db,
	const struct auth_mail_row *mail, const char **out);

/* The wait before the next attempt: it grows from half a minute to an hour. */
int64_t auth_mail_wait_ms(int64_t attempt);

/* Sends one; as a job's function. */
int auth_mail_run(struct bh_job *job);

#endif
