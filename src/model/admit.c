/* SPDX-License-Identifier: Apache-2.0 */
/* admit.c: gates, and threads that wait at them. */
#include "model/admit.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/buf.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/client.h"
#include "shared/shared.h"

enum { NAME_BYTES = 128, GATES_IDLE_MOST = 64 };

struct model_gate {
	struct model_gate *next;
	char name[NAME_BYTES];
	struct model_turns turns; /* closed with the gate */
};

struct model_admit {
	pthread_mutex_t lock;
	struct model_gate *gates; /* owned; the one used last comes first */
};

/* One thread that waits; on its stack. `turn` is first: the gate knows no more of it. */
struct waiter {
	struct model_turn turn;
	int fd; /* owned: an eventfd; -1 until it has to wait */
	bool admitted;
};

int
model_admit_open(struct model_admit **out)
{
	struct model_admit *admit = calloc(1, sizeof(*admit));

	if (admit == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&admit->lock, NULL);
	*out = admit;
	return 0;
}

static void
gate_free(struct model_gate *gate)
{
	model_turns_close(&gate->turns);
	free(gate);
}

void
model_admit_close(struct model_admit *admit)
{
	if (admit == NULL)
		return;
	while (admit->gates != NULL) {
		struct model_gate *gate = admit->gates;

		BH_ASSERT(gate->turns.running == 0 && gate->turns.waiting == 0);
		admit->gates = gate->next;
		gate_free(gate);
	}
	pthread_mutex_destroy(&admit->lock);
	free(admit);
}

/* Gates where nobody is are kept for their measured rate; those used longest ago go. */
static void
gates_trim(struct model_admit *admit)
{
	struct model_gate **link = &admit->gates;
	size_t idle = 0;

	while (*link != NULL) {
		struct model_gate *gate = *link;

		if (gate->turns.running > 0 || gate->turns.waiting > 0 || ++idle <= GATES_IDLE_MOST) {
			link = &gate->next;
			continue;
		}
		*link = gate->next;
		gate_free(gate);
	}
}

/* The gate of that name, in front of the others from now on. NULL without memory. */
static struct model_gate *
gate_get(struct model_admit *admit, const char *name)
{
	struct model_gate **link = &admit->gates, *gate;

	while (*link != NULL && strncmp((*link)->name, name, NAME_BYTES - 1) != 0)
		link = &(*link)->next;
	gate = *link;
	if (gate != NULL) {
		*link = gate->next;
	} else {
		gates_trim(admit);
		gate = calloc(1, sizeof(*gate));
		if (gate == NULL)
			return NULL;
		snprintf(gate->name, sizeof(gate->name), "%s", name);
	}
	gate->next = admit->gates;
	admit->gates = gate;
	return gate;
}

static size_t
waiting_of(const struct model_admit *admit, const struct bh_uuid *tenant)
{
	size_t n = 0;

	for (const struct model_gate *gate = admit->gates; gate != NULL; gate = gate->next) {
		if (gate->turns.waiting > 0)
			n += model_turns_waiting(&gate->turns, tenant);
	}
	return n;
}

/* Lets in whoever may. Under the lock, so that no waiter goes away in between. */
static void
let_in(struct model_gate *gate, int64_t now_us)
{
	struct model_turn *turn;

	while ((turn = model_turns_next(&gate->turns, now_us)) != NULL) {
		struct waiter *waiter = (struct waiter *)turn;

		waiter->admitted = true;
		/* It cannot fail: the counter is far from its end. */
		if (waiter->fd >= 0)
			(void)eventfd_write(waiter->fd, 1);
	}
}

static int
join(struct model_admit *admit, const struct model_admit_ask *ask, struct waiter *waiter,
	struct model_gate **out_gate, struct model_admit_refusal *out_refusal)
{
	struct model_gate *gate = gate_get(admit, ask->engine);
	size_t waiting = waiting_of(admit, &ask->tenant);
	int rc;

	if (gate == NULL)
		return BH_E_MEMORY;
	gate->turns.places = ask->places;
	gate->turns.keep_one = ask->shared;
	rc = model_turns_add(&gate->turns, &waiter->turn);
	if (rc < 0)
		return rc;
	let_in(gate, bh_clock_steady_us());
	*out_gate = gate;
	if (waiter->admitted)
		return 0;
	if (waiting >= ask->waiting_most) {
		out_refusal->position = model_turns_position(&gate->turns, &waiter->turn);
		model_turns_leave(&gate->turns, &waiter->turn);
		out_refusal->retry_ms = model_turns_wait_ms(&gate->turns, &ask->tenant, ask->lane);
		out_refusal->full = true;
		return BH_E_BUSY;
	}
	waiter->fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
	if (waiter->fd >= 0)
		return 0;
	model_turns_leave(&gate->turns, &waiter->turn);
	return bh_error(BH_E_UNAVAILABLE, "create a descriptor for a waiting call: %m");
}

/* Waits without the lock; whoever has the place meanwhile keeps it. */
static int
wait_for_place(struct model_admit *admit, const struct model_admit_ask *ask, struct waiter *waiter,
	struct model_gate *gate, struct model_admit_refusal *out_refusal)
{
	int rc = bh_http_wait(waiter->fd, ask->watch_fd, ask->cancel, ask->wait_ms);

