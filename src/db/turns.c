/* SPDX-License-Identifier: Apache-2.0 */
/* turns.c: lines of waiters by tenant, and the tenants in a round. */
#include "db/turns.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

/* A tenant that holds a place or waits for one. */
struct bh_turns_payer {
	struct bh_uuid id;
	int64_t held;
	struct bh_turns_line line;
	struct bh_turns_payer *next_waiting;
	struct bh_turns_payer *next; /* in its bucket, or among the spare ones */
};

static void
line_add(struct bh_turns_line *line, struct bh_turn *turn)
{
	turn->next = NULL;
	turn->waiting = true;
	if (line->first == NULL)
		line->first = turn;
	else
		line->last->next = turn;
	line->last = turn;
}

static struct bh_turn *
line_take(struct bh_turns_line *line)
{
	struct bh_turn *turn = line->first;

	line->first = turn->next;
	turn->waiting = false;
	return turn;
}

static void
line_remove(struct bh_turns_line *line, struct bh_turn *turn)
{
	struct bh_turn *before = NULL, **at = &line->first;

	while (*at != turn) {
		before = *at;
		at = &before->next;
	}
	*at = turn->next;
	if (line->last == turn)
		line->last = before;
	turn->waiting = false;
}

void
bh_turns_init(struct bh_turns *turns, int64_t places, int64_t kept, int64_t share_percent)
{
	BH_ASSERT(kept >= 0 && kept < places && share_percent > 0 && share_percent <= 100);
	*turns = (struct bh_turns){.places = places, .kept = kept, .share_percent = share_percent};
}

void
bh_turns_close(struct bh_turns *turns)
{
	struct bh_turns_payer *payer;

	BH_ASSERT(turns->vital_held == 0 && turns->payers_held == 0);
	while ((payer = turns->spare) != NULL) {
		turns->spare = payer->next;
		free(payer);
	}
}

/* ---- payers ---- */

/* Ids are made here and end in random bits. */
static struct bh_turns_payer **
bucket_of(struct bh_turns *turns, const struct bh_uuid *id)
{
	return &turns->buckets[id->bytes[15] % BH_TURNS_BUCKETS];
}

static struct bh_turns_payer *
payer_find(struct bh_turns *turns, const struct bh_uuid *id)
{
	struct bh_turns_payer **bucket = bucket_of(turns, id);
	struct bh_turns_payer *payer = *bucket;

	while (payer != NULL && !bh_uuid_equal(&payer->id, id))
		payer = payer->next;
	if (payer != NULL)
		return payer;
	payer = turns->spare;
	if (payer != NULL)
		turns->spare = payer->next;
	else
		payer = malloc(sizeof(*payer));
	BH_ASSERT(payer != NULL);
	*payer = (struct bh_turns_payer){.id = *id, .next = *bucket};
	*bucket = payer;
	return payer;
}

/* Who neither holds nor waits is forgotten. */
static void
payer_release(struct bh_turns *turns, struct bh_turns_payer *payer)
{
	struct bh_turns_payer **at = bucket_of(turns, &payer->id);

	if (payer->held > 0 || payer->line.first != NULL)
		return;
	while (*at != payer)
		at = &(*at)->next;
	*at = payer->next;
	payer->next = turns->spare;
	turns->spare = payer;
}

static void
round_add(struct bh_turns *turns, struct bh_turns_payer *payer)
{
	payer->next_waiting = NULL;
	if (turns->waiting == NULL)
		turns->waiting = payer;
	else
		turns->waiting_last->next_waiting = payer;
	turns->waiting_last = payer;
}

static void
round_remove(struct bh_turns *turns, struct bh_turns_payer *payer)
{
	struct bh_turns_payer *before = NULL, **at = &turns->waiting;

	while (*at != payer) {
		before = *at;
		at = &before->next_waiting;
	}
	*at = payer->next_waiting;
	if (turns->waiting_last == payer)
		turns->waiting_last = before;
}

/* ---- places ---- */

static int64_t
free_places(const struct bh_turns *turns)
{
	return turns->places - turns->vital_held - turns->payers_held;
}

static int64_t
free_for_payers(const struct bh_turns *turns)
{
	int64_t left = turns->places - turns->kept - turns->payers_held;

	return left < free_places(turns) ? left : free_places(turns);
}

bool
bh_turns_has_room(int64_t held, int64_t free, int64_t share_percent)
{
	/* The last is for somebody who has none, however large the share. */
	if (held > 0 && share_percent < 100 && free <= 1)
		return false;
	return held * (100 - share_percent) < free * share_percent;
}

static bool
may_have(const struct bh_turns *turns, const struct bh_turns_payer *payer)
{
	return bh_turns_has_room(payer->held, free_for_payers(turns), turns->share_percent);
}

static void
hold(struct bh_turns *turns, struct bh_turns_payer *payer)
{
	payer->held++;
	turns->payers_held++;
}

bool
bh_turns_ask(struct bh_turns *turns, const struct bh_uuid *id, struct bh_turn *turn)
{
	struct bh_turns_payer *payer = id != NULL ? payer_find(turns, id) : NULL;

	*turn = (struct bh_turn){.payer = payer};
	if (payer == NULL) {
		if (free_places(turns) == 0) {
			line_add(&turns->vital, turn);
			return false;
		}
		turns->vital_held++;
		return true;
	}
	if (payer->line.first == NULL && may_have(turns, payer)) {
		hold(turns, payer);
		return true;
	}
	if (payer->line.first == NULL)
		round_add(turns, payer);
	line_add(&payer->line, turn);
	return false;
}

void
bh_turns_withdraw(struct bh_turns *turns, struct bh_turn *turn)
{
	struct bh_turns_payer *payer = turn->payer;

	BH_ASSERT(turn->waiting);
	if (payer == NULL) {
		line_remove(&turns->vital, turn);
		return;
	}
	line_remove(&payer->line, turn);
	if (payer->line.first == NULL)
		round_remove(turns, payer);
	payer_release(turns, payer);
}

void
bh_turns_leave(struct bh_turns *turns, struct bh_turns_payer *payer)
{
	if (payer == NULL) {
		turns->vital_held--;
		return;
	}
	payer->held--;
	turns->payers_held--;
	payer_release(turns, payer);
}

struct bh_turn *
bh_turns_next(struct bh_turns *turns)
{
	struct bh_turns_payer *payer = turns->waiting;
	struct bh_turn *turn;

	if (turns->vital.first != NULL && free_places(turns) > 0) {
		turns->vital_held++;
		return line_take(&turns->vital);
	}
	if (free_for_payers(turns) <= 0)
		return NULL;
	/* Those passed over hold some already, so there are no more of them than places. */
	while (payer != NULL && !may_have(turns, payer))
		payer = payer->next_waiting;
	if (payer == NULL)
		return NULL;
	turn = line_take(&payer->line);
	hold(turns, payer);
	round_remove(turns, payer);
	if (payer->line.first != NULL)
		round_add(turns, payer);
	return turn;
}
