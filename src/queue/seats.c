/* SPDX-License-Identifier: Apache-2.0 */
/* seats.c: a share of a pool's threads for each tenant. */
#include "queue/seats.h"

#include "base/log.h"
#include "db/turns.h"

struct held {
	int64_t tenant, tenant_background, background;
};

void
bh_seats_init(struct bh_seats *seats, const struct bh_seats_conf *conf)
{
	BH_ASSERT(conf->places > 0 && conf->places <= BH_SEATS_MOST && conf->tenant_most > 0);
	*seats = (struct bh_seats){.conf = *conf};
}

static struct held
count(const struct bh_seats *seats, const struct bh_uuid *tenant)
{
	struct held held = {0};

	for (int64_t i = 0; i < seats->n; i++) {
		const struct bh_seat *seat = &seats->taken[i];
		bool own = bh_uuid_equal(&seat->tenant, tenant);

		held.tenant += own;
		held.tenant_background += own && seat->background;
		held.background += seat->background;
	}
	return held;
}

static int64_t
at_most(int64_t n, int64_t most, int64_t held)
{
	int64_t left = held < most ? most - held : 0;

	return n < left ? n : left;
}

int64_t
bh_seats_free(const struct bh_seats *seats, const struct bh_uuid *tenant, bool background)
{
	const struct bh_seats_conf *conf = &seats->conf;
	struct held held = count(seats, tenant);
	int64_t free = conf->places - seats->n, n = 0;

	/* One after the other. */
	while (bh_turns_has_room(held.tenant + n, free - n, conf->tenant_percent))
		n++;
	n = at_most(n, conf->tenant_most, held.tenant);
	if (!background)
		return n;
	n = at_most(n, conf->tenant_background_most, held.tenant_background);
	return at_most(n, conf->background_most, held.background);
}

void
bh_seats_take(struct bh_seats *seats, const struct bh_uuid *tenant, bool background)
{
	BH_ASSERT(seats->n < seats->conf.places);
	seats->taken[seats->n++] = (struct bh_seat){*tenant, background};
}

void
bh_seats_leave(struct bh_seats *seats, const struct bh_uuid *tenant, bool background)
{
	for (int64_t i = 0; i < seats->n; i++) {
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
bh_seats_full(const struct bh_seats *seats, struct bh_seats_full *out)
{
	struct bh_lease_kept_back *kept_back = &out->kept_back;
	int64_t background = 0;

	*kept_back = (struct bh_lease_kept_back){.tenants = out->tenants,
		.background_tenants = out->background_tenants};
	for (int64_t i = 0; i < seats->n; i++) {
		const struct bh_uuid *tenant = &seats->taken[i].tenant;

		if (bh_seats_free(seats, tenant, false) == 0)
			out->tenants[kept_back->n_tenants++] = *tenant;
		else if (bh_seats_free(seats, tenant, true) == 0)
			out->background_tenants[kept_back->n_background_tenants++] = *tenant;
		background += seats->taken[i].background;
	}
	kept_back->background = background >= seats->conf.background_most;
}
