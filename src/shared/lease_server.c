/* SPDX-License-Identifier: Apache-2.0 */
/* lease_server.c: the socket at which the workers of one machine's gateway ask; one thread. */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "shared/lease.h"
#include "shared/shared.h"

/* Workers: those that drain after reloads included (the module has slots for 64). */
enum { CLIENTS_MOST = 128, RECORDS_MOST = 256, LOOK_AWAY_MS = 100 };

struct client {
	int fd;
	bool is_known; /* has said which gateway it is of */
	uint8_t gateway[16];
};

struct bh_lease_server {
	struct bh_shared *shared; /* borrowed */
	int fd;
	struct client clients[CLIENTS_MOST];
	size_t n;
	struct bh_lease_record records[RECORDS_MOST];
	int from[RECORDS_MOST]; /* whose each record is */
	size_t n_records;
	int64_t beat_ms; /* when to say next that the gateway lives */
	bool was_away;   /* what the clients were told last */
	int64_t gateways;
};

static int
listen_at(const char *path)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd;

	if (strlen(path) >= sizeof(address.sun_path))
		return bh_error(BH_E_CONFIG, "the path of a socket is too long: %s", path);
	memcpy(address.sun_path, path, strlen(path) + 1);
	if (unlink(path) < 0 && errno != ENOENT)
		return bh_error(BH_E_IO, "remove %s: %m", path);
	fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return bh_error(BH_E_IO, "socket: %m");
	/* In a folder that only the gateway's user and group enter. */
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || chmod(path, 0600) < 0 ||
		listen(fd, CLIENTS_MOST) < 0) {
		int rc = bh_error(BH_E_IO, "listen at %s: %m", path);

		close(fd);
		return rc;
	}
	return fd;
}

int
bh_lease_server_open(struct bh_shared *shared, const char *path, struct bh_lease_server **out)
{
	struct bh_lease_server *server = calloc(1, sizeof(*server));

	if (server == NULL)
		return BH_E_MEMORY;
	server->shared = shared;
	server->was_away = true;
	server->gateways = 1;
	server->fd = listen_at(path);
	if (server->fd < 0) {
		int rc = server->fd;

		free(server);
		return rc;
	}
	*out = server;
	return 0;
}

void
bh_lease_server_close(struct bh_lease_server *server)
{
	if (server == NULL)
		return;
	for (size_t i = 0; i < server->n; i++)
		close(server->clients[i].fd);
	close(server->fd);
	free(server);
}

/* One that does not read has its answer lost, and asks again. */
static void
tell(int fd, const struct bh_lease_record *record)
{
	if (send(fd, record, sizeof(*record), MSG_DONTWAIT | MSG_NOSIGNAL) < 0 && errno != EAGAIN &&
		errno != EPIPE && errno != ECONNRESET)
		bh_log(BH_LOG_WARN, "answer the gateway: %s", strerror(errno));
}

static void
tell_state(const struct bh_lease_server *server, int fd)
{
	const struct bh_lease_record state = {
		.kind = BH_LEASE_STATE,
		.version = BH_LEASE_VERSION,
		.away = server->was_away,
		.gateways = (uint32_t)server->gateways,
	};

	tell(fd, &state);
}

static void
tell_change(struct bh_lease_server *server)
{
	bool is_away = !bh_shared_is_there(server->shared);
	int64_t gateways = bh_shared_instances(server->shared);

	if (is_away == server->was_away && gateways == server->gateways)
		return;
	server->was_away = is_away;
	server->gateways = gateways;
	/* From now on it is looked whether it is back. */
	if (is_away)
		server->beat_ms = 0;
	for (size_t i = 0; i < server->n; i++)
		tell_state(server, server->clients[i].fd);
}

