/* SPDX-License-Identifier: Apache-2.0 */
/* fetch.c: requests to addresses that people outside have named. */
#include "http/fetch.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "base/arena.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "http/address.h"
#include "http/fetch_conf.h"
#include "http/lookup.h"
#include "http/peer.h"

enum { CONNECT_MS = 10000, LOOK_MS = 200, PIECE_BYTES = 16 * 1024, HEADERS_MOST = 32 };

struct bh_fetcher {
	struct bh_arena arena; /* of what is open */
	struct bh_fetch_open open[BH_FETCH_OPEN_MOST];
	size_t n_open;
	bool plain;
	const char *ca_file;        /* borrowed; NULL: the system's */
	struct bh_lookups *lookups; /* owned */
};

/* One request and its redirects. */
struct trip {
	struct bh_fetcher *fetcher;
	struct bh_arena *arena;
	const struct bh_fetch *ask;
	const char *method;
	struct bh_url first, url;
	bool with_body;
	int64_t until_ms;
};

int
bh_fetcher_open(const struct bh_fetch_settings *settings, struct bh_fetcher **out)
{
	struct bh_fetcher *fetcher = calloc(1, sizeof(*fetcher));
	int rc = fetcher != NULL ? bh_lookups_open(&fetcher->lookups) : BH_E_MEMORY;

	if (rc == 0 && settings != NULL) {
		fetcher->plain = settings->plain;
		fetcher->ca_file = settings->ca_file[0] != '\0' ? settings->ca_file : NULL;
		rc = bh_fetch_open_read(&fetcher->arena, settings, fetcher->open, &fetcher->n_open);
	}
	if (rc < 0) {
		bh_fetcher_close(fetcher);
		return rc;
	}
	*out = fetcher;
	return 0;
}

void
bh_fetcher_close(struct bh_fetcher *fetcher)
{
	if (fetcher == NULL)
		return;
	bh_lookups_close(fetcher->lookups);
	bh_arena_close(&fetcher->arena);
	free(fetcher);
}

/* ---- may it be reached ---- */

static bool
is_open(const struct trip *trip)
{
	const struct bh_fetcher *fetcher = trip->fetcher;

	for (size_t i = 0; i < fetcher->n_open; i++) {
		const struct bh_fetch_open *open = &fetcher->open[i];

		if (bh_url_same_origin(open->origin, &trip->url) &&
			(bh_uuid_is_zero(&open->tenant) || bh_uuid_equal(&open->tenant, trip->ask->tenant)))
			return true;
	}
	return false;
}

static bool
may_reach(const struct sockaddr *address, bool private_too)
{
	switch (bh_address_kind(address)) {
	case BH_ADDRESS_PUBLIC:
		/* This machine's own public address leads past every firewall before it. */
		return private_too || !bh_address_is_own(address);
	case BH_ADDRESS_PRIVATE:
		return private_too;
	case BH_ADDRESS_NEVER:
		break;
	}
	return false;
}

static int64_t
left_ms(int64_t until_ms)
{
	int64_t left = until_ms - bh_clock_steady_ms();

	return left > 0 ? left : 0;
}

/* The addresses that the next connection may go to: all that the name has, or none. */
static int
find(const struct trip *trip, struct bh_addresses *out)
{
	bool opened = is_open(trip);
	bool private_too = opened || trip->ask->any_private;
	const struct bh_lookup ask = {
		.tenant = trip->ask->tenant,
		.host = trip->url.host,
		.port = trip->url.port,
		.only_public = !private_too,
		.watch_fd = trip->ask->watch_fd,
		.cancel = trip->ask->cancel,
		.timeout_ms = left_ms(trip->until_ms),
	};
	int rc;

	if (!trip->url.tls && !opened && !trip->fetcher->plain)
		return bh_error(BH_E_URL_REFUSED, "the URL must begin with https://");
	rc = bh_lookup(trip->fetcher->lookups, &ask, out);
	for (size_t i = 0; rc == 0 && i < out->n; i++) {
		if (!may_reach((const struct sockaddr *)&out->list[i], private_too))
			rc = bh_error(BH_E_URL_REFUSED, "%s leads to an address that is not public",
				trip->url.host);
	}
	return rc;
}

/* ---- one request ---- */

/* What may be told to an origin that the caller did not name: nothing that it keeps from others. */
static bool
is_harmless(const char *name)
{
	static const char *const names[] = {"accept", "accept-language", "content-type", "user-agent"};

	for (size_t i = 0; i < BH_COUNT(names); i++) {
		if (strcasecmp(names[i], name) == 0)
			return true;
	}
	return false;
}

