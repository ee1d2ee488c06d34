/* SPDX-License-Identifier: Apache-2.0 */
/* settle.h: how a billable act is admitted, and how its usage becomes an event exactly once, whichever process
 * dies. No HTTP, no request, no clock of its own: it moves slots (slot.h) and makes statements (books.h), and
 * test_simulation.c drives this very code through crashes.
 *
 * SLOT: an act in flight, in its service's shared file. It survives a killed process.
 *
 * *   state    who moves it, and where to               durable meanwhile      when its process is killed
 *   -------  ---------------------------------------  ---------------------  ----------------------------
 *   FREE     a taker, to FILLING                      nothing                the sweeper takes its name out
 *   FILLING  its taker, to ACTIVE, or to FREE when    nothing: no statement  the sweeper frees it
 *            a limit refuses the act                  was made
 *   ACTIVE   its taker: to FREE when a scope          perhaps a reservation  the sweeper ends it as LOST,
 *            refuses it; to ENDED with its figures                           with what was counted, or
 *            when it is over, or when the                                    at nothing if it was not made
 *            reservation's outcome is not known
 *   ENDED    the writer, to FREE, once its event is   perhaps its event      the sweeper queues it again;
 *            durable (flushed over the session that                          the event's key makes a second
 *            wrote it)                                                       settlement change nothing
 *
 * A slot is taken by putting one's name in, and given back by taking it out: before and after that it is
 * FREE. A dead owner's slot is taken over by one sweeper (compare and swap of the owner), its state
 * unchanged; if that process dies as well, the next one finds it as it was.
 *
 * SCOPES: an act is counted with up to four owners: its key, its user, its team and its tenant. Each has at
 * most three limits, of a day, a month and in total. Beside them the tenant has funds: quantities that its plan
 * includes, by meter, and credits, by kind of act; both are drawn by priority, then end, then age. A prepaid
 * tenant's acts need credits. The tenant's own row is locked by whoever changes anything of it, so that all
 * scopes are checked, and moved, in one act.
 *
 * RESERVATION: a row for each act that was admitted under a limit, or prepaid. It names the owners in whose
 * rows it is counted, its amount (what it costs at most, less what is included), and what it holds of each
 * fund.
 *
 * *   state    who moves it, and where to
 *   -------  ------------------------------------------------------------------------------------------
 *   none     admission, to HELD: one function checks spent + reserved + new <= limit for each limit of each
 *            owner, and credits >= cost if prepaid, and reserves in all or in none; it commits
 *            asynchronously; after a lost connection to the server, whose crash may have lost it, it is
 *            asserted again, whatever the limits say, before anything new is admitted
 *   HELD     settlement, to none: one function takes it away, gives back what it holds of funds, writes the
 *            event, draws from funds what the act really used, and adds what is left of its cost to what
 *            each owner has spent. The sweeper says every few minutes that it is in flight.
 *            Expiry, to CHARGED: nobody has said so for an hour, no slot of this machine holds the act,
 *            and an act was refused for want of money: the whole amount counts as spent by each owner, and
 *            what it holds is drawn. So does the sweeper of any machine, without a refusal, once the process
 *            that made the reservation was not seen for METER_DEAD_MS. One that was only slow loses nothing
 *            by it: its acts go on, and their settlement gives the charge back.
 *            Expiry, to none: its act has an event already (a dead process's statement came late); the
 *            sweeper that adopted the act does this for a minute without any refusal
 *   CHARGED  settlement, to none: what was charged is taken off what each owner has spent, in its total and,
 *            where they still count the day of the charge, in its day and month; and off that day's sums;
 *            what was drawn of funds goes back to them
 *
 * An event that the database refuses for its content is settled alone: its money moves as ever, and what
 * would have been the event lies in quarantine. Any other failure leaves the slot ENDED, to be tried again.
 *
 * WINDOWS: the day is the database's (UTC), the month is that day's. A window that ends begins anew at what its
 * days sum up to (meter_day): nothing, but after a clock that had jumped ahead is put right. All owners of a
 * tenant stand in the same day. The day does not go back but for such a clock.
 *
 * * What holds at any time, and is what the simulation checks:
 *   - each act that was admitted gets one event or one place in quarantine, never two; one whose admission is
 *     not known gets one at nothing; one that was refused gets none;
 *   - what each owner has spent on a day, in a month and in total is the sum of the costs settled in it and of
 *     the reservations that are CHARGED to it; what it has reserved is the sum of those HELD that name it;
 *   - what was given of a fund is what remains of it, what settled acts drew of it, what CHARGED reservations
 *     drew and what repaid the debt; what is held of it is the sum of what reservations hold;
 *   - whenever an act is admitted, what was promised to those before it and to itself is within the limit
 *     of each scope, though the server may have lost some of it for the moment;
 *   - no clock of a process decides what is spent, reserved or expired.
 *
 * A machine that loses power may lose the slots of its last seconds: what they had reserved expires and is
 * charged, what had no reservation is not billed. So it is with what a killed process left when the program
 * that follows it has another layout of the file, which is kept beside. */
