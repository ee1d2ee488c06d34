/* SPDX-License-Identifier: Apache-2.0 */
/* operator.c: gets the operator's tokens and sends requests with them. */
#include "supervisor/operator.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "base/uuid.h"
#include "json/fields.h"
#include "service/platform.h"
#include "supervisor/instance.h"

#define HEADERS_MAX 8u
#define TOKEN_MAX 4096u
#define TOKEN_ANSWER_MAX 16384u
#define TOKEN_MARGIN_MS 60000
#define TOKEN_WITHIN_MS 5000

struct supervisor_operator {
	const struct supervisor_instance *instance;      /* borrowed */
	struct bh_http_client *clients[BH_SERVICES_MAX]; /* owned; beside instance->services */
	pthread_mutex_t lock;                            /* guards the token */
	uid_t token_uid;
	int64_t token_until_ms;
	char token[TOKEN_MAX];
};

int
supervisor_operator_open(const struct supervisor_instance *instance,
	struct supervisor_operator **out)
{
	struct supervisor_operator *op = calloc(1, sizeof(*op));
	const struct bh_places *places = &instance->settings.platform.places;
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	char wire[65] = "";
	const struct bh_http_header header = {BH_WIRE_HEADER, wire};
	int rc = 0;

	if (op == NULL)
		return BH_E_MEMORY;
	op->instance = instance;
	pthread_mutex_init(&op->lock, NULL);
	if (instance->has_wire)
		bh_text_hex(instance->wire.bytes, sizeof(instance->wire.bytes), wire);
	for (size_t i = 0; rc == 0 && i < instance->n_services; i++) {
		const struct bh_http_client_conf conf = {
			.url = bh_places_peer(&arena, places, instance->services, instance->place.run,
				instance->services[i]->name),
			.several = true,
			.connect_ms = 2000,
			.ca_file = places->ca_file != NULL && places->ca_file[0] != '\0' ? places->ca_file
																			 : NULL,
			.always = instance->has_wire ? &header : NULL,
		};

		rc = bh_http_client_open(&conf, &op->clients[i]);
	}
	bh_wipe(wire, sizeof(wire));
	if (rc < 0)
		supervisor_operator_close(op);
	else
		*out = op;
	return rc;
}

void
supervisor_operator_close(struct supervisor_operator *op)
{
	if (op == NULL)
		return;
	for (size_t i = 0; i < op->instance->n_services; i++)
		bh_http_client_close(op->clients[i]);
	pthread_mutex_destroy(&op->lock);
	bh_wipe(op, sizeof(*op));
	free(op);
}

static struct bh_http_client *
find_client(struct supervisor_operator *op, const char *service)
{
	for (size_t i = 0; i < op->instance->n_services; i++) {
		if (strcmp(op->instance->services[i]->name, service) == 0)
			return op->clients[i];
	}
	return NULL;
}

/* Whom a token is asked for. */
struct ask {
	struct bh_uuid tenant;
	const char *subject;
};

static void
write_ask(struct bh_buf *out, uid_t uid)
{
	static const struct bh_field fields[] = {
		{"tenant", BH_FIELD_ID, offsetof(struct ask, tenant)},
		{"subject", BH_FIELD_TEXT, offsetof(struct ask, subject)},
		{"scope", BH_FIELD_CONST, .words = "operator"},
	};
	char subject[32];
	const struct ask ask = {bh_platform_tenant, subject};

	snprintf(subject, sizeof(subject), "operator:%u", (unsigned)uid);
	bh_fields_write(&(struct bh_write){.out = out}, BH_LIST(fields), &ask);
}

