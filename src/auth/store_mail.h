/* SPDX-License-Identifier: Apache-2.0 */
/* store_mail.h: mail to people, from when it is owed until some time after it was sent. */
#ifndef BH_AUTH_STORE_MAIL_H
#define BH_AUTH_STORE_MAIL_H

#include "auth/auth.h"
#include "base/uuid.h"

struct auth_mail_row {
	struct bh_uuid id, about;
	const char *kind; /* "invitation", "reset" */
	const char *recipient, *subject;
	struct bh_bytes link, body; /* sealed; empty once it was sent or given up */
	const char *state;          /* "pending", "sent", "dead", "local" */
	const char *error;          /* NULL: none */
	int64_t attempts, created_ms, expires_ms;
};

/* Inside bh_tx_run, with what it is about. */
BH_MUST_CHECK int auth_store_mail_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct auth_mail_row *mail);
BH_MUST_CHECK int auth_store_mail_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct auth_mail_row *out);
/* The newest first. */
BH_MUST_CHECK int auth_store_mail_list(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t limit, struct auth_mail_row **out, size_t *out_count);
/* How many of a kind were written since then, counted up to `most`. */
BH_MUST_CHECK int auth_store_mail_count(struct bh_db *db, const struct bh_uuid *tenant,
	const char *kind, int64_t since_ms, int64_t most, int64_t *out);

/* One more attempt of a pending one failed, and why. */
BH_MUST_CHECK int auth_store_mail_failed(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *error);
/* It is "sent", "dead" or, with what it holds, "local". */
BH_MUST_CHECK int auth_store_mail_end(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *state, const char *error);
/* Gives up what is about something that is over: no link is left that does not work. */
BH_MUST_CHECK int auth_store_mail_drop(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *about);

/* Tenants that have any, without a context: the last to begin first. */
BH_MUST_CHECK int auth_store_mail_tenants(struct bh_db *db, int64_t limit, struct bh_uuid **out,
	size_t *out_count);

#endif
