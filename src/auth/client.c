/* client.c: the name under which a client's tries are counted. */
#include "auth/client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "service/request.h"

enum { NETWORK_BYTES = 8, MAPPED_BYTES = 12 };

static void
name_v6(const struct in6_addr *address, char out[AUTH_CLIENT_BYTES])
{
	struct in6_addr network = {0};
	char text[INET6_ADDRSTRLEN];

	/* An IPv4 client of a listener that speaks both. */
	if (IN6_IS_ADDR_V4MAPPED(address)) {
		inet_ntop(AF_INET, address->s6_addr + MAPPED_BYTES, out, AUTH_CLIENT_BYTES);
		return;
	}
	memcpy(network.s6_addr, address->s6_addr, NETWORK_BYTES);
	inet_ntop(AF_INET6, &network, text, sizeof(text));
	snprintf(out, AUTH_CLIENT_BYTES, "%s/64", text);
}

void
auth_client_read(const struct bh_secret *key, const char *header, struct auth_client *out)
{
	struct in_addr v4;
	struct in6_addr v6;

	*out = (struct auth_client){.name = "local"};
	if (header != NULL && inet_pton(AF_INET, header, &v4) == 1)
		inet_ntop(AF_INET, &v4, out->name, sizeof(out->name));
	else if (header != NULL && inet_pton(AF_INET6, header, &v6) == 1)
		name_v6(&v6, out->name);
	bh_digest_hmac(key, out->name, strlen(out->name), &out->mark);
}

void
auth_client_of(struct bh_request *req, struct auth_client *out)
{
	const struct auth *auth = req->service;

	auth_client_read(&auth->client_key, bh_http_header(req->http, "x-bulkhead-client"), out);
}

struct bh_password_turn
auth_client_turn(const struct auth_client *client, bool familiar)
{
	struct bh_password_turn turn = {
		.kind = familiar ? BH_PASSWORD_FAMILIAR : BH_PASSWORD_STRANGE,
	};

	memcpy(&turn.owner, client->mark.bytes, sizeof(turn.owner));
	return turn;
}

struct bh_password_turn
auth_tenant_turn(const struct bh_uuid *tenant)
{
	struct bh_password_turn turn = {.kind = BH_PASSWORD_SET};

	/* The second half: the first begins with the time. */
	memcpy(&turn.owner, tenant->bytes + sizeof(turn.owner), sizeof(turn.owner));
	return turn;
}
