/* SPDX-License-Identifier: Apache-2.0 */
/* store_platform.h: what is told of the whole platform: queues, database, tenants, mail. */
#ifndef AUTH_STORE_PLATFORM_H
#define AUTH_STORE_PLATFORM_H

#include <stdbool.h>
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

/* A tenant with what it has and uses. */
struct auth_tenant_figures {
	struct bh_uuid id;
	const char *name, *state;
	const char *plan; /* NULL: none */
	int64_t created_ms, members;
	int64_t month_spent; /* nano-units */
	int64_t requests_today;
};

#define AUTH_TENANT_SORTS "name created_at members month_spent requests_today"

struct auth_tenant_order {
	const char *sort; /* one of AUTH_TENANT_SORTS */
	bool descending;
	const char *text;     /* in its name; NULL: any */
	struct bh_uuid after; /* zero: from the first */
};

/* Mail of any tenant, without what it says. */
struct auth_mail_told {
	struct bh_uuid id, tenant;
	const char *tenant_name; /* NULL: the tenant is gone */
	const char *kind, *recipient, *state, *error;
	int64_t attempts, created_ms, expires_ms;
};

/* Jobs that are not over, of a kind. */
struct auth_jobs {
	const char *queue, *kind;
	int64_t ready, scheduled, running;
	int64_t oldest_s; /* how long the oldest that is ready has waited; 0: none is */
};

/* A figure of the whole by its name, some by a label ("" for none). */
struct auth_figure {
	const char *name, *label;
	int64_t figure;
};

/* `tenant` is the platform's. */
BH_MUST_CHECK int auth_store_platform_queues(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_queue **out, size_t *out_n);
BH_MUST_CHECK int auth_store_platform_database(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_database *out);
BH_MUST_CHECK int auth_store_platform_tenants(struct bh_db *db, const struct bh_uuid *tenant,
	const struct auth_tenant_order *order, int64_t limit, struct auth_tenant_figures **out,
	size_t *out_n);
BH_MUST_CHECK int auth_store_platform_mails(struct bh_db *db, const struct bh_uuid *tenant,
	const char *state, const struct bh_uuid *before, int64_t limit, struct auth_mail_told **out,
	size_t *out_n);
BH_MUST_CHECK int auth_store_platform_jobs(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_jobs **out, size_t *out_n);
BH_MUST_CHECK int auth_store_platform_figures(struct bh_db *db, const struct bh_uuid *tenant,
	struct auth_figure **out, size_t *out_n);

#endif
