/* SPDX-License-Identifier: Apache-2.0 */
/* lookup.c: names are looked up by threads that their callers can leave. */
#include "http/lookup.h"

#include <errno.h>
#include <netdb.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/error.h"
#include "base/log.h"
#include "http/peer.h"

enum { MOST = 32, TENANT_MOST = 4, HOST_BYTES = 260, STACK_BYTES = 512 * 1024 };

struct job {
	struct bh_lookups *lookups; /* held */
	struct job *next;           /* of those under way */
	struct bh_uuid tenant;
	char host[HOST_BYTES], port[8];
	int done; /* owned: an event */
	/* Under the lock: */
	bool finished;  /* the answer stands below, and the job is the caller's to free */
	bool abandoned; /* it is the thread's */
	int error;      /* of getaddrinfo */
	bool too_many;
	struct bh_addresses found;
};

struct bh_lookups {
	pthread_mutex_t lock;
	unsigned holders; /* the owner, and each job */
	struct job *jobs;
};

int
bh_lookups_open(struct bh_lookups **out)
{
	struct bh_lookups *lookups = calloc(1, sizeof(*lookups));

	if (lookups == NULL)
		return BH_E_MEMORY;
	pthread_mutex_init(&lookups->lock, NULL);
	lookups->holders = 1;
	*out = lookups;
	return 0;
}

/* With the lock held, which it gives back. */
static void
release(struct bh_lookups *lookups)
{
	bool last = --lookups->holders == 0;

	pthread_mutex_unlock(&lookups->lock);
	if (!last)
		return;
	pthread_mutex_destroy(&lookups->lock);
	free(lookups);
}

void
bh_lookups_close(struct bh_lookups *lookups)
{
	if (lookups == NULL)
		return;
	pthread_mutex_lock(&lookups->lock);
	release(lookups);
}

static void
job_free(struct job *job)
{
	close(job->done);
	free(job);
}

/* ---- the thread ---- */

static int
resolve(const char *host, const char *port, int flags, struct bh_addresses *out, bool *out_many)
{
	const struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = flags};
	struct addrinfo *list = NULL;
	int error = getaddrinfo(host, port, &hints, &list);

	if (error != 0)
		return error;
	for (const struct addrinfo *at = list; at != NULL && !*out_many; at = at->ai_next) {
		*out_many = out->n == BH_ADDRESSES_MOST || at->ai_addrlen > sizeof(out->list[0]);
		if (!*out_many)
			memcpy(&out->list[out->n++], at->ai_addr, at->ai_addrlen);
	}
	freeaddrinfo(list);
	return 0;
}

static void
unlink_job(struct bh_lookups *lookups, const struct job *job)
{
	struct job **link = &lookups->jobs;

	while (*link != job)
		link = &(*link)->next;
	*link = job->next;
}

static void *
run(void *arg)
{
	struct job *job = arg;
	struct bh_lookups *lookups = job->lookups;
	struct bh_addresses found = {0};
	bool too_many = false, abandoned;
	int error = resolve(job->host, job->port, AI_ADDRCONFIG, &found, &too_many);

	pthread_mutex_lock(&lookups->lock);
	unlink_job(lookups, job);
	job->error = error;
	job->too_many = too_many;
	job->found = found;
	job->finished = true;
	abandoned = job->abandoned;
	if (!abandoned && eventfd_write(job->done, 1) < 0)
		abort(); /* a fresh event always has room for one */
	release(lookups);
	if (abandoned)
		job_free(job);
	return NULL;
}

static int
start(struct job *job)
{
	sigset_t all, before;
	pthread_attr_t attributes;
	pthread_t thread;
	int error;

	/* The process's signals are handled by threads that were made for it. */
	sigfillset(&all);
	pthread_sigmask(SIG_SETMASK, &all, &before);
	pthread_attr_init(&attributes);
	pthread_attr_setdetachstate(&attributes, PTHREAD_CREATE_DETACHED);
	pthread_attr_setstacksize(&attributes, STACK_BYTES);
	error = pthread_create(&thread, &attributes, run, job);
	pthread_attr_destroy(&attributes);
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	return error == 0 ? 0 : bh_error(BH_E_UNAVAILABLE, "thread: %s", strerror(error));
}

