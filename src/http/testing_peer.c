/* SPDX-License-Identifier: Apache-2.0 */
/* testing_peer.c: plays a script on a Unix socket, and calls it. */
#include "http/testing_peer.h"

#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

/* Reads one request with its content-length. False at the connection's end. */
static bool
read_request(struct testing_peer *fix, int fd)
{
	size_t len = 0;
	size_t want = SIZE_MAX;
	char text[8192];

	while (len < want) {
		ssize_t n = recv(fd, text + len, sizeof(text) - len - 1, 0);
		char *end;

		if (n <= 0)
			return false;
		len += (size_t)n;
		text[len] = '\0';
		end = strstr(text, "\r\n\r\n");
		if (end != NULL && want == SIZE_MAX) {
			char *length = strcasestr(text, "content-length:");

			want = (size_t)(end + 4 - text) + (length ? strtoul(length + 15, NULL, 10) : 0);
		}
	}
	memcpy(fix->last_request, text, len + 1);
	fix->last_len = len;
	atomic_fetch_add(&fix->requests, 1);
	return true;
}

static void
play(struct testing_peer *fix, int fd, const char *const *script)
{
	char c;

	for (; *script != NULL; script++) {
		const char *text = *script;

		if (text[0] == '<')
			text++;
		else if (!read_request(fix, fd))
			return;
		if (strcmp(text, TESTING_PEER_STALL) == 0) {
			struct pollfd left = {.fd = fd, .events = POLLRDHUP};

			poll(&left, 1, 10000);
			return;
		}
		if (strcmp(text, TESTING_PEER_HOLD) == 0) {
			while (recv(fd, &c, 1, 0) > 0)
				;
			atomic_store(&fix->left, true);
			return;
		}
		send(fd, text, strlen(text), MSG_NOSIGNAL);
	}
}

void *
testing_peer_serve(void *arg)
{
	struct testing_peer *fix = arg;

	for (;;) {
		int fd = accept(fix->listener, NULL, NULL);
		int n;

		if (fd < 0)
			return NULL;
		n = atomic_fetch_add(&fix->connections, 1);
		if (n < TESTING_PEER_MOST)
			play(fix, fd, fix->script[n]);
		shutdown(fd, SHUT_RDWR);
		close(fd);
	}
}

int
testing_peer_open(void **state)
{
	struct testing_peer *fix = calloc(1, sizeof(*fix));
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	struct bh_http_client_conf conf = {.idle_max = 2, .connect_ms = 2000};
	char url[128];

	snprintf(fix->dir, sizeof(fix->dir), "/tmp/bulkhead-test-XXXXXX");
	if (mkdtemp(fix->dir) == NULL)
		return -1;
	snprintf(fix->path, sizeof(fix->path), "%s/peer.sock", fix->dir);
	snprintf(address.sun_path, sizeof(address.sun_path), "%s", fix->path);
	fix->listener = socket(AF_UNIX, SOCK_STREAM, 0);
	if (bind(fix->listener, (struct sockaddr *)&address, sizeof(address)) < 0 ||
		listen(fix->listener, 8) < 0)
		return -1;
	pthread_create(&fix->thread, NULL, testing_peer_serve, fix);
	snprintf(url, sizeof(url), "unix:%s", fix->path);
	conf.url = url;
	*state = fix;
	return bh_http_client_open(&conf, &fix->client);
}

int
testing_peer_close(void **state)
{
	struct testing_peer *fix = *state;

	bh_http_reply_close(&fix->reply);
	bh_http_client_close(fix->client);
	shutdown(fix->listener, SHUT_RDWR);
	pthread_join(fix->thread, NULL);
	close(fix->listener);
	unlink(fix->path);
	rmdir(fix->dir);
	bh_buf_close(&fix->body);
	free(fix);
	return 0;
}

struct bh_http_call
testing_peer_request(void)
{
	return (struct bh_http_call){
		.method = "POST",
		.path = "/x",
		.body = "hello",
		.body_len = 5,
		.first_byte_ms = 5000,
		.idle_ms = 5000,
		.watch_fd = -1,
	};
}

int
testing_peer_exchange(struct testing_peer *fix, const struct bh_http_call *call)
{
	int rc = bh_http_call(fix->client, call, &fix->reply);

	bh_buf_reset(&fix->body);
	if (rc == 0)
		rc = bh_http_reply_body(&fix->reply, 1000000, &fix->body);
	bh_http_reply_close(&fix->reply);
	return rc;
}

int
testing_peer_exchange_plain(struct testing_peer *fix)
{
	const struct bh_http_call call = testing_peer_request();

	return testing_peer_exchange(fix, &call);
}