/* Keeps the token of the answer. */
static int
take_token(struct supervisor_operator *op, uid_t uid, const char *issuer,
	struct bh_http_reply *reply)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *token;
	int rc = bh_http_reply_body(reply, TOKEN_ANSWER_MAX, &body);

	if (rc == 0)
		rc = bh_json_parse(bh_buf_string(&body), body.len, &doc);
	if (rc < 0)
		return rc;
	token = bh_json_get_string(doc.root, "access_token");
	if (reply->status != 200 || token == NULL || strlen(token) >= TOKEN_MAX)
		return bh_error(BH_E_UNAVAILABLE, "%s returned HTTP status %d to the supervisor", issuer,
			reply->status);
	strcpy(op->token, token);
	op->token_uid = uid;
	op->token_until_ms = bh_clock_steady_ms() + bh_json_get_int(doc.root, "expires_in", 0) * 1000 -
		TOKEN_MARGIN_MS;
	bh_wipe(body.data, body.len);
	return 0;
}

static int
fetch_token(struct supervisor_operator *op, uid_t uid)
{
	BH_AUTO(bh_buf_close) struct bh_buf ask = {0};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	const struct bh_secret *secret = supervisor_instance_secret(op->instance, "supervisor");
	const char *issuer = bh_services_issuer(op->instance->services)->name;
	struct bh_http_client *client = find_client(op, issuer);
	char hex[65];
	char bearer[80];
	const struct bh_http_header headers[] = {
		{"content-type", "application/json"},
		{"x-bulkhead-service", "supervisor"},
		{"authorization", bearer},
	};
	int rc;

	if (client == NULL || secret == NULL)
		return bh_error(BH_E_UNAVAILABLE, "the service %s is not part of this platform", issuer);
	bh_text_hex(secret->bytes, sizeof(secret->bytes), hex);
	snprintf(bearer, sizeof(bearer), "Bearer %s", hex);
	write_ask(&ask, uid);
	{
		const struct bh_http_call call = {
			.method = "POST",
			.path = "/internal/token",
			.headers = headers,
			.n_headers = BH_COUNT(headers),
			.body = ask.data,
			.body_len = ask.len,
			.first_byte_ms = TOKEN_WITHIN_MS,
			.idle_ms = TOKEN_WITHIN_MS,
			.watch_fd = -1,
			.repeatable = true,
		};

		rc = bh_http_call(client, &call, &reply);
	}
	bh_wipe(hex, sizeof(hex));
	bh_wipe(bearer, sizeof(bearer));
	return rc < 0 ? rc : take_token(op, uid, issuer, &reply);
}

/* Copies the token for a uid, fetching it when there is none that lasts. */
static int
get_token(struct supervisor_operator *op, uid_t uid, bool anew, char out[TOKEN_MAX + 8])
{
	int rc = 0;

	pthread_mutex_lock(&op->lock);
	if (anew || op->token_uid != uid || bh_clock_steady_ms() >= op->token_until_ms)
		rc = fetch_token(op, uid);
	if (rc == 0)
		snprintf(out, TOKEN_MAX + 8, "Bearer %s", op->token);
	pthread_mutex_unlock(&op->lock);
	return rc;
}

int
supervisor_operator_call(struct supervisor_operator *op, uid_t uid, const char *service,
	const struct bh_http_call *call, struct bh_http_reply *out)
{
	struct bh_http_client *client = find_client(op, service);
	struct bh_http_header headers[HEADERS_MAX + 1];
	struct bh_http_call with = *call;
	char bearer[TOKEN_MAX + 8];
	int rc;

	if (client == NULL)
		return bh_error(BH_E_NO_ROUTE, "service '%.32s' not found", service);
	BH_ASSERT(call->n_headers <= HEADERS_MAX);
	if (call->n_headers > 0)
		memcpy(headers, call->headers, call->n_headers * sizeof(*headers));
	headers[call->n_headers] = (struct bh_http_header){"authorization", bearer};
	with.headers = headers;
	with.n_headers = call->n_headers + 1;

	/* A token of before a restart of its issuer or of the database may be refused: once more with a new one. */
	for (int tries = 0;; tries++) {
		rc = get_token(op, uid, tries > 0, bearer);
		if (rc == 0)
			rc = bh_http_call(client, &with, out);
		if (rc < 0 || out->status != 401 || tries > 0)
			break;
		bh_http_reply_close(out);
	}
	bh_wipe(bearer, sizeof(bearer));
	return rc;
}
