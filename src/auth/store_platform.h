/* SPDX-License-Identifier: Apache-2.0 */
/* store_platform.h: numbers of the whole platform: its queues, its database. */
#ifndef AUTH_STORE_PLATFORM_H
#define AUTH_STORE_PLATFORM_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct auth_queue {
	const char *queue;
	int64_t ready, scheduled, running;
	int64_t oldest_s; /* how long the oldest that is ready has waited */
};

struct auth_database {
	int64_t bytes, connections, connections_max;
	int64_t oldest_transaction_s; /* -1: the server does not tell us */
	const char *version;
};

/* `tenant` is the platform's. */
BH_MUST_CHECK int auth_store_platform_queues(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_queue **out, size_t *out_n);
BH_MUST_CHECK int auth_store_platform_database(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_database *out);

#endif
