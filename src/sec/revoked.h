/* revoked.h: the revocation log in memory, bounded; token.c's own, not thread-safe by itself. */
#ifndef BH_SEC_REVOKED_H
#define BH_SEC_REVOKED_H

#include "sec/token.h"

/* An entry is needed while a token from before it can live: 600 s, and room for clocks. */
#define BH_REVOKED_KEEP_MS (900 * 1000)
#define BH_REVOKED_MOST 65536u /* slots; about 4 MB */

struct bh_revoked_entry {
	struct bh_uuid tenant, id;
	int64_t seq; /* 0: free */
	int64_t noted_ms;
	enum bh_revoked_kind kind;
};

/* Open addressing. Zeroed means empty. */
struct bh_revoked_set {
	struct bh_revoked_entry *entries; /* owned */
	size_t size;                      /* a power of two */
	size_t used;
	int64_t seq; /* the newest noted */
	/* Every token with a lower `ver` is dead: what had to be forgotten for want of room is still
	 * refused, at the price of a new token for everybody older. */
	int64_t floor;
};

void bh_revoked_add(struct bh_revoked_set *set, enum bh_revoked_kind kind,
	const struct bh_uuid *tenant, const struct bh_uuid *id, int64_t seq, int64_t now_ms);

/* The newest sequence noted for exactly this, or 0. */
int64_t bh_revoked_find(const struct bh_revoked_set *set, enum bh_revoked_kind kind,
	const struct bh_uuid *tenant, const struct bh_uuid *id);

/* Whether anything these claims name was revoked after they were minted. */
bool bh_revoked_hits(const struct bh_revoked_set *set, const struct bh_claims *claims);

void bh_revoked_close(struct bh_revoked_set *set);

#endif
