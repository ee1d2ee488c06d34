/* SPDX-License-Identifier: Apache-2.0 */
/* revoked.h: the revocation log in memory, bounded for each tenant; not thread-safe by itself. */
#ifndef BH_SEC_REVOKED_H
#define BH_SEC_REVOKED_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "sec/claims.h"

/* An entry is needed while a token from before it can live: 600 s, and room for clocks. */
#define BH_REVOKED_KEEP_MS (900 * 1000)
#define BH_REVOKED_MOST 65536u /* slots; about 4 MB */
/* Number of individual revocations remembered per tenant; all its older tokens are dead where there are
 * more. */
#define BH_REVOKED_SHARE 4096u
/* Number remembered of each tenant even if that needs more slots. */
#define BH_REVOKED_LEAST 16u

/* Whoever holds a token from before a change of plan has as long to get another: the gateway is told of the change
 * about when services read it, and nobody is to be refused in between. */
#define BH_REVOKED_RENEW_MS 3000

/* PLAN: what the tenant may use has changed. Tokens from before are made anew; what they began goes on. */
enum bh_revoked_kind {
	BH_REVOKED_TENANT,
	BH_REVOKED_CREDENTIAL,
	BH_REVOKED_SUBJECT,
	BH_REVOKED_PLAN
};

struct bh_revoked_entry {
	struct bh_uuid tenant, id;
	int64_t seq; /* 0: free */
	int64_t noted_ms;
	enum bh_revoked_kind kind;
};

/* What is known of one tenant; a zero id stands for persons in all tenants. */
struct bh_revoked_tenant {
	struct bh_uuid id;
	int64_t newest;   /* the newest sequence noted of it; 0: free */
	int64_t noted_ms; /* when that was */
	/* Every token of the tenant with a lower `ver` is invalid: the whole tenant was revoked, or
	 * individual revocations had to be dropped for lack of room, so that all older tokens are refused
	 * and new ones are needed. */
	int64_t floor;
	/* Tokens with a lower `ver` begin nothing new: with one below `renewed` from now on, with one below `renewing`
	 * BH_REVOKED_RENEW_MS after renewing_ms. */
	int64_t renewed, renewing, renewing_ms;
	size_t entries; /* some may have expired */
};

/* Open addressing. Zeroed means empty. */
struct bh_revoked_set {
	struct bh_revoked_entry *entries; /* owned */
	size_t size;                      /* a power of two */
	size_t used;
	struct bh_revoked_tenant *tenants; /* owned */
	size_t n_tenants_size, n_tenants;
	int64_t seq; /* the newest noted */
};

/* `tenant` is whose row it is: zero for a person in all tenants. */
void bh_revoked_add(struct bh_revoked_set *set, enum bh_revoked_kind kind,
	const struct bh_uuid *tenant, const struct bh_uuid *id, int64_t seq, int64_t now_ms);

/* The newest sequence noted for exactly this credential or person, or 0. */
int64_t bh_revoked_find(const struct bh_revoked_set *set, enum bh_revoked_kind kind,
	const struct bh_uuid *tenant, const struct bh_uuid *id);

/* Every token of this tenant with a lower `ver` is dead. */
int64_t bh_revoked_floor(const struct bh_revoked_set *set, const struct bh_uuid *tenant);

/* A tenant that has used half its share; false when there is none. */
bool bh_revoked_crowded(struct bh_revoked_set *set, int64_t now_ms, struct bh_uuid *out);

/* Whether anything these claims name was revoked after they were minted. */
bool bh_revoked_hits(const struct bh_revoked_set *set, const struct bh_claims *claims);

/* Whether what the tenant may use has changed since they were minted, and they should be minted anew by now. */
bool bh_revoked_stale(const struct bh_revoked_set *set, const struct bh_claims *claims,
	int64_t now_ms);

void bh_revoked_close(struct bh_revoked_set *set);

#endif
