/* SPDX-License-Identifier: Apache-2.0 */
/* store_audit.h: the index of audit lines (service/audit_index.h), as it is searched. */
#ifndef AUTH_STORE_AUDIT_H
#define AUTH_STORE_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

/* Makes the months to come and drops those that are over and older than this. */
BH_MUST_CHECK int auth_store_audit_months(struct bh_db *db, const struct bh_uuid *tenant,
	int64_t keep_ms, int64_t *out_dropped);

#endif
