/* SPDX-License-Identifier: Apache-2.0 */
/* settle.h: how a model call is admitted against a budget, and how its usage becomes a row exactly once,
 * whichever process dies. No HTTP, no request, no clock of its own: it moves slots (calls.h) and makes
 * statements (store.h), and test_simulation.c drives this very code through crashes.
 *
 * SLOT: a call in flight, in the shared file. It survives a killed process.
 *
 * *   state    who moves it, and where to               durable meanwhile      when its process is killed
 *   -------  ---------------------------------------  ---------------------  ----------------------------
 *   FREE     a taker, to FILLING                      nothing                the sweeper takes its name out
 *   FILLING  its taker, to ACTIVE, or to FREE when    nothing: no statement  the sweeper frees it
 *            a limit refuses the call                 was made
 *   ACTIVE   its taker: to FREE when the budget       perhaps a reservation  the sweeper ends it as LOST,
 *            refuses it; to ENDED with its figures                           with what was counted, or
 *            when its last byte has passed, or when                          at nothing if it was not made
 *            the reservation's outcome is not known
 *   ENDED    the writer, to FREE, once its row is     perhaps its row        the sweeper queues it again;
 *            durable (flushed over the session that                          the row's key makes a second
 *            wrote it)                                                       settlement change nothing
 *
 * A slot is taken by putting one's name in, and given back by taking it out: before and after that it is
 * FREE. A dead owner's slot is taken over by one sweeper (compare and swap of the owner), its state
 * unchanged; if that process dies as well, the next one finds it as it was.
 *
 * RESERVATION: a row for each call that a budget admitted, and its amount in the budget's row.
 *
 * *   state    who moves it, and where to
 *   -------  ------------------------------------------------------------------------------------------
 *   none     admission, to HELD: one statement checks spent + reserved + new <= budget and reserves, and
 *            commits asynchronously; after a lost connection to the server, whose crash may have lost
 *            it, it is asserted again before anything new is admitted
 *   HELD     settlement, to none: one statement takes it away, writes the row, adds the cost to what is
 *            spent and to the month's total. The sweeper says every few minutes that it is in flight.
 *            Expiry, to CHARGED: nobody has said so for an hour, no slot of this machine holds the call,
 *            and a call was refused for want of money: the whole amount counts as spent.
 *            Expiry, to none: its call has a row already (a dead process's statement came late); the
 *            sweeper that adopted the call does this for a minute without any refusal
 *   CHARGED  settlement, to none: what was charged is taken off what is spent, if in the same month,
 *            and off the total of the month that was charged
 *
 * A row that the database refuses for its content is settled alone: its money moves as ever, and what
 * would have been the row lies in quarantine. Any other failure leaves the slot ENDED, to be tried
 * again.
 *
 * * What holds at any time, and is what the simulation checks:
 *   - each call that was admitted gets one row or one place in quarantine, never two; one whose
 *     admission is not known gets one at nothing; one that was refused gets none;
 *   - what is spent in a month is the sum of the costs settled in it and of the reservations that are
 *     CHARGED to it; what is reserved is the sum of those HELD;
 *   - whenever a call is admitted, what was promised to those before it and to itself is within the budget,
 *     though the server may have lost some of it for the moment;
 *   - the month is the database's: no clock of a process decides what is spent, reserved or expired.
 *
 * A machine that loses power may lose the slots of its last seconds: what they had reserved expires and
 * is charged, what no budget had reserved is not billed. So it is with what a killed process left when
 * the program that follows it has another layout of the file, which is kept beside. */
#ifndef BH_MODEL_SETTLE_H
#define BH_MODEL_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "model/calls.h"

/* Rows of one round: the log is flushed once for all of them. */
enum { MODEL_SETTLE_ROWS = 512 };

/* The time without renewal after which a reservation may expire, and how often reservations are renewed. */
enum { MODEL_RESERVATION_MS = 3600 * 1000, MODEL_RENEW_MS = 300 * 1000 };

/* How long after a process's death a statement of its may still come to the server's turn. */
enum { MODEL_LATE_MS = 60 * 1000 };

struct model_settle;

/* `calls` is borrowed and outlives it. */
BH_MUST_CHECK int model_settle_open(struct model_calls *calls, struct model_settle **out);
/* Safe on NULL. Nobody may be in another function of this file. */
void model_settle_close(struct model_settle *settle);

/* Waits while too many ended calls of the tenant wait for their rows; see model_ended_wait. */
BH_MUST_CHECK int model_settle_wait(struct model_settle *settle, const struct bh_uuid *tenant,
	int64_t wait_ms);

/* A call that no budget binds: FILLING to ACTIVE. */
void model_settle_begin(struct model_slot *slot);

/* Admits a call of a tenant with a budget: FILLING to ACTIVE, with `nanos` reserved and *out_admitted
 * true. Otherwise the slot is no longer the caller's: *out_admitted false, freed; an error (those of
 * bh_db_exec), ended at nothing as FAILED, for its reservation may stand, or freed where nothing was sent.
 * now_ms: wall clock. */
BH_MUST_CHECK int model_settle_admit(struct model_settle *settle, struct bh_db *db,
	struct model_slot *slot, int64_t nanos, int64_t now_ms, bool *out_admitted);

/* ACTIVE to ENDED; its figures are in it. True when the writer has to be woken: it sleeps, or there is
 * a round's worth of rows. */
bool model_settle_end(struct model_settle *settle, struct model_slot *slot);

/* Settles a round of ended calls and frees their slots. *out_settled is how many there were; those that
 * failed wait for the next round. Returns what went wrong first; 0 with nothing settled: none waited. */
BH_MUST_CHECK int model_settle_round(struct model_settle *settle, struct bh_db *db,
	size_t *out_settled);

/* Goes on through the slots (*at starts at 0) and takes over those of dead processes: frees what was
 * FILLING, queues what had ENDED, and returns one that was ACTIVE, for the caller to fill in as LOST (at
 * nothing unless it is_made) and end. NULL at the end. */
struct model_slot *model_settle_adopt(struct model_settle *settle, size_t *at);

/* Says that the calls in flight are so, for those whose reservations were last renewed MODEL_RENEW_MS
 * ago or in another life of the machine. Gives back what dead processes, whose calls were adopted in the
 * last MODEL_LATE_MS, reserved after those were settled. steady_ms: the steady clock. */
BH_MUST_CHECK int model_settle_renew(struct model_settle *settle, struct bh_db *db,
	int64_t steady_ms);

#endif
