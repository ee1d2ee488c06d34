/* SPDX-License-Identifier: Apache-2.0 */
/* probe.c: one non-blocking question over a Unix socket. */
#include "supervisor/probe.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "supervisor/group.h"

#define ANSWER_WITHIN_MS 3000
#define AGAIN_MS 20
#define AGAIN_POSTGRES_MS 50 /* every question costs it a process and a line in its log */

void
supervisor_probe_close(struct supervisor_probe *probe)
{
	if (probe->open)
		close(probe->fd);
	*probe = (struct supervisor_probe){.only = probe->only};
}

static enum supervisor_probe_answer
not_yet(struct supervisor_probe *probe, const struct supervisor_row *row, int64_t now_ms)
{
	supervisor_probe_close(probe);
	probe->next_ms = now_ms +
		(row->probe == SUPERVISOR_PROBE_POSTGRES ? AGAIN_POSTGRES_MS : AGAIN_MS);
	return SUPERVISOR_PROBE_NOT_YET;
}

/* PostgreSQL's start-up packet, protocol 3.0, as the set-up role. */
static size_t
startup_packet(char out[64])
{
	static const char words[] = "user\0bulkhead_setup\0database\0postgres\0";
	size_t len = 8 + sizeof(words);

	memset(out, 0, 8);
	out[3] = (char)len;
	out[5] = 3;
	memcpy(out + 8, words, sizeof(words));
	return len;
}

static size_t
question(const struct supervisor_row *row, char *out, size_t size)
{
	if (row->probe == SUPERVISOR_PROBE_POSTGRES)
		return startup_packet(out);
	return (size_t)snprintf(out, size,
		"GET %s HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", row->probe_path);
}

/* Whether the one that is meant has made the socket. */
static bool
is_meant(const struct supervisor_probe *probe)
{
	struct supervisor_proc proc;
	struct ucred peer;
	socklen_t len = sizeof(peer);

	if (probe->only == 0)
		return true;
	if (getsockopt(probe->fd, SOL_SOCKET, SO_PEERCRED, &peer, &len) < 0)
		return false;
	/* Of a compiled engine the runner's child listens. */
	return peer.pid == probe->only ||
		(supervisor_proc_read(peer.pid, &proc) == 0 && proc.parent == probe->only);
}

enum supervisor_probe_answer
supervisor_probe_ask(struct supervisor_probe *probe, const struct supervisor_row *row,
	const char *socket_path, int64_t now_ms)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	char text[256];
	size_t len = question(row, text, sizeof(text));

	if (strlen(socket_path) >= sizeof(address.sun_path))
		return not_yet(probe, row, now_ms);
	memcpy(address.sun_path, socket_path, strlen(socket_path) + 1);
	probe->fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (probe->fd < 0)
		return not_yet(probe, row, now_ms);
	probe->open = true;
	if (connect(probe->fd, (const struct sockaddr *)&address, sizeof(address)) < 0 ||
		!is_meant(probe) || send(probe->fd, text, len, MSG_NOSIGNAL) != (ssize_t)len)
		return not_yet(probe, row, now_ms);
	probe->until_ms = now_ms + ANSWER_WITHIN_MS;
	return SUPERVISOR_PROBE_PENDING;
}

/* 'R' lets us in or asks for more; an error is a sign of life as well, unless it says that the
 * server is starting up or shutting down (57P03). */
static bool
postgres_is_ready(const char *bytes, size_t len)
{
	if (bytes[0] == 'R')
		return true;
	return bytes[0] == 'E' && memmem(bytes, len, "C57P03", 6) == NULL;
}

static bool
http_is_ready(const char *bytes, size_t len)
{
	static const char good[] = "HTTP/1.1 20"; /* 200 and 204 */

	return len >= strlen(good) && memcmp(bytes, good, strlen(good)) == 0;
}

enum supervisor_probe_answer
supervisor_probe_read(struct supervisor_probe *probe, const struct supervisor_row *row,
	int64_t now_ms)
{
	char bytes[1024];
	ssize_t count = recv(probe->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	bool ready;

	if (count < 0 && (errno == EAGAIN || errno == EINTR) && now_ms < probe->until_ms)
		return SUPERVISOR_PROBE_PENDING;
	if (count <= 0)
		return not_yet(probe, row, now_ms);
	ready = row->probe == SUPERVISOR_PROBE_POSTGRES ? postgres_is_ready(bytes, (size_t)count)
													: http_is_ready(bytes, (size_t)count);
	if (!ready)
		return not_yet(probe, row, now_ms);
	supervisor_probe_close(probe);
	return SUPERVISOR_PROBE_YES;
}
