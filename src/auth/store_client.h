/* SPDX-License-Identifier: Apache-2.0 */
/* store_client.h: where each person has signed in from: the platform's. */
#ifndef BH_AUTH_STORE_CLIENT_H
#define BH_AUTH_STORE_CLIENT_H

#include "auth/auth.h"
#include "base/uuid.h"

/* Number of places remembered for a person, the latest ones. */
enum { AUTH_CLIENTS_KEPT = 8 };

/* Remembers that a person has proved themselves from there; written at most once a day for a place. */
BH_MUST_CHECK int auth_store_client_note(struct bh_db *db, const struct bh_uuid *account,
	const struct bh_digest *mark, int64_t now_ms);

#endif
