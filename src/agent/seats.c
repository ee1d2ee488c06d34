/* seats.c: a share of the runners for each tenant, so that turns are not all that is fair. */
#include "agent/seats.h"

#include "base/log.h"

struct held {
	size_t tenant, tenant_background, background;
};

static struct held
count(const struct agent_seats *seats, const struct bh_uuid *tenant)
{
	struct held held = {0};

	for (size_t i = 0; i < seats->n; i++) {
		const struct agent_seat *seat = &seats->taken[i];
		bool own = bh_uuid_equal(&seat->tenant, tenant);

		held.tenant += own;
		held.tenant_background += own && seat->background;
		held.background += seat->background;
	}
	return held;
}

static size_t
left(size_t most, size_t held)
{
	return held < most ? most - held : 0;
}

/* How many more the tenant may take one after the other, in the foreground. */
static size_t
share_left(size_t held, size_t free)
{
	size_t n = 0;

	while (held * (100 - AGENT_RUNNERS_TENANT_PERCENT) < free * AGENT_RUNNERS_TENANT_PERCENT) {
		/* The last is for somebody who has none. */
		if (held > 0 && free == 1)
			break;
		held++;
		free--;
		n++;
	}
	return n;
}

size_t
agent_seats_free(const struct agent_seats *seats, const struct bh_uuid *tenant, bool background)
{
	struct held held = count(seats, tenant);
	size_t n = share_left(held.tenant, AGENT_RUNNERS - seats->n);

	if (background && n > left(AGENT_RUNNERS_TENANT_BACKGROUND, held.tenant_background))
		n = left(AGENT_RUNNERS_TENANT_BACKGROUND, held.tenant_background);
	if (background && n > left(AGENT_RUNNERS_BACKGROUND, held.background))
		n = left(AGENT_RUNNERS_BACKGROUND, held.background);
	return n;
}

void
agent_seats_take(struct agent_seats *seats, const struct bh_uuid *tenant, bool background)
{
	BH_ASSERT(seats->n < AGENT_RUNNERS);
	seats->taken[seats->n++] = (struct agent_seat){*tenant, background};
}

void
agent_seats_leave(struct agent_seats *seats, const struct bh_uuid *tenant, bool background)
{
	for (size_t i = 0; i < seats->n; i++) {
		if (seats->taken[i].background != background ||
			!bh_uuid_equal(&seats->taken[i].tenant, tenant))
			continue;
		seats->taken[i] = seats->taken[--seats->n];
		return;
	}
	BH_ASSERT(false);
}

/* A tenant with several seats is named several times, which harms nobody. */
void
agent_seats_full(const struct agent_seats *seats, struct agent_seats_full *out)
{
	struct bh_lease_kept_back *kept_back = &out->kept_back;
	size_t background = 0;

	*kept_back = (struct bh_lease_kept_back){.tenants = out->tenants,
		.background_tenants = out->background_tenants};
	for (size_t i = 0; i < seats->n; i++) {
		const struct bh_uuid *tenant = &seats->taken[i].tenant;

		if (agent_seats_free(seats, tenant, false) == 0)
			out->tenants[kept_back->n_tenants++] = *tenant;
		else if (agent_seats_free(seats, tenant, true) == 0)
			out->background_tenants[kept_back->n_background_tenants++] = *tenant;
		background += seats->taken[i].background;
	}
	kept_back->background = background >= AGENT_RUNNERS_BACKGROUND;
}