#ifndef BH_METER_SETTLE_H
#define BH_METER_SETTLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "meter/books.h"
#include "meter/slot.h"

/* Events of one round: the log is flushed once for all of them. */
enum { METER_SETTLE_EVENTS = 1024 };

/* The time without renewal after which a reservation may expire, and how often reservations are renewed. */
enum { METER_RESERVATION_MS = 3600 * 1000, METER_RENEW_MS = 300 * 1000 };

/* The time after which a process that was not seen is taken for dead, by those who were seen all that time. */
enum { METER_DEAD_MS = 15 * 1000 };

/* How long after a process's death a statement of its may still come to the server's turn. */
enum { METER_LATE_MS = 60 * 1000 };

struct meter_settle;

/* `slots` is borrowed and outlives it. */
BH_MUST_CHECK int meter_settle_open(struct meter_slots *slots, struct meter_settle **out);
/* Safe on NULL. Nobody may be in another function of this file. */
void meter_settle_close(struct meter_settle *settle);

/* Waits while too many ended acts of the tenant wait for their events; see meter_ended_wait. */
BH_MUST_CHECK int meter_settle_wait(struct meter_settle *settle, const struct bh_uuid *tenant,
	int64_t wait_ms);

/* An act that no limit binds: FILLING to ACTIVE. */
void meter_settle_begin(struct meter_slot *slot);

/* Admits an act that a limit may bind: FILLING to ACTIVE, with what it may come to (prices, most) reserved and
 * out->span METER_ADMITTED. Otherwise the slot is no longer the caller's: *out tells what refused it, freed;
 * an error (those of bh_db_exec), ended at nothing as FAILED, for its reservation may stand, or freed where
 * nothing was sent. now_ms: wall clock. */
BH_MUST_CHECK int meter_settle_admit(struct meter_settle *settle, struct bh_db *db,
	struct meter_slot *slot, int64_t now_ms, struct meter_refusal *out);

/* ACTIVE to ENDED; its figures are in it. True when the writer has to be woken: it sleeps, or there is
 * a round's worth of events. */
bool meter_settle_end(struct meter_settle *settle, struct meter_slot *slot);

/* Settles a round of ended acts and frees their slots. *out_settled is how many there were; those that
 * failed wait for the next round. Returns what went wrong first; 0 with nothing settled: none waited. */
BH_MUST_CHECK int meter_settle_round(struct meter_settle *settle, struct bh_db *db,
	size_t *out_settled);

/* Goes on through the slots (*at starts at 0) and takes over those of dead processes: frees what was
 * FILLING, queues what had ENDED, and returns one that was ACTIVE, for the caller to fill in as LOST (at
 * nothing unless it is_made) and end. NULL at the end. */
struct meter_slot *meter_settle_adopt(struct meter_settle *settle, size_t *at);

/* Says that the acts in flight are so, for those whose reservations were last renewed METER_RENEW_MS
 * ago or in another life of the machine. Gives back what dead processes, whose acts were adopted in the
 * last METER_LATE_MS, reserved after those were settled. steady_ms: the steady clock. */
BH_MUST_CHECK int meter_settle_renew(struct meter_settle *settle, struct bh_db *db,
	int64_t steady_ms);

/* Whether this process may take others for dead: it was seen itself for METER_DEAD_MS. False at first. Whoever
 * could not say that it lives knows nothing of others that did not. */
void meter_settle_judges(struct meter_settle *settle, bool judges);

/* Charges what dead processes have reserved, on whichever machine they ran, if this one judges. */
BH_MUST_CHECK int meter_settle_bury(struct meter_settle *settle, struct bh_db *db);

/* ---- what a service's workers do ---- */

/* Its writer, once it was woken: settles all that has ended. Logs what goes wrong; it is tried again. */
void meter_settle_write(struct meter_settle *settle, struct bh_db_pool *pool);

/* Its sweeper, after it has ended what meter_settle_adopt returned: renews, gives late reservations back, and
 * buries. Logs what goes wrong; it is tried again. */
void meter_settle_tend(struct meter_settle *settle, struct bh_db_pool *pool, int64_t steady_ms);

#endif
