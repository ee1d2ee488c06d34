/* SPDX-License-Identifier: Apache-2.0 */
/* ahead.c: a thread that reads, and a file between it and the client's. */
#include "multimodal/ahead.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "picture/run.h"

enum { READ_BYTES = 16 * 1024, LOOK_MS = 100, IDLE_MS = 600000 };

struct multimodal_ahead {
	struct bh_http_reply reply; /* owned; the thread's while it runs */
	const bool *stopping;       /* atomic, borrowed: the service's */
	int watch_fd;
	int fd;               /* owned: what was read */
	size_t bytes_max, at; /* at: given to the client's */
	pthread_t thread;
	pthread_mutex_t lock; /* of what follows */
	pthread_cond_t grown;
	size_t bytes; /* in the file */
	int ended;    /* 1: all of it is there; below 0: why not */
	bool stop;
	char request_id[40];
};

static bool
is_stopped(struct multimodal_ahead *ahead)
{
	bool stop;

	pthread_mutex_lock(&ahead->lock);
	stop = ahead->stop;
	pthread_mutex_unlock(&ahead->lock);
	return stop || __atomic_load_n(ahead->stopping, __ATOMIC_RELAXED);
}

static int
keep(struct multimodal_ahead *ahead, const char *bytes, size_t len)
{
	if (len > ahead->bytes_max - ahead->bytes)
		return bh_error(BH_E_PROTOCOL, "the answer is too large");
	for (size_t at = 0; at < len;) {
		ssize_t n = pwrite(ahead->fd, bytes + at, len - at, (off_t)(ahead->bytes + at));

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(errno == ENOSPC || errno == EDQUOT ? BH_E_NO_ROOM : BH_E_IO,
				"keep an answer: %m");
		at += (size_t)n;
	}
	return 0;
}

static void
tell(struct multimodal_ahead *ahead, size_t more, int ended)
{
	pthread_mutex_lock(&ahead->lock);
	ahead->bytes += more;
	ahead->ended = ended;
	pthread_cond_signal(&ahead->grown);
	pthread_mutex_unlock(&ahead->lock);
}

/* 0: some was read; 1: the end; below 0: why there is no more. */
static int
read_some(struct multimodal_ahead *ahead)
{
	const int64_t until_ms = bh_clock_steady_ms() + IDLE_MS;
	char bytes[READ_BYTES];
	ssize_t n;
	int rc;

	while (!bh_http_reply_wait(&ahead->reply, LOOK_MS)) {
		if (is_stopped(ahead))
			return BH_E_CANCELLED;
		rc = bh_http_wait(-1, ahead->watch_fd, NULL, 0);
		if (rc != BH_E_UPSTREAM_TIMEOUT)
			return rc < 0 ? rc : BH_E_GONE;
		if (bh_clock_steady_ms() > until_ms)
			return BH_E_UPSTREAM_TIMEOUT;
	}
	n = bh_http_reply_read(&ahead->reply, bytes, sizeof(bytes));
	if (n <= 0)
		return n == 0 ? 1 : (int)n;
	rc = keep(ahead, bytes, (size_t)n);
	if (rc == 0)
		tell(ahead, (size_t)n, 0);
	return rc;
}

static void *
read_all(void *state)
{
	struct multimodal_ahead *ahead = state;
	int rc = 0;

	bh_log_request(ahead->request_id);
	while (rc == 0)
		rc = is_stopped(ahead) ? BH_E_CANCELLED : read_some(ahead);
	tell(ahead, 0, rc);
	return NULL;
}

int
multimodal_ahead_open(const struct multimodal_ahead_conf *conf, struct bh_http_reply *reply,
	struct multimodal_ahead **out)
{
	struct multimodal_ahead *ahead;
	int fd = -1;
	int rc = bh_picture_spool(conf->spool_dir, &fd);

	if (rc < 0)
		return rc;
	ahead = calloc(1, sizeof(*ahead));
	BH_ASSERT(ahead != NULL);
	ahead->stopping = conf->stopping;
	ahead->watch_fd = conf->watch_fd;
	ahead->fd = fd;
	ahead->bytes_max = conf->bytes_max;
	ahead->reply = *reply;
	snprintf(ahead->request_id, sizeof(ahead->request_id), "%s", conf->request_id);
	pthread_mutex_init(&ahead->lock, NULL);
	pthread_cond_init(&ahead->grown, NULL);
	if (pthread_create(&ahead->thread, NULL, read_all, ahead) != 0) {
		pthread_cond_destroy(&ahead->grown);
		pthread_mutex_destroy(&ahead->lock);
		close(fd);
		free(ahead);
		return bh_error(BH_E_UNAVAILABLE, "start a thread that reads an answer");
	}
	*reply = (struct bh_http_reply){0};
	*out = ahead;
	return 0;
}

/* How many bytes wait; 0 at the end, or why there is none. */
static int64_t
await(struct multimodal_ahead *ahead)
{
	int64_t found;

	pthread_mutex_lock(&ahead->lock);
	while (ahead->bytes == ahead->at && ahead->ended == 0)
		pthread_cond_wait(&ahead->grown, &ahead->lock);
	found = ahead->bytes > ahead->at ? (int64_t)(ahead->bytes - ahead->at)
		: ahead->ended < 0           ? ahead->ended
									 : 0;
	pthread_mutex_unlock(&ahead->lock);
	return found;
}

ssize_t
multimodal_ahead_read(struct multimodal_ahead *ahead, char *out, size_t size)
{
	int64_t left = await(ahead);
	ssize_t n;

	if (left <= 0)
		return (ssize_t)left;
	do
		n = pread(ahead->fd, out, (size_t)left < size ? (size_t)left : size, (off_t)ahead->at);
	while (n < 0 && errno == EINTR);
	if (n <= 0)
		return bh_error(BH_E_IO, "read an answer that was kept: %m");
	ahead->at += (size_t)n;
	return n;
}

void
multimodal_ahead_close(struct multimodal_ahead *ahead)
{
	if (ahead == NULL)
		return;
	pthread_mutex_lock(&ahead->lock);
	ahead->stop = true;
	pthread_mutex_unlock(&ahead->lock);
	pthread_join(ahead->thread, NULL);
	bh_http_reply_close(&ahead->reply);
	pthread_cond_destroy(&ahead->grown);
	pthread_mutex_destroy(&ahead->lock);
	close(ahead->fd);
	free(ahead);
}
