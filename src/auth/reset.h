/* SPDX-License-Identifier: Apache-2.0 */
/* reset.h: a person who has forgotten their password asks for a link.
 *
 * Whoever asks is told nothing: known and unknown addresses cost the same row, a job, and the job finds out. */
#ifndef BH_AUTH_RESET_H
#define BH_AUTH_RESET_H

#include "auth/auth.h"

struct bh_job;

#define AUTH_JOB_RESET "reset"

/* Links that one person is sent within an hour and a day; they are valid side by side. */
enum { AUTH_RESETS_HOUR = 3, AUTH_RESETS_DAY = 6 };

/* Notes that a link was asked for. `email` as auth_email_read gives it. */
BH_MUST_CHECK int auth_reset_ask(struct bh_db *db, const char *email);

/* Makes the link of who has this address, and a mail with it. *out_made false: nobody has, they are disabled
 * or in no active tenant, or they have been sent enough. */
BH_MUST_CHECK int auth_reset_make(const struct auth *auth, struct bh_db *db, const char *email,
	int64_t now_ms, bool *out_made);

/* The same, as a job's function. */
int auth_reset_run(struct bh_job *job);

#endif
