/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.h: the addresses of a host, from the system's resolver, within a time that the caller sets. */
#ifndef BH_HTTP_LOOKUP_H
#define BH_HTTP_LOOKUP_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "http/address.h"

/* The look-ups of a process that have not ended. The system's resolver cannot be interrupted, and waits for servers
 * that whoever owns a name chooses: so each look-up has a thread of its own, which ends later than its caller may
 * want, and a tenant has at most 4 of 32. Thread-safe. */
struct bh_lookups;

BH_MUST_CHECK int bh_lookups_open(struct bh_lookups **out);
/* What has not ended yet ends by itself. Safe on NULL. */
void bh_lookups_close(struct bh_lookups *lookups);

struct bh_lookup {
	const struct bh_uuid *tenant;
	const char *host; /* a name, or an address in any form that the system reads */
	unsigned port;
	/* The name is one of everybody's: what this machine's network adds to names (search domains, its own list of
	 * hosts) is not asked, and a name without a domain is BH_E_URL_REFUSED. */
	bool only_public;
	int watch_fd;       /* as in struct bh_http_call */
	const bool *cancel; /* likewise */
	int64_t timeout_ms;
};

/* All addresses of the host, at least one. BH_E_CONNECT (there are none, or more than BH_ADDRESSES_MOST: all are
 * wanted, so that all can be judged), BH_E_UPSTREAM_TIMEOUT, BH_E_BUSY, BH_E_URL_REFUSED, BH_E_GONE,
 * BH_E_CANCELLED, BH_E_MEMORY. */
BH_MUST_CHECK int bh_lookup(struct bh_lookups *lookups, const struct bh_lookup *ask,
	struct bh_addresses *out);

#endif
