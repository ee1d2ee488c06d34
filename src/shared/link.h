/* SPDX-License-Identifier: Apache-2.0 */
/* link.h: connections to Valkey, scripts, and the breaker. Only src/shared includes it. The process
 * ignores SIGPIPE. */
#ifndef BH_SHARED_LINK_H
#define BH_SHARED_LINK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"

struct bh_link; /* thread-safe */

enum bh_link_script {
	BH_LINK_TAKE, /* (cost, burst, owed, forced) -> {wait, left} */
	BH_LINK_HOLD, /* (most, id, ms, forced) -> {held, holders} */
	BH_LINK_GIVE, /* (id) -> {removed, holders} */
	BH_LINK_SCRIPTS
};

enum { BH_LINK_NUMBERS = 2, BH_LINK_ARGUMENTS = 4 };

BH_MUST_CHECK int bh_link_open(const char *url, int64_t timeout_ms, struct bh_link **out);
void bh_link_close(struct bh_link *link); /* safe on NULL */

/* Runs a script on one key; the arguments it names are not NULL. BH_E_UNAVAILABLE, at once while the breaker is
 * open. */
BH_MUST_CHECK int bh_link_run(struct bh_link *link, enum bh_link_script script, const char *key,
	const char *const arguments[BH_LINK_ARGUMENTS], int64_t out[BH_LINK_NUMBERS]);

/* Since when it has been away, by the steady clock; 0: it is there, or was not asked yet. */
int64_t bh_link_away_us(const struct bh_link *link);

/* When it was there again, or had forgotten its scripts and so all else; 0: never. */
int64_t bh_link_back_us(const struct bh_link *link);

struct bh_link_counts {
	uint64_t asked, failed, skipped;
};
struct bh_link_counts bh_link_counts(const struct bh_link *link);

#endif
