/* SPDX-License-Identifier: Apache-2.0 */
/* store_view.h: views of lists that people keep for themselves. */
#ifndef AUTH_STORE_VIEW_H
#define AUTH_STORE_VIEW_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

#define AUTH_VIEWS_MOST 50 /* of one person in a tenant */

struct auth_view {
	struct bh_uuid id;
	const char *page, *name, *query;
	int64_t created_ms;
};

/* All of a person, of one page or, for NULL, of all. */
BH_MUST_CHECK int auth_store_view_list(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const char *page, struct auth_view **out, size_t *out_n);
/* Adds it, in a transaction in which the person's membership is held. BH_E_CONFLICT: the page has one of that name;
 * BH_E_NOT_FOUND: no member; BH_E_TOO_MANY. */
BH_MUST_CHECK int auth_store_view_add(struct bh_db *tx, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const struct auth_view *view, struct auth_view *out);
BH_MUST_CHECK int auth_store_view_remove(struct bh_db *db, const struct bh_uuid *tenant,
	const struct bh_uuid *account, const struct bh_uuid *id);

#endif