static size_t
choose_headers(const struct trip *trip, struct bh_http_header out[HEADERS_MOST])
{
	bool own = bh_url_same_origin(&trip->first, &trip->url);
	size_t n = 0;

	for (size_t i = 0; i < trip->ask->n_headers && n < HEADERS_MOST; i++) {
		if (own || is_harmless(trip->ask->headers[i].name))
			out[n++] = trip->ask->headers[i];
	}
	return n;
}

/* The time that is left, divided so that neither part can take more than all of it. */
static void
set_times(const struct trip *trip, struct bh_http_client_conf *conf, struct bh_http_call *call)
{
	int64_t left = left_ms(trip->until_ms);

	conf->connect_ms = left / 2 < CONNECT_MS ? left / 2 : CONNECT_MS;
	left -= conf->connect_ms;
	call->first_byte_ms = left < trip->ask->first_byte_ms ? left : trip->ask->first_byte_ms;
	call->idle_ms = call->first_byte_ms;
}

/* A connection of its own to one of the addresses, never kept: another request may be another tenant's. */
static int
request(const struct trip *trip, const struct bh_addresses *addresses, struct bh_http_reply *out)
{
	const struct bh_fetch *ask = trip->ask;
	struct bh_http_header headers[HEADERS_MOST];
	struct bh_http_client_conf conf = {
		.url = bh_url_origin(trip->arena, &trip->url),
		.ca_file = ask->ca_file != NULL ? ask->ca_file : trip->fetcher->ca_file,
		.pinned = addresses,
	};
	struct bh_http_call call = {
		.method = trip->method,
		.path = trip->url.path,
		.headers = headers,
		.n_headers = choose_headers(trip, headers),
		.body = trip->with_body ? ask->body : NULL,
		.body_len = trip->with_body ? ask->body_len : 0,
		.watch_fd = ask->watch_fd,
		.cancel = ask->cancel,
	};
	struct bh_http_client *client = NULL;
	int rc;

	set_times(trip, &conf, &call);
	rc = bh_http_client_open(&conf, &client);
	if (rc == 0)
		rc = bh_http_call(client, &call, out);
	bh_http_client_close(client); /* the answer holds it */
	return rc;
}

/* ---- redirects ---- */

static bool
is_redirect(int status)
{
	return status == 301 || status == 302 || status == 303 || status == 307 || status == 308;
}

/* Where the answer leads. 1: it is the last one. */
static int
follow(struct trip *trip, const struct bh_http_reply *reply, unsigned hops)
{
	const char *location = bh_http_reply_header(reply, "location");
	bool was_tls = trip->url.tls;
	int rc;

	if (!is_redirect(reply->status) || location == NULL || trip->ask->hops_most == 0)
		return 1;
	if (hops >= trip->ask->hops_most || hops >= BH_FETCH_HOPS_MOST)
		return bh_error(BH_E_URL_REFUSED, "the URL redirects too often");
	rc = bh_url_follow(trip->arena, &trip->url, location, &trip->url);
	if (rc < 0)
		return rc;
	if (was_tls && !trip->url.tls)
		return bh_error(BH_E_URL_REFUSED, "the URL redirects from https to http");
	/* RFC 9110, section 15.4: as every client does, a POST that was moved becomes a GET. */
	if (reply->status <= 303 && strcmp(trip->method, "HEAD") != 0 &&
		(reply->status == 303 || strcmp(trip->method, "POST") == 0)) {
		trip->method = "GET";
		trip->with_body = false;
	}
	if (trip->with_body && !bh_url_same_origin(&trip->first, &trip->url))
		return bh_error(BH_E_URL_REFUSED, "the URL redirects a body to another host");
	return 0;
}

static int
travel(struct trip *trip, struct bh_http_reply *out)
{
	for (unsigned hops = 0;; hops++) {
		struct bh_addresses addresses;
		int rc = find(trip, &addresses);

		if (rc == 0)
			rc = request(trip, &addresses, out);
		if (rc == 0)
			rc = follow(trip, out, hops);
		if (rc > 0)
			return 0;
		bh_http_reply_close(out);
		if (rc < 0)
			return rc;
	}
}

