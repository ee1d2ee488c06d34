/* seats.h: which tenants' runs have the runners of this process, and who has had enough. */
#ifndef AGENT_SEATS_H
#define AGENT_SEATS_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/runners.h"
#include "base/uuid.h"
#include "queue/queue.h"

struct agent_seat {
	struct bh_uuid tenant;
	bool background;
};

/* Zeroed means all are free. Whoever shares it locks it. */
struct agent_seats {
	struct agent_seat taken[AGENT_RUNNERS];
	size_t n;
};

/* How many more runs of this kind the tenant may begin. */
size_t agent_seats_free(const struct agent_seats *seats, const struct bh_uuid *tenant,
	bool background);

void agent_seats_take(struct agent_seats *seats, const struct bh_uuid *tenant, bool background);
void agent_seats_leave(struct agent_seats *seats, const struct bh_uuid *tenant, bool background);

/* Whose jobs a claim passes over; `kept_back` points into the rest: it is not to be copied. */
struct agent_seats_full {
	struct bh_lease_kept_back kept_back;
	struct bh_uuid tenants[AGENT_RUNNERS];
	struct bh_uuid background_tenants[AGENT_RUNNERS];
};
void agent_seats_full(const struct agent_seats *seats, struct agent_seats_full *out);

#endif
