/* SPDX-License-Identifier: Apache-2.0 */
/* rounds.c: fair queueing by rounds, over lists short enough to be walked. */
#include "sec/rounds.h"

/* What of a queue is one owner's. */
struct part {
	unsigned waiting;
	uint64_t last_round;
	struct bh_round_waiter *newest;
};

static struct part
part_of(const struct bh_round_queue *queue, uint64_t owner)
{
	struct part part = {0};

	for (struct bh_round_waiter *at = queue->first; at != NULL; at = at->next) {
		if (at->owner != owner)
			continue;
		part.waiting++;
		part.last_round = at->round;
		part.newest = at;
	}
	return part;
}

static void
take_out(struct bh_round_queue *queue, const struct bh_round_waiter *waiter)
{
	struct bh_round_waiter **at = &queue->first;

	while (*at != waiter)
		at = &(*at)->next;
	*at = waiter->next;
	queue->waiting--;
}

/* The newest of the owner who has the most waiting, if that is more than `than`. */
static struct bh_round_waiter *
longest(const struct bh_round_queue *queue, unsigned than)
{
	struct bh_round_waiter *found = NULL;

	for (const struct bh_round_waiter *at = queue->first; at != NULL; at = at->next) {
		struct part part = part_of(queue, at->owner);

		if (part.waiting > than) {
			than = part.waiting;
			found = part.newest;
		}
	}
	return found;
}

bool
bh_rounds_enter(struct bh_rounds *rounds, struct bh_round_waiter *waiter,
	struct bh_round_waiter **out_ousted)
{
	struct bh_round_queue *queue = &rounds->queues[waiter->kind];
	struct part own = part_of(queue, waiter->owner);
	struct bh_round_waiter **end = &queue->first;

	*out_ousted = NULL;
	if (own.waiting >= (rounds->waiting_max + 3) / 4)
		return false;
	if (queue->waiting >= rounds->waiting_max) {
		*out_ousted = longest(queue, own.waiting + 1);
		if (*out_ousted == NULL)
			return false;
		take_out(queue, *out_ousted);
	}
	/* A queue that was empty saves up no turns. */
	if (queue->waiting == 0 && queue->served < rounds->served)
		queue->served = rounds->served;
	waiter->round = queue->round;
	if (own.waiting > 0 && own.last_round >= queue->round)
		waiter->round = own.last_round + 1;
	while (*end != NULL)
		end = &(*end)->next;
	waiter->next = NULL;
	*end = waiter;
	queue->waiting++;
	return true;
}

struct bh_round_waiter *
bh_rounds_next(struct bh_rounds *rounds)
{
	struct bh_round_queue *queue = NULL;
	struct bh_round_waiter *next;

	for (size_t i = 0; i < BH_ROUND_KINDS; i++) {
		struct bh_round_queue *at = &rounds->queues[i];

		if (at->waiting > 0 && (queue == NULL || at->served < queue->served))
			queue = at;
	}
	if (queue == NULL)
		return NULL;
	next = queue->first;
	for (struct bh_round_waiter *at = next; at != NULL; at = at->next)
		if (at->round < next->round)
			next = at;
	take_out(queue, next);
	queue->round = next->round;
	rounds->served = queue->served++;
	return next;
}
