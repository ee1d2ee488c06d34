/* SPDX-License-Identifier: Apache-2.0 */
/* store_team.h: teams and who belongs to them. */
#ifndef BH_BILLING_STORE_TEAM_H
#define BH_BILLING_STORE_TEAM_H

#include "db/db.h"

struct billing_team {
	struct bh_uuid id;
	const char *name;
	int64_t members;
	int64_t created_ms, archived_ms; /* 0: it is in use */
};

struct billing_team_member {
	struct bh_uuid account;
	int64_t added_ms;
};

/* A tenant has at most `most` teams, archived ones among them: *out_added is false when it has them. BH_E_CONFLICT for a name in use. */
BH_MUST_CHECK int billing_store_team_add(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *name, int64_t most, struct billing_team *out,
	bool *out_added);
BH_MUST_CHECK int billing_store_team_get(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, struct billing_team *out);
BH_MUST_CHECK int billing_store_team_list(struct bh_db *db, const struct bh_uuid *tenant,
	bool archived, const struct bh_uuid *after, int64_t limit, struct billing_team **out,
	size_t *out_n);
/* BH_E_NOT_FOUND, BH_E_CONFLICT for a name in use. An archived one keeps its name. */
BH_MUST_CHECK int billing_store_team_rename(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id, const char *name);
BH_MUST_CHECK int billing_store_team_archive(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *id);

BH_MUST_CHECK int billing_store_team_members(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *team, const struct bh_uuid *after, int64_t limit,
	struct billing_team_member **out, size_t *out_n);
/* BH_E_REFERENCE when the team or the person is not the tenant's. */
BH_MUST_CHECK int billing_store_team_join(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *team, const struct bh_uuid *account);
/* BH_E_NOT_FOUND for who is no member. */
BH_MUST_CHECK int billing_store_team_leave(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *team, const struct bh_uuid *account);

#endif
