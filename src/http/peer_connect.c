/* SPDX-License-Identifier: Apache-2.0 */
/* peer_connect.c: sockets to peers, and the one wait for peer, client and cancel flag. */
#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "http/address.h"
#include "http/client.h"
#include "http/peer.h"

#define CANCEL_POLL_MS 200
#define BACKLOG_FULL_MS 5

#define LEFT_EVENTS (POLLRDHUP | POLLHUP | POLLERR | POLLNVAL)

bool
bh_peer_gone(int watch_fd)
{
	bool stale;

	return bh_peer_gone_or_stale(watch_fd, -1, &stale);
}

bool
bh_peer_gone_or_stale(int watch_fd, int idle_fd, bool *out_stale)
{
	struct pollfd fds[2] = {
		{.fd = watch_fd > 0 ? watch_fd : -1, .events = POLLRDHUP},
		{.fd = idle_fd, .events = POLLIN | POLLRDHUP},
	};

	*out_stale = false;
	if ((watch_fd <= 0 && idle_fd < 0) || poll(fds, 2, 0) <= 0)
		return false;
	*out_stale = fds[1].revents != 0;
	return (fds[0].revents & LEFT_EVENTS) != 0;
}

int
bh_peer_wait(int fd, short events, int watch_fd, const bool *cancel, int64_t timeout_ms)
{
	int64_t until_ms = bh_clock_steady_ms() + timeout_ms;
	int64_t left_ms = timeout_ms;

	for (;;) {
		struct pollfd fds[2] = {
			{.fd = fd, .events = events},
			{.fd = watch_fd, .events = POLLRDHUP},
		};
		int slice_ms = left_ms > 60000 ? 60000 : (int)left_ms;
		int n;

		if (cancel != NULL && __atomic_load_n(cancel, __ATOMIC_RELAXED))
			return BH_E_CANCELLED;
		if (cancel != NULL && slice_ms > CANCEL_POLL_MS)
			slice_ms = CANCEL_POLL_MS;
		n = poll(fds, watch_fd > 0 ? 2 : 1, slice_ms);
		if (n < 0 && errno != EINTR)
			return bh_error(BH_E_PROTOCOL, "poll: %m");
		if (n > 0 && (fds[1].revents & LEFT_EVENTS) != 0)
			return BH_E_GONE;
		if (n > 0 && fds[0].revents != 0)
			return 0;
		left_ms = until_ms - bh_clock_steady_ms();
		if (left_ms <= 0)
			return bh_error(BH_E_UPSTREAM_TIMEOUT, "no response within %lld ms",
				(long long)timeout_ms);
	}
}

int
bh_http_wait(int fd, int watch_fd, const bool *cancel, int64_t timeout_ms)
{
	return bh_peer_wait(fd, POLLIN, watch_fd, cancel, timeout_ms);
}

uint64_t
bh_peer_file(const struct bh_http_client *client)
{
	struct stat info;

	return client->socket_path != NULL && stat(client->socket_path, &info) == 0 ? info.st_ino : 0;
}

/* Ends a connect that was begun without blocking. */
static int
finish_connect(int fd, const struct bh_http_call *call, int64_t until_ms)
{
	int64_t left_ms = until_ms - bh_clock_steady_ms();
	socklen_t size = sizeof(int);
	int error = 0;
	int rc = bh_peer_wait(fd, POLLOUT, call->watch_fd, call->cancel, left_ms > 0 ? left_ms : 0);

	if (rc == BH_E_GONE || rc == BH_E_CANCELLED)
		return rc;
	if (rc < 0)
		return bh_error(BH_E_CONNECT, "connect timed out");
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &size) < 0)
		error = errno;
	errno = error;
	return error == 0 ? 0 : bh_error(BH_E_CONNECT, "connect: %m");
}

static int
connect_unix(const struct bh_http_client *client, const struct bh_http_call *call, int64_t until_ms)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0)
		return bh_error(BH_E_CONNECT, "socket: %m");
	memcpy(address.sun_path, client->socket_path, strlen(client->socket_path) + 1);
	while (connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
		int rc;

		/* A full backlog shows as EAGAIN, and nothing can be polled for its end. */
		if (errno == EINTR || (errno == EAGAIN && bh_clock_steady_ms() < until_ms)) {
			rc = bh_peer_wait(-1, 0, call->watch_fd, call->cancel, BACKLOG_FULL_MS);
			if (rc == BH_E_UPSTREAM_TIMEOUT)
				continue;
		} else {
			rc = bh_error(BH_E_CONNECT, "connect to %s: %m", client->socket_path);
		}
		close(fd);
		return rc;
	}
	return fd;
}

static int
connect_address(const struct sockaddr *address, socklen_t size, const struct bh_http_call *call,
	int64_t until_ms)
{
	int on = 1;
	int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	int rc = 0;

	if (fd < 0)
		return bh_error(BH_E_CONNECT, "socket: %m");
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) < 0)
		rc = bh_error(BH_E_CONNECT, "TCP_NODELAY: %m");
	else if (connect(fd, address, size) < 0)
		rc = errno == EINPROGRESS ? finish_connect(fd, call, until_ms)
								  : bh_error(BH_E_CONNECT, "connect: %m");
	if (rc < 0) {
		close(fd);
		return rc;
	}
	return fd;
}

static int
connect_pinned(const struct bh_addresses *pinned, const struct bh_http_call *call, int64_t until_ms)
{
	int rc = BH_E_CONNECT;

	for (size_t i = 0; i < pinned->n; i++) {
		const struct sockaddr *at = (const struct sockaddr *)&pinned->list[i];

		rc = connect_address(at, bh_address_bytes(at), call, until_ms);
		if (rc != BH_E_CONNECT)
			break;
	}
	return rc;
}

static int
connect_tcp(const struct bh_http_client *client, const struct bh_http_call *call, int64_t until_ms)
{
	struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICHOST};
	struct addrinfo *list = NULL;
	int rc = getaddrinfo(client->host, client->port, &hints, &list);

	/* A name is looked up by the system's resolver, within the time limits of its own. */
	if (rc == EAI_NONAME) {
		hints.ai_flags = AI_ADDRCONFIG;
		rc = getaddrinfo(client->host, client->port, &hints, &list);
	}
	if (rc != 0)
		return bh_error(BH_E_CONNECT, "resolve %s: %s", client->host, gai_strerror(rc));
	rc = bh_error(BH_E_CONNECT, "%s has no address", client->host);
	for (const struct addrinfo *at = list; at != NULL; at = at->ai_next) {
		rc = connect_address(at->ai_addr, at->ai_addrlen, call, until_ms);
		if (rc != BH_E_CONNECT)
			break;
	}
	freeaddrinfo(list);
	return rc;
}

int
bh_peer_connect(struct bh_http_client *client, const struct bh_http_call *call)
{
	int64_t until_ms = bh_clock_steady_ms() + client->connect_ms;

	if (client->socket_path != NULL)
		return connect_unix(client, call, until_ms);
	if (client->pinned != NULL)
		return connect_pinned(client->pinned, call, until_ms);
	return connect_tcp(client, call, until_ms);
}
