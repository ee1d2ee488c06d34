/* SPDX-License-Identifier: Apache-2.0 */
/* hub.c: a table of the responses that somebody here listens to or works on. */
#include "agent/hub.h"

#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "agent/agent.h"
#include "base/arena.h"
#include "base/error.h"
#include "base/log.h"

enum { BUCKETS = 256 };

struct entry {
	struct entry *next;
	struct bh_uuid response;
	struct bh_job_name job;      /* zero: nobody has listened yet */
	struct agent_watch *watches; /* borrowed */
	struct bh_job_stop *stop;    /* borrowed: the run's; NULL: no run here */
	int64_t left_ms;             /* when the last listener left */
};

struct agent_hub {
	pthread_mutex_t lock;
	size_t n; /* entries */
	struct entry *buckets[BUCKETS];
};

struct agent_hub *
agent_hub_new(void)
{
	struct agent_hub *hub = calloc(1, sizeof(*hub));

	BH_ASSERT(hub != NULL);
	pthread_mutex_init(&hub->lock, NULL);
	return hub;
}

void
agent_hub_free(struct agent_hub *hub)
{
	if (hub == NULL)
		return;
	for (size_t i = 0; i < BUCKETS; i++) {
		while (hub->buckets[i] != NULL) {
			struct entry *entry = hub->buckets[i];

			hub->buckets[i] = entry->next;
			free(entry);
		}
	}
	pthread_mutex_destroy(&hub->lock);
	free(hub);
}

/* The last byte of a version-7 id is random. */
static struct entry **
place(struct agent_hub *hub, const struct bh_uuid *response)
{
	struct entry **at = &hub->buckets[response->bytes[15]];

	while (*at != NULL && !bh_uuid_equal(&(*at)->response, response))
		at = &(*at)->next;
	return at;
}

static struct entry *
obtain(struct agent_hub *hub, const struct bh_uuid *response)
{
	struct entry **at = place(hub, response);

	if (*at == NULL) {
		*at = calloc(1, sizeof(**at));
		BH_ASSERT(*at != NULL);
		(*at)->response = *response;
		hub->n++;
	}
	return *at;
}

static void
release(struct agent_hub *hub, const struct bh_uuid *response)
{
	struct entry **at = place(hub, response);
	struct entry *entry = *at;

	if (entry != NULL && entry->watches == NULL && entry->stop == NULL) {
		*at = entry->next;
		free(entry);
		hub->n--;
	}
}

int
agent_hub_watch(struct agent_hub *hub, const struct bh_uuid *tenant,
	const struct agent_response *response, struct agent_watch *watch)
{
	struct agent_watch made = {.hub = hub, .response = response->id};
	struct entry *entry;

	made.fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	if (made.fd < 0)
		return bh_error(BH_E_IO, "eventfd: %m");
	pthread_mutex_lock(&hub->lock);
	entry = obtain(hub, &response->id);
	entry->job = (struct bh_job_name){*tenant, response->job};
	made.next = entry->watches;
	*watch = made;
	entry->watches = watch;
	pthread_mutex_unlock(&hub->lock);
	return 0;
}

void
agent_hub_unwatch(struct agent_watch *watch, int64_t now_ms)
{
	struct agent_hub *hub = watch->hub;
	struct agent_watch **at;
	struct entry *entry;

	if (hub == NULL)
		return;
	pthread_mutex_lock(&hub->lock);
	entry = *place(hub, &watch->response);
	for (at = &entry->watches; *at != watch; at = &(*at)->next)
		continue;
	*at = watch->next;
	if (entry->watches == NULL)
		entry->left_ms = now_ms;
	release(hub, &watch->response);
	pthread_mutex_unlock(&hub->lock);
	close(watch->fd);
	*watch = (struct agent_watch){0};
}

void
agent_hub_run_begin(struct agent_hub *hub, const struct bh_uuid *response, struct bh_job_stop *stop,
	int64_t now_ms)
{
	struct entry *entry;

	pthread_mutex_lock(&hub->lock);
	entry = obtain(hub, response);
	entry->stop = stop;
	entry->left_ms = now_ms;
	pthread_mutex_unlock(&hub->lock);
}

void
agent_hub_run_end(struct agent_hub *hub, const struct bh_uuid *response,
	const struct bh_job_stop *stop)
{
	struct entry *entry;

	pthread_mutex_lock(&hub->lock);
	entry = *place(hub, response);
	if (entry != NULL && entry->stop == stop) {
		entry->stop = NULL;
		release(hub, response);
	}
	pthread_mutex_unlock(&hub->lock);
}

void
agent_hub_notify(struct agent_hub *hub, const struct bh_uuid *response)
{
	struct entry *entry;

	pthread_mutex_lock(&hub->lock);
	entry = *place(hub, response);
	for (struct agent_watch *watch = entry != NULL ? entry->watches : NULL; watch != NULL;
		 watch = watch->next)
		(void)eventfd_write(watch->fd, 1); /* full means readable, which is all it has to be */
	pthread_mutex_unlock(&hub->lock);
}

bool
agent_hub_stop(struct agent_hub *hub, const struct bh_uuid *response, int reason)
{
	struct entry *entry;
	bool found;

	pthread_mutex_lock(&hub->lock);
	entry = *place(hub, response);
	found = entry != NULL && entry->stop != NULL;
	if (found)
		bh_job_stop_set(entry->stop, reason);
	pthread_mutex_unlock(&hub->lock);
	return found;
}

/* What there is of a response at this moment; all zero: nothing. */
static struct entry
look_up(struct agent_hub *hub, const struct bh_uuid *response)
{
	struct entry *entry, found = {0};

	pthread_mutex_lock(&hub->lock);
	entry = *place(hub, response);
	if (entry != NULL)
		found = *entry;
	pthread_mutex_unlock(&hub->lock);
	return found;
}

bool
agent_hub_runs(struct agent_hub *hub, const struct bh_uuid *response)
{
	return look_up(hub, response).stop != NULL;
}

bool
agent_hub_watched(struct agent_hub *hub, const struct bh_uuid *response)
{
	return look_up(hub, response).watches != NULL;
}

int64_t
agent_hub_unwatched_ms(struct agent_hub *hub, const struct bh_uuid *response, int64_t now_ms)
{
	const struct entry entry = look_up(hub, response);
	bool known = !bh_uuid_is_zero(&entry.response);

	return known && entry.watches == NULL ? now_ms - entry.left_ms : 0;
}

void
agent_hub_elsewhere(struct agent_hub *hub, struct bh_arena *arena, struct bh_uuid **out_responses,
	struct bh_job_name **out_jobs, size_t *out_n)
{
	size_t n = 0;

	pthread_mutex_lock(&hub->lock);
	*out_responses = bh_arena_array(arena, hub->n + 1, sizeof(**out_responses));
	*out_jobs = bh_arena_array(arena, hub->n + 1, sizeof(**out_jobs));
	for (size_t i = 0; i < BUCKETS; i++) {
		for (struct entry *entry = hub->buckets[i]; entry != NULL; entry = entry->next) {
			if (entry->watches == NULL || entry->stop != NULL)
				continue;
			(*out_responses)[n] = entry->response;
			(*out_jobs)[n++] = entry->job;
		}
	}
	pthread_mutex_unlock(&hub->lock);
	*out_n = n;
}
