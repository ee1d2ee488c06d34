/* SPDX-License-Identifier: Apache-2.0 */
/* lease.h: requests per minute and at once of tenants and keys, counted by several gateways together.
 *
 * nginx decides by its own shared memory, at once, and never waits for Valkey. What it decides by has been leased: a
 * process beside it (`bulkhead step gateway-limits`) takes permits and places out of one bucket and one set for all
 * gateways, ahead of need, in batches that go with the rate, and gives back what is not used.
 *
 *   - A permit is charged when it is leased, so that no two gateways use the same one. It is void BH_LEASE_MS after it
 *     was asked for, and goes back: a bucket that has filled up meanwhile can be overrun by so much time of its rate.
 *   - A place belongs to a gateway until it says so, or was not heard of for BH_SHARED_HOLD_MS.
 *   - A request that finds neither waits for the answer, a millisecond or two; the worker goes on with others. It is
 *     refused by what the answer says, never because this gateway's lease is empty.
 *   - When Valkey, or the process, does not answer, each gateway has its part of each limit, as in shared.h.
 *
 * One call of one script serves both limits of an owner, and all that is asked at one moment goes out together. */
#ifndef BH_SHARED_LEASE_H
#define BH_SHARED_LEASE_H

#include <stdatomic.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/macros.h"
#include "shared/lease_wire.h"

struct bh_shared;

/* Whether a record that came in is one, with figures that a limit can have. */
bool bh_lease_is_good(const struct bh_lease_record *record, size_t len);

/* Turns questions into answers. Where nothing is known, all of them say so. */
void bh_lease_answer(struct bh_shared *shared, struct bh_lease_record *records, size_t n);

/* Says that a gateway lives, for BH_SHARED_HOLD_MS, and learns how many do. BH_E_UNAVAILABLE. */
BH_MUST_CHECK int bh_lease_beat(struct bh_shared *shared, const uint8_t gateway[16]);

struct bh_lease_server;

/* Listens at `path`, in place of whoever did before. BH_E_IO. */
BH_MUST_CHECK int bh_lease_server_open(struct bh_shared *shared, const char *path,
	struct bh_lease_server **out);
void bh_lease_server_close(struct bh_lease_server *server); /* safe on NULL */

/* Serves until *stop, and looks at it at least every `within_ms`. */
BH_MUST_CHECK int bh_lease_server_run(struct bh_lease_server *server, const atomic_bool *stop,
	int within_ms);

#endif
