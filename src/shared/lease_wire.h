/* SPDX-License-Identifier: Apache-2.0 */
/* lease_wire.h: what the gateway's worker processes and the process that leases for them tell each other: one record a
 * packet over a Unix socket of the kind SOCK_SEQPACKET, in the machine's own order of bytes. Included by the nginx
 * module too, so it names nothing of either side.
 *
 * A permit is the right to one request of a rate, a place the right to one request at once. */
#ifndef BH_SHARED_LEASE_WIRE_H
#define BH_SHARED_LEASE_WIRE_H

#include <stdint.h>

#define BH_LEASE_SOCKET "limits.sock" /* in the gateway's folder of the run folder */
#define BH_LEASE_VERSION 1u

/* Unused permits are void so long after they were asked for: by so much time of its rate, 0.5 % of a limit a minute,
 * may a tenant be early, whatever the number of gateways. */
#define BH_LEASE_MS 300u

/* A place is a gateway's so long after it was asked for: what bh_shared holds anything for. */
#define BH_LEASE_PLACES_MS 15000u

/* Where a limit is so much for each gateway, one permit and one place stay with an idle owner, so that its next request
 * need not wait: all of them together are at most 0.5 % of the rate, and 3 % of the places. */
#define BH_LEASE_IDLE_PER_MINUTE 200u
#define BH_LEASE_IDLE_AT_ONCE 32u
#define BH_LEASE_IDLE_MS 10000u

/* What is more is no limit that anybody reaches. */
#define BH_LEASE_PER_MINUTE_MOST 60000000u
#define BH_LEASE_AT_ONCE_MOST 10000000u

enum {
	BH_LEASE_HELLO = 1, /* by a worker, first: which gateway it is of */
	BH_LEASE_ASK,       /* by a worker */
	BH_LEASE_ANSWER,    /* to each question */
	BH_LEASE_STATE      /* to a hello, and when away or gateways change */
};

struct bh_lease_record {
	uint8_t kind, version;
	uint8_t owner; /* 0: a tenant, 1: a key */
	uint8_t away;  /* answers and states: nothing is known; each gateway has its part */
	uint32_t sequence;
	uint8_t gateway[16], tenant[16], id[16];
	uint32_t per_minute, at_once; /* the limits; 0: none */

	/* Asked. What is returned was unused; of what is needed nothing but the limit itself is held back; what would be
	 * good to have besides is granted by how much is left. */
	uint32_t returned, needed, spare;
	uint32_t used, places_needed, places_spare; /* used: in flight, or held and relied upon */

	/* Answered. */
	uint32_t permits, left,
		wait_ms; /* left: of the limit, for all; wait_ms: until one more, where some are missing */
	uint32_t places, places_left; /* altogether, at least `used`; free of the limit, for all */
	uint32_t gateways;            /* that live, as last known; at least 1 */
};

#endif