/* ---- the caller ---- */

static bool
has_room(const struct bh_lookups *lookups, const struct bh_uuid *tenant)
{
	unsigned all = 0, own = 0;

	for (const struct job *job = lookups->jobs; job != NULL; job = job->next) {
		all++;
		own += bh_uuid_equal(&job->tenant, tenant);
	}
	return all < MOST && own < TENANT_MOST;
}

static int
begin(struct bh_lookups *lookups, const struct bh_lookup *ask, struct job **out)
{
	struct job *job;
	int rc;

	if (strlen(ask->host) + 2 > HOST_BYTES)
		return bh_error(BH_E_CONNECT, "the name of the host is too long");
	job = calloc(1, sizeof(*job));
	if (job == NULL)
		return BH_E_MEMORY;
	job->lookups = lookups;
	job->tenant = *ask->tenant;
	/* A final dot says that nothing is to be added to it. */
	snprintf(job->host, sizeof(job->host), "%s%s", ask->host, ask->only_public ? "." : "");
	snprintf(job->port, sizeof(job->port), "%u", ask->port);
	job->done = eventfd(0, EFD_CLOEXEC);
	if (job->done < 0) {
		free(job);
		return bh_error(BH_E_IO, "eventfd: %m");
	}
	pthread_mutex_lock(&lookups->lock);
	rc = has_room(lookups, ask->tenant) ? start(job)
										: bh_error(BH_E_BUSY, "too many names are being looked up");
	if (rc < 0) {
		pthread_mutex_unlock(&lookups->lock);
		job_free(job);
		return rc;
	}
	job->next = lookups->jobs;
	lookups->jobs = job;
	lookups->holders++;
	pthread_mutex_unlock(&lookups->lock);
	*out = job;
	return 0;
}

static int
judge(const struct job *job, struct bh_addresses *out)
{
	if (job->error != 0)
		return bh_error(BH_E_CONNECT, "resolve %s: %s", job->host, gai_strerror(job->error));
	if (job->too_many)
		return bh_error(BH_E_CONNECT, "%s has more than %u addresses", job->host,
			BH_ADDRESSES_MOST);
	if (job->found.n == 0)
		return bh_error(BH_E_CONNECT, "%s has no address", job->host);
	*out = job->found;
	return 0;
}

/* An address needs nobody's answer. 1: it is a name. */
static int
read_numeric(const struct bh_lookup *ask, struct bh_addresses *out)
{
	struct bh_addresses found = {0};
	bool too_many = false;
	char port[8];

	snprintf(port, sizeof(port), "%u", ask->port);
	if (resolve(ask->host, port, AI_NUMERICHOST | AI_NUMERICSERV, &found, &too_many) != 0)
		return 1;
	*out = found;
	return 0;
}

int
bh_lookup(struct bh_lookups *lookups, const struct bh_lookup *ask, struct bh_addresses *out)
{
	struct job *job = NULL;
	bool finished;
	int rc = read_numeric(ask, out);

	if (rc <= 0)
		return rc;
	if (ask->only_public && strchr(ask->host, '.') == NULL)
		return bh_error(BH_E_URL_REFUSED, "%s is not public: it is a name without a domain",
			ask->host);
	rc = begin(lookups, ask, &job);
	if (rc < 0)
		return rc;
	rc = bh_peer_wait(job->done, POLLIN, ask->watch_fd, ask->cancel, ask->timeout_ms);
	if (rc == BH_E_UPSTREAM_TIMEOUT)
		rc = bh_error(rc, "the name of the host was not resolved in time");
	pthread_mutex_lock(&lookups->lock);
	finished = job->finished;
	job->abandoned = !finished;
	pthread_mutex_unlock(&lookups->lock);
	if (!finished)
		return rc < 0 ? rc : BH_E_INTERNAL;
	if (rc == 0)
		rc = judge(job, out);
	job_free(job);
	return rc;
}