/* Every gateway that a worker here is of: after nginx was restarted, another one than before. */
static void
beat(struct bh_lease_server *server, int64_t now_ms)
{
	bool is_there = true;

	for (size_t i = 0; i < server->n; i++) {
		const struct client *client = &server->clients[i];
		bool is_first = client->is_known;

		for (size_t j = 0; is_first && j < i; j++)
			is_first = !server->clients[j].is_known ||
				memcmp(server->clients[j].gateway, client->gateway, sizeof(client->gateway)) != 0;
		if (is_first && bh_lease_beat(server->shared, client->gateway) < 0) {
			bh_error_clear();
			is_there = false;
		}
	}
	server->beat_ms = now_ms + (is_there ? BH_SHARED_BEAT_MS : LOOK_AWAY_MS);
}

static void
drop(struct bh_lease_server *server, size_t i)
{
	close(server->clients[i].fd);
	server->clients[i] = server->clients[--server->n];
}

static void
welcome(struct bh_lease_server *server)
{
	int fd = accept4(server->fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);

	if (fd < 0)
		return;
	if (server->n == CLIENTS_MOST) {
		close(fd);
		return;
	}
	server->clients[server->n++] = (struct client){.fd = fd};
}

/* False: it is gone, or says what nobody says. */
static bool
hear(struct bh_lease_server *server, struct client *client)
{
	while (server->n_records < RECORDS_MOST) {
		struct bh_lease_record *record = &server->records[server->n_records];
		ssize_t len = recv(client->fd, record, sizeof(*record), MSG_DONTWAIT | MSG_TRUNC);

		if (len < 0 && (errno == EAGAIN || errno == EINTR))
			return true;
		if (len <= 0 || !bh_lease_is_good(record, (size_t)len))
			return false;
		if (record->kind == BH_LEASE_ASK) {
			server->from[server->n_records++] = client->fd;
			continue;
		}
		memcpy(client->gateway, record->gateway, sizeof(client->gateway));
		client->is_known = true;
		server->beat_ms = 0;
		tell_state(server, client->fd);
	}
	return true;
}

static void
answer_all(struct bh_lease_server *server)
{
	bh_lease_answer(server->shared, server->records, server->n_records);
	for (size_t i = 0; i < server->n_records; i++)
		tell(server->from[i], &server->records[i]);
	server->n_records = 0;
}

/* Those that were heard are answered before any of them is closed: its number may then be another's. */
static void
serve(struct bh_lease_server *server, const struct pollfd *polled, size_t n)
{
	bool is_gone[CLIENTS_MOST] = {false};

	for (size_t i = 0; i < n; i++)
		is_gone[i] = polled[i].revents != 0 && !hear(server, &server->clients[i]);
	if (server->n_records > 0)
		answer_all(server);
	for (size_t i = n; i-- > 0;) {
		if (is_gone[i])
			drop(server, i);
	}
}

static int
pause_ms(const struct bh_lease_server *server, int64_t now_ms, int within_ms)
{
	int64_t left_ms = server->beat_ms > now_ms ? server->beat_ms - now_ms : 0;

	return left_ms < within_ms ? (int)left_ms : within_ms;
}

int
bh_lease_server_run(struct bh_lease_server *server, const atomic_bool *stop, int within_ms)
{
	struct pollfd polled[CLIENTS_MOST + 1];

	while (!atomic_load(stop)) {
		int64_t now_ms = bh_clock_steady_ms();
		size_t n = server->n;
		int ready;

		if (now_ms >= server->beat_ms) {
			beat(server, now_ms);
			tell_change(server);
		}
		for (size_t i = 0; i < n; i++)
			polled[i] = (struct pollfd){.fd = server->clients[i].fd, .events = POLLIN};
		polled[n] = (struct pollfd){.fd = server->fd, .events = POLLIN};
		ready = poll(polled, n + 1, pause_ms(server, bh_clock_steady_ms(), within_ms));
		if (ready < 0 && errno != EINTR)
			return bh_error(BH_E_IO, "poll: %m");
		if (ready <= 0)
			continue;
		serve(server, polled, n);
		if (polled[n].revents != 0)
			welcome(server);
		tell_change(server);
	}
	return 0;
}
