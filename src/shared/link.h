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
struct bh_shared;

/* The one behind struct bh_shared. */
struct bh_link *bh_shared_link(struct bh_shared *shared);

/* What a bucket that held one part when the place came back still owes; one that holds little holds once the
 * cost. */
int64_t bh_shared_owed_us(const struct bh_shared *shared, int64_t cost_us, int64_t burst_us);

enum bh_link_script {
	BH_LINK_TAKE, /* (cost, burst, owed, forced) -> {wait, left} */
	BH_LINK_HOLD, /* (most, id, ms, forced) -> {held, holders} */
	BH_LINK_GIVE, /* (id) -> {removed, holders} */
	/* (per_minute, returned, needed, spare, owed, at_once, gateway, used, places_needed, places_spare, ms) ->
	 * {permits, wait, left, places, places_left}; see shared/lease.h */
	BH_LINK_LEASE,
	BH_LINK_SCRIPTS
};

/* The most that a script takes and returns. */
enum { BH_LINK_NUMBERS = 5, BH_LINK_ARGUMENTS = 11 };

struct bh_link_call {
	enum bh_link_script script;
	const char *key;
	const char *const *arguments; /* borrowed; as many as the script names, none NULL */
	int64_t *out;                 /* borrowed; room for what it returns */
};

/* BH_E_CONFIG: no such form of address, or a password in it and another beside it. */
BH_MUST_CHECK int bh_link_check(const char *url, bool has_password);
/* The password, which may be NULL, is copied. */
BH_MUST_CHECK int bh_link_open(const char *url, const char *password, int64_t timeout_ms,
	struct bh_link **out);
void bh_link_close(struct bh_link *link); /* safe on NULL */

/* Runs a script on one key; the arguments it names are not NULL. BH_E_UNAVAILABLE, at once while the breaker is
 * open. */
BH_MUST_CHECK int bh_link_run(struct bh_link *link, enum bh_link_script script, const char *key,
	const char *const *arguments, int64_t *out);
/* Several calls of one script, sent at once; at least one. Where it fails, some may have been done. */
BH_MUST_CHECK int bh_link_run_all(struct bh_link *link, struct bh_link_call *calls, size_t n);

/* Since when it has been away, by the steady clock; 0: it is there, or was not asked yet. */
int64_t bh_link_away_us(const struct bh_link *link);

/* When it was there again, or had forgotten its scripts or its keys; 0: never. */
int64_t bh_link_back_us(const struct bh_link *link);

struct bh_link_counts {
	uint64_t asked, failed, skipped;
};
struct bh_link_counts bh_link_counts(const struct bh_link *link);

#endif
