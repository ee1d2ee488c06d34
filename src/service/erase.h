/* SPDX-License-Identifier: Apache-2.0 */
/* erase.h: a service removes what it has of a tenant that is being deleted.
 *
 * Auth coordinates (auth/deletion.h) and asks each service again and again until nothing is left. A turn
 * ends the tenant's requests and jobs here, removes its rows in bounded pieces from every table of which
 * the service may delete, in the order of the foreign keys, and then lets the service remove what is not
 * rows. Which tables there are, the database's catalogue says, so that a new one cannot be forgotten; a
 * service names those that stay. What a transaction removes it also counts, for the receipt. */
#ifndef BH_SERVICE_ERASE_H
#define BH_SERVICE_ERASE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "service/service.h"

#define BH_ERASE_SCOPE "internal:erase"
#define BH_ERASE_TURN_MS 2000

/* A turn of a service. */
struct bh_erase {
	const struct bh_service *service; /* borrowed */
	void *state;                      /* borrowed: the service's */
	struct bh_uuid tenant;
	struct bh_uuid deletion;
	struct bh_db db;  /* in the tenant's context, at the platform's expense */
	int64_t until_ms; /* the turn is over; steady clock */
	int64_t removed;  /* so far, of everything */
};

/* Counts what is removed: inside the transaction that removes it, or after it for what is not rows. */
BH_MUST_CHECK int bh_erase_count(struct bh_db *tx, struct bh_erase *erase, const char *part,
	int64_t n);

static inline bool
bh_erase_is_over(const struct bh_erase *erase, int64_t now_ms)
{
	return now_ms >= erase->until_ms;
}

/* A turn: 0 with *out_clean when nothing of the tenant was found and nothing of it goes on here. */
BH_MUST_CHECK int bh_erase_run(struct bh_runtime *runtime, struct bh_erase *erase, bool *out_clean);

/* The same without what runs in the process: the rows, what the service has besides, what is kept. */
BH_MUST_CHECK int bh_erase_turn(struct bh_erase *erase);

/* POST /api/tenants/{tenant}/erase: a turn, for auth. */
int bh_erase_http(struct bh_request *req);

/* The answer's body. */
struct bh_erase_answer {
	bool clean;
};
extern const struct bh_shape bh_erase_answer_shape;

#endif
