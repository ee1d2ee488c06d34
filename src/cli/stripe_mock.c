/* SPDX-License-Identifier: Apache-2.0 */
/* stripe_mock.c: bulkhead stripe-mock …: the mock of Stripe: its state, and a loopback port for clients that know TCP only. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "cli/api.h"
#include "cli/commands.h"
#include "cli/print.h"

#define STATE "/api/stripemock/api/stripe-mock"

enum { CONNECTIONS = 64, PIECE = 16384 };

/* ---- state ---- */

/* People are told where the keys are; programs get them. */
static void
print_state(const struct bh_json *state)
{
	const struct bh_json *objects = bh_json_get(state, "objects"), *count;
	const struct bh_json *webhooks = bh_json_get(bh_json_get(state, "faults"), "webhooks");
	const struct bh_json *api = bh_json_get(bh_json_get(state, "faults"), "api");
	bool enabled = false;
	void *cursor = NULL;
	const char *kind;

	(void)bh_json_bool(bh_json_get(state, "enabled"), &enabled);
	printf("Mock of Stripe: %s. No money moves.\n", enabled ? "on" : "off");
	printf("Keys: bulkhead stripe-mock --json prints secret_key and webhook_secret.\n");
	while (bh_json_next(objects, &cursor, &kind, &count))
		printf("%-36s %lld\n", kind, (long long)bh_json_get_int(objects, kind, 0));
	printf("Webhook faults: %lld %% lost, %lld %% sent twice, %lld ms late\n",
		(long long)bh_json_get_int(webhooks, "loss_percent", 0),
		(long long)bh_json_get_int(webhooks, "duplicate_percent", 0),
		(long long)bh_json_get_int(webhooks, "delay_ms", 0));
	if (bh_json_get_string(api, "fault") != NULL)
		printf("API fault: %s, %lld more calls\n", bh_json_get_string(api, "fault"),
			(long long)bh_json_get_int(api, "calls", 0));
}

static int
show(struct cli *cli)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int status = cli_api_control(cli, "GET", STATE, NULL, &doc);

	if (status == CLI_OK && cli->options.json)
		cli_print_json(doc.root);
	else if (status == CLI_OK)
		print_state(doc.root);
	return status;
}

/* ---- a port ---- */

struct forwarder {
	struct sockaddr_un address; /* the service's socket */
	_Atomic int open;
};

/* A connection and its peer. Owned by its thread. */
struct pair {
	struct forwarder *forwarder;
	int client, service;
};

/* Moves what there is; false at the end of it. */
static bool
move(int from, int to)
{
	char piece[PIECE];
	ssize_t n = read(from, piece, sizeof(piece));

	if (n < 0 && errno == EINTR)
		return true;
	for (ssize_t sent = 0; sent < n;) {
		ssize_t part = write(to, piece + sent, (size_t)(n - sent));

		if (part < 0 && errno == EINTR)
			continue;
		if (part <= 0)
			return false;
		sent += part;
	}
	return n > 0;
}

static void *
forward(void *arg)
{
	struct pair *pair = arg;
	struct pollfd fds[2] = {{pair->client, POLLIN, 0}, {pair->service, POLLIN, 0}};
	bool is_open = true;

	while (is_open && (poll(fds, 2, -1) > 0 || errno == EINTR)) {
		if (fds[0].revents != 0)
			is_open = move(pair->client, pair->service);
		if (is_open && fds[1].revents != 0)
			is_open = move(pair->service, pair->client);
	}
	close(pair->client);
	close(pair->service);
	pair->forwarder->open--;
	free(pair);
	return NULL;
}

/* Takes the client's socket. */
static void
take(struct forwarder *forwarder, int client)
{
	struct pair *pair = calloc(1, sizeof(*pair));
	pthread_t thread;
	int service = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (pair == NULL || service < 0 || forwarder->open >= CONNECTIONS ||
		connect(service, (const struct sockaddr *)&forwarder->address, sizeof(forwarder->address)) <
			0) {
		close(client);
		if (service >= 0)
			close(service);
		free(pair);
		return;
	}
	*pair = (struct pair){forwarder, client, service};
	forwarder->open++;
	if (pthread_create(&thread, NULL, forward, pair) == 0) {
		pthread_detach(thread);
		return;
	}
	forwarder->open--;
	close(client);
	close(service);
	free(pair);
}

static int
open_port(int64_t port, int *out)
{
	const struct sockaddr_in address = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0)
		return bh_error(BH_E_IO, "socket: %m");
	(void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 64) < 0) {
		int rc = bh_error(BH_E_IO, "listen on 127.0.0.1:%lld: %m", (long long)port);

		close(fd);
		return rc;
	}
	*out = fd;
	return 0;
}

/* Until it is interrupted. */
static int
listen_on(struct cli *cli)
{
	struct forwarder forwarder = {.address.sun_family = AF_UNIX};
	int64_t port;
	int fd = -1, rc, n;

	if (cli->options.port == NULL || bh_text_int(cli->options.port, 1, 65535, &port) < 0)
		return cli_refuse(CLI_USAGE, "--port must be a number between 1 and 65535");
	n = snprintf(forwarder.address.sun_path, sizeof(forwarder.address.sun_path), BH_SOCKET,
		cli->instance.place.run, "stripemock");
	if (n >= (int)sizeof(forwarder.address.sun_path))
		return cli_refuse(CLI_FAILED, "the path of the socket is too long");
	rc = open_port(port, &fd);
	if (rc < 0)
		return cli_fail(rc);
	signal(SIGPIPE, SIG_IGN);
	printf("The mock of Stripe listens on http://127.0.0.1:%lld\n", (long long)port);
	fflush(stdout);
	for (;;) {
		int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC);

		if (client >= 0)
			take(&forwarder, client);
		else if (errno != EINTR && errno != ECONNABORTED)
			break;
	}
	close(fd);
	return cli_fail(bh_error(BH_E_IO, "accept: %m"));
}

int
cli_stripe_mock_run(struct cli *cli)
{
	if (cli->n_args == 0)
		return show(cli);
	if (strcmp(cli->args[0], "listen") != 0)
		return cli_refuse(CLI_USAGE, "`stripe-mock` has no subcommand `%.64s`", cli->args[0]);
	return listen_on(cli);
}
