/* SPDX-License-Identifier: Apache-2.0 */
/* client.c: the name under which a client's tries are counted. */
#include "auth/client.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "service/request.h"

enum { SITE_BYTES = 6, NETWORK_BYTES = 8, MAPPED_BYTES = 12 };

/* The network of so many bytes that an address is in. */
static void
name_network(const struct in6_addr *address, size_t bytes, char out[AUTH_CLIENT_BYTES])
{
	struct in6_addr network = {0};
	char text[INET6_ADDRSTRLEN];

	memcpy(network.s6_addr, address->s6_addr, bytes);
	inet_ntop(AF_INET6, &network, text, sizeof(text));
	snprintf(out, AUTH_CLIENT_BYTES, "%s/%zu", text, bytes * 8);
}

/* The names of a client and of the site that it is at. */
static void
name_both(const char *header, char client[AUTH_CLIENT_BYTES], char site[AUTH_CLIENT_BYTES])
{
	struct in_addr v4;
	struct in6_addr v6;

	memcpy(client, "local", sizeof("local"));
	if (header == NULL)
		header = "";
	if (inet_pton(AF_INET, header, &v4) == 1)
		inet_ntop(AF_INET, &v4, client, AUTH_CLIENT_BYTES);
	else if (inet_pton(AF_INET6, header, &v6) == 1 && IN6_IS_ADDR_V4MAPPED(&v6))
		/* An IPv4 client of a listener that speaks both. */
		inet_ntop(AF_INET, v6.s6_addr + MAPPED_BYTES, client, AUTH_CLIENT_BYTES);
	else if (inet_pton(AF_INET6, header, &v6) == 1) {
		name_network(&v6, NETWORK_BYTES, client);
		name_network(&v6, SITE_BYTES, site);
		return;
	}
	memcpy(site, client, AUTH_CLIENT_BYTES);
}

void
auth_client_read(const struct bh_secret *key, const char *header, struct auth_client *out)
{
	char site[AUTH_CLIENT_BYTES];
	struct bh_digest digest;

	*out = (struct auth_client){0};
	name_both(header, out->name, site);
	bh_digest_hmac(key, out->name, strlen(out->name), &out->mark);
	bh_digest_hmac(key, site, strlen(site), &digest);
	memcpy(&out->site, digest.bytes, sizeof(out->site));
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
	return (struct bh_password_turn){
		.kind = familiar ? BH_PASSWORD_FAMILIAR : BH_PASSWORD_STRANGE,
		.owner = client->site,
	};
}

struct bh_password_turn
auth_tenant_turn(const struct bh_uuid *tenant)
{
	struct bh_password_turn turn = {.kind = BH_PASSWORD_SET};

	/* The second half: the first begins with the time. */
	memcpy(&turn.owner, tenant->bytes + sizeof(turn.owner), sizeof(turn.owner));
	return turn;
}
