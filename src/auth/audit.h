/* SPDX-License-Identifier: Apache-2.0 */
/* audit.h: a search through the index of audit lines, which goes on from stretch to stretch, the newest first. */
#ifndef AUTH_AUDIT_H
#define AUTH_AUDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "auth/store_audit.h"
#include "base/arena.h"
#include "base/macros.h"
#include "db/db.h"

enum { AUTH_AUDIT_MS = 150 /* a page is answered with what was found by then */ };

/* Zeroed, with the filter set, it looks at everything. All text is borrowed. */
struct auth_audit_search {
	struct bh_uuid tenant; /* whose rows; with `across` the platform's id */
	bool across;           /* those of all tenants */
	struct auth_audit_filter filter;
	struct bh_uuid from;   /* no row with a lower id */
	struct bh_uuid before; /* where it goes on: with rows below this id */
	bool over;             /* there is nothing more */
};

/* The bounds of a search by time (ms; 0: none) and the id that it goes on from (zero: none). */
void auth_audit_bounds(struct auth_audit_search *search, int64_t from_ms, int64_t to_ms,
	const struct bh_uuid *after);

/* One stretch: the rows in it that are looked for, in db->arena. */
BH_MUST_CHECK int auth_audit_step(struct bh_db *db, struct auth_audit_search *search,
	struct auth_audit_row **out, size_t *out_n);

/* Stretches until there are `most` rows, or nothing more, or that moment of the steady clock has come; then the
 * search is not over, however few there are. */
BH_MUST_CHECK int auth_audit_page(struct bh_db *db, struct auth_audit_search *search, size_t most,
	int64_t until_ms, struct auth_audit_row **out, size_t *out_n);

#endif
