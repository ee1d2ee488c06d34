/* SPDX-License-Identifier: Apache-2.0 */
/* idle.c: a list of connections, looked through eight times in the time that one may be idle. */
#include "http/idle.h"

#include <errno.h>
#include <sys/socket.h>

#include "base/clock.h"
#include "base/error.h"

#define LOOKS 8

/* Our side then reads the end of the connection, behind all that had come before, and closes it. */
static void
close_idle(const struct bh_http_idle *idle, int64_t now_ms)
{
	for (const struct bh_http_socket *at = idle->first; at != NULL; at = at->next) {
		int64_t since_ms = atomic_load(&at->since_ms);
		int64_t limit_ms = atomic_load(&at->begun) ? idle->limit_ms : idle->between_ms;

		if (since_ms != 0 && now_ms - since_ms >= limit_ms)
			shutdown(at->fd, SHUT_RD);
	}
}

static void *
watch(void *arg)
{
	struct bh_http_idle *idle = arg;

	pthread_mutex_lock(&idle->lock);
	while (!idle->stop) {
		int64_t now_ms = bh_clock_steady_ms();

		close_idle(idle, now_ms);
		bh_clock_wait_until(&idle->wake, &idle->lock, now_ms + idle->between_ms / LOOKS);
	}
	pthread_mutex_unlock(&idle->lock);
	return NULL;
}

int
bh_http_idle_open(struct bh_http_idle *idle, int64_t limit_ms)
{
	int error;

	*idle = (struct bh_http_idle){.limit_ms = limit_ms, .between_ms = limit_ms};
	pthread_mutex_init(&idle->lock, NULL);
	bh_clock_cond_init(&idle->wake);
	error = pthread_create(&idle->thread, NULL, watch, idle);
	if (error == 0)
		return 0;
	pthread_cond_destroy(&idle->wake);
	pthread_mutex_destroy(&idle->lock);
	errno = error;
	return bh_error(BH_E_IO, "start the thread that closes idle connections: %m");
}

void
bh_http_idle_shorten(struct bh_http_idle *idle, int64_t between_ms)
{
	pthread_mutex_lock(&idle->lock);
	if (between_ms < idle->between_ms)
		idle->between_ms = between_ms;
	pthread_cond_signal(&idle->wake);
	pthread_mutex_unlock(&idle->lock);
}

void
bh_http_idle_close(struct bh_http_idle *idle)
{
	pthread_mutex_lock(&idle->lock);
	idle->stop = true;
	pthread_cond_signal(&idle->wake);
	pthread_mutex_unlock(&idle->lock);
	pthread_join(idle->thread, NULL);
	pthread_cond_destroy(&idle->wake);
	pthread_mutex_destroy(&idle->lock);
}

void
bh_http_idle_add(struct bh_http_idle *idle, struct bh_http_socket *socket, int fd)
{
	socket->fd = fd;
	bh_http_idle_await(socket);
	pthread_mutex_lock(&idle->lock);
	socket->next = idle->first;
	socket->link = &idle->first;
	if (idle->first != NULL)
		idle->first->link = &socket->next;
	idle->first = socket;
	pthread_mutex_unlock(&idle->lock);
}

void
bh_http_idle_remove(struct bh_http_idle *idle, struct bh_http_socket *socket)
{
	pthread_mutex_lock(&idle->lock);
	*socket->link = socket->next;
	if (socket->next != NULL)
		socket->next->link = socket->link;
	pthread_mutex_unlock(&idle->lock);
}

void
bh_http_idle_begin(struct bh_http_socket *socket, bool begun)
{
	atomic_store(&socket->begun, begun);
	bh_http_idle_await(socket);
}

void
bh_http_idle_await(struct bh_http_socket *socket)
{
	atomic_store(&socket->since_ms, bh_clock_steady_ms());
}

void
bh_http_idle_rest(struct bh_http_socket *socket)
{
	atomic_store(&socket->since_ms, 0);
}