	pthread_mutex_lock(&admit->lock);
	if (!waiter->admitted) {
		BH_ASSERT(rc < 0);
		out_refusal->position = model_turns_position(&gate->turns, &waiter->turn);
		model_turns_leave(&gate->turns, &waiter->turn);
		out_refusal->retry_ms = model_turns_wait_ms(&gate->turns, &ask->tenant, ask->lane);
	} else if (rc < 0 && rc != BH_E_UPSTREAM_TIMEOUT) {
		model_turns_end(&gate->turns, &waiter->turn, 0, bh_clock_steady_us());
		let_in(gate, bh_clock_steady_us());
	} else {
		rc = 0;
	}
	pthread_mutex_unlock(&admit->lock);
	return rc == BH_E_UPSTREAM_TIMEOUT ? BH_E_BUSY : rc;
}

int
model_admit_enter(struct model_admit *admit, const struct model_admit_ask *ask,
	struct model_ticket *out, struct model_admit_refusal *out_refusal)
{
	struct model_admit_refusal refusal = {0};
	struct waiter waiter = {
		.turn = {.tenant = ask->tenant,
			.lane = ask->lane,
			.tokens = ask->tokens > 0 ? ask->tokens : 1},
		.fd = -1,
	};
	int64_t begin_ms = bh_clock_steady_ms();
	struct model_gate *gate = NULL;
	bool waits;
	int rc;

	pthread_mutex_lock(&admit->lock);
	rc = join(admit, ask, &waiter, &gate, &refusal);
	waits = rc == 0 && !waiter.admitted;
	pthread_mutex_unlock(&admit->lock);
	if (waits)
		rc = wait_for_place(admit, ask, &waiter, gate, &refusal);
	if (waiter.fd >= 0)
		close(waiter.fd);
	if (rc < 0) {
		*out_refusal = refusal;
		return rc;
	}
	*out = (struct model_ticket){
		.admit = admit,
		.gate = gate,
		.turn = waiter.turn,
		.used = waiter.turn.tokens,
		.waited_ms = waits ? bh_clock_steady_ms() - begin_ms : 0,
	};
	return 0;
}

void
model_ticket_close(struct model_ticket *ticket)
{
	struct model_admit *admit = ticket->admit;
	int64_t now_us = bh_clock_steady_us();

	if (admit == NULL)
		return;
	/* First: who is let in here asks for a place there. */
	bh_shared_give(ticket->shared, ticket->hold);
	pthread_mutex_lock(&admit->lock);
	model_turns_end(&ticket->gate->turns, &ticket->turn, ticket->used, now_us);
	let_in(ticket->gate, now_us);
	pthread_mutex_unlock(&admit->lock);
	*ticket = (struct model_ticket){0};
}

void
model_admit_count(struct model_admit *admit, const char *engine, size_t *out_waiting,
	size_t *out_running)
{
	size_t waiting = 0, running = 0;

	pthread_mutex_lock(&admit->lock);
	for (const struct model_gate *gate = admit->gates; gate != NULL; gate = gate->next) {
		if (engine != NULL && strncmp(gate->name, engine, NAME_BYTES - 1) != 0)
			continue;
		waiting += gate->turns.waiting;
		running += gate->turns.running;
	}
	pthread_mutex_unlock(&admit->lock);
	*out_waiting = waiting;
	*out_running = running;
}

enum { ENGINES_TOLD = 8 };

/* An engine of the machine, or "upstream" for all others. */
struct told {
	char name[32];
	size_t places, running, waiting;
	uint64_t served;
};

/* Of "unix:RUN/NAME/http.sock" the NAME. */
static void
engine_name(const char *gate, char out[32])
{
	const char *end = strrchr(gate, '/'), *start = end;

	while (start != NULL && start > gate && start[-1] != '/')
		start--;
	if (!bh_text_starts(gate, "unix:") || end == NULL || end == start || end - start > 31)
		strcpy(out, "upstream");
	else
		snprintf(out, 32, "%.*s", (int)(end - start), start);
}

static size_t
engines(struct model_admit *admit, struct told told[ENGINES_TOLD])
{
	size_t n = 0;

	pthread_mutex_lock(&admit->lock);
	for (const struct model_gate *gate = admit->gates; gate != NULL; gate = gate->next) {
		char name[32];
		size_t i = 0;

		/* The gate of what only counts tokens is beside that of the engine (place.c). */
		if (strchr(gate->name, '#') != NULL)
			continue;
		engine_name(gate->name, name);
		while (i < n && strcmp(told[i].name, name) != 0)
			i++;
		if (i == ENGINES_TOLD)
			continue;
		if (i == n) {
			told[n] = (struct told){0};
			strcpy(told[n++].name, name);
		}
		told[i].places += gate->turns.places;
		told[i].running += gate->turns.running;
		told[i].waiting += gate->turns.waiting;
		told[i].served += gate->turns.n_served;
	}
	pthread_mutex_unlock(&admit->lock);
	return n;
}

void
model_admit_metrics(struct model_admit *admit, struct bh_buf *out)
{
	static const struct {
		const char *name, *type, *help;
	} rows[] = {
		{"engine_places", "gauge", "Calls that an engine may run at once."},
		{"engine_running", "gauge", "Calls that hold a place at an engine."},
		{"engine_waiting", "gauge", "Calls that wait for a place."},
		{"engine_served_total", "counter", "Calls that were given a place."},
	};
	struct told told[ENGINES_TOLD];
	size_t n = engines(admit, told);

	for (size_t i = 0; i < BH_COUNT(rows); i++) {
		bh_buf_printf(out, "# HELP bulkhead_%s %s\n# TYPE bulkhead_%s %s\n", rows[i].name,
			rows[i].help, rows[i].name, rows[i].type);
		for (size_t j = 0; j < n; j++) {
			const unsigned long long values[] = {told[j].places, told[j].running, told[j].waiting,
				told[j].served};

			bh_buf_printf(out, "bulkhead_%s{engine=\"%s\"} %llu\n", rows[i].name, told[j].name,
				values[i]);
		}
	}
}
