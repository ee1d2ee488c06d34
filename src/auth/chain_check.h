/* SPDX-License-Identifier: Apache-2.0 */
/* chain_check.h: whether the stored events, hashes and checkpoints of a tenant's chain fit each other. */
#ifndef AUTH_CHAIN_CHECK_H
#define AUTH_CHAIN_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

enum {
	AUTH_CHECK_TILES = 32,    /* of a stretch */
	AUTH_CHECK_FINDINGS = 100 /* that are told of it */
};

struct auth_chain_finding {
	int64_t position;
	const char *what; /* changed, missing, added, tree, checkpoint */
};

struct auth_chain_check {
	int64_t from,
		to; /* what was looked at: positions, and with the last stretch what lies behind the chain */
	int64_t size, sealed, sealed_ms;
	int64_t events, gone, checkpoints;
	bool has_more;
	struct auth_chain_finding *findings; /* in db->arena */
	size_t n_findings;
};

/* One stretch, from the tile on that `from` lies in. */
BH_MUST_CHECK int auth_chain_check(struct bh_db *db, const struct bh_uuid *tenant, int64_t from,
	struct auth_chain_check *out);

#endif