int
bh_fetch(struct bh_fetcher *fetcher, struct bh_arena *arena, const struct bh_fetch *ask,
	struct bh_fetched *out)
{
	struct trip trip = {
		.fetcher = fetcher,
		.arena = arena,
		.ask = ask,
		.method = ask->method != NULL ? ask->method : "GET",
		.with_body = ask->body_len > 0,
		.until_ms = bh_clock_steady_ms() + ask->total_ms,
	};
	struct bh_http_reply reply = {0};
	const char *coding;
	int rc = bh_url_read(arena, ask->url, &trip.url);

	if (rc < 0)
		return rc;
	trip.first = trip.url;
	rc = travel(&trip, &reply);
	if (rc < 0)
		return rc;
	coding = bh_http_reply_header(&reply, "content-encoding");
	if (coding != NULL && strcasecmp(coding, "identity") != 0) {
		bh_http_reply_close(&reply);
		return bh_error(BH_E_PROTOCOL, "%s sent a compressed answer", trip.url.host);
	}
	*out = (struct bh_fetched){
		.status = reply.status,
		.url = trip.url,
		.reply = reply,
		.bytes_left = ask->bytes_most,
		.until_ms = trip.until_ms,
		.idle_ms = ask->first_byte_ms,
		.watch_fd = ask->watch_fd,
		.cancel = ask->cancel,
	};
	return 0;
}

/* ---- the answer ---- */

const char *
bh_fetch_header(const struct bh_fetched *fetched, const char *name)
{
	return bh_http_reply_header(&fetched->reply, name);
}

/* Until there is something to read; the reply itself would wait for its whole idle time, once for each piece. */
static int
wait_for_more(struct bh_fetched *fetched)
{
	int64_t until_ms = bh_clock_steady_ms() + fetched->idle_ms;

	if (until_ms > fetched->until_ms)
		until_ms = fetched->until_ms;
	for (;;) {
		int64_t left = left_ms(until_ms);

		if (bh_peer_gone(fetched->watch_fd))
			return BH_E_GONE;
		if (fetched->cancel != NULL && __atomic_load_n(fetched->cancel, __ATOMIC_RELAXED))
			return BH_E_CANCELLED;
		if (left == 0)
			return bh_error(BH_E_UPSTREAM_TIMEOUT, "%s did not send all of its answer in time",
				fetched->url.host);
		if (bh_http_reply_wait(&fetched->reply, left < LOOK_MS ? left : LOOK_MS))
			return 0;
	}
}

static bool
is_too_long(const struct bh_fetched *fetched)
{
	const char *text = bh_http_reply_header(&fetched->reply, "content-length");
	int64_t bytes;

	return text != NULL && bh_text_int(text, 0, INT64_MAX, &bytes) == 0 &&
		(uint64_t)bytes > fetched->bytes_left;
}

ssize_t
bh_fetch_read(struct bh_fetched *fetched, char *out, size_t size)
{
	ssize_t n;
	int rc;

	if (!fetched->began && is_too_long(fetched))
		return bh_error(BH_E_TOO_LARGE, "the answer of %s is too large", fetched->url.host);
	fetched->began = true;
	rc = wait_for_more(fetched);
	if (rc < 0)
		return rc;
	n = bh_http_reply_read(&fetched->reply, out, size);
	if (n <= 0)
		return n;
	if ((size_t)n > fetched->bytes_left)
		return bh_error(BH_E_TOO_LARGE, "the answer of %s is too large", fetched->url.host);
	fetched->bytes_left -= (size_t)n;
	return n;
}

int
bh_fetch_body(struct bh_fetched *fetched, struct bh_buf *out)
{
	for (;;) {
		ssize_t n = bh_fetch_read(fetched, bh_buf_room(out, PIECE_BYTES), PIECE_BYTES);

		if (n <= 0)
			return (int)n;
		out->len += (size_t)n;
		out->data[out->len] = '\0';
	}
}

void
bh_fetch_close(struct bh_fetched *fetched)
{
	bh_http_reply_close(&fetched->reply);
}

int
bh_fetch_failure(int rc, const char *param)
{
	switch (rc) {
	case BH_E_INVALID:
	case BH_E_URL_REFUSED:
		return bh_error_param(BH_E_URL_REFUSED, param, "The URL cannot be used: %s.",
			bh_error_detail(rc));
	case BH_E_CONNECT:
	case BH_E_PROTOCOL:
	case BH_E_UPSTREAM_TIMEOUT:
	case BH_E_TOO_LARGE:
		return bh_error_param(BH_E_URL_FAILED, param, "The URL could not be fetched: %s.",
			bh_error_detail(rc));
	default:
		return rc;
	}
}
