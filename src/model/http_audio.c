/* SPDX-License-Identifier: Apache-2.0 */
/* http_audio.c: calls of models that hear and speak, for the service that knows what sound is. What it sends on is
 * passed on as it is, and so is what comes back: this is where places, money and keys are. */
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "model/http.h"
#include "model/meter.h"
#include "model/place.h"
#include "model/upstream.h"
#include "service/entitle.h"
#include "service/request.h"

enum { SECONDS_MOST = 14400, CHARACTERS_MOST = 4096, SPOKEN_RATE = 24000 };

/* An answer on its way through. */
struct relay {
	struct bh_http_reply reply; /* owned */
	struct model_ticket ticket; /* owned */
	struct model_call call;     /* owned */
	struct bh_claims claims;
	struct bh_token_checker *checker; /* borrowed */
	struct model_outcome outcome;
	bool managed;
	char request_id[40];
};

/* What an engine of ours did not end, nobody pays for; a provider may have worked all the same. */
static void
fail(struct relay *relay, int rc)
{
	relay->outcome.status = rc == BH_E_GONE ? METER_CUT : METER_FAILED;
	relay->outcome.refused = relay->managed && rc != BH_E_GONE;
}

static ssize_t
relay_next(void *state, char *out, size_t size)
{
	struct relay *relay = state;
	ssize_t n;

	bh_log_request(relay->request_id);
	n = bh_http_reply_read(&relay->reply, out, size);
	if (n > 0 && bh_token_checker_revoked(relay->checker, &relay->claims))
		n = bh_error(BH_E_UNAUTHENTICATED, "The credential was revoked.");
	if (n == 0)
		relay->outcome.status = METER_OK;
	if (n >= 0)
		return n;
	fail(relay, (int)n);
	bh_request_release(relay->call.req);
	if (n != BH_E_GONE)
		bh_log_failure("relay sound", (int)n);
	return -1;
}

static void
relay_close(void *state)
{
	struct relay *relay = state;

	/* First the engine's place, then the books. */
	bh_http_reply_close(&relay->reply);
	model_ticket_close(&relay->ticket);
	model_call_end(&relay->call, &relay->outcome);
	free(relay);
}

/* The answer's body, from here on. Takes the reply, the ticket and the call. */
static int
pass_on(struct bh_request *req, const struct model_entry *entry, struct bh_http_reply *reply,
	struct model_ticket *ticket, struct model_call *call)
{
	const char *type = bh_http_reply_header(reply, "content-type");
	struct relay *relay = calloc(1, sizeof(*relay));

	if (relay == NULL) {
		const struct model_outcome nothing = {.status = METER_FAILED};

		model_call_end(call, &nothing);
		return bh_reply_error(req, BH_E_MEMORY, NULL);
	}
	*relay = (struct relay){
		.reply = *reply,
		.ticket = *ticket,
		.call = *call,
		.claims = req->claims,
		.checker = bh_runtime_checker(req->runtime),
		.outcome.status = METER_CUT,
		.managed = entry->managed,
	};
	memcpy(relay->request_id, req->request_id, strnlen(req->request_id, 39));
	*reply = (struct bh_http_reply){0};
	*ticket = (struct model_ticket){0};
	*call = (struct model_call){0};
	return bh_reply_content(req, 200,
		bh_arena_strdup(req->arena, type != NULL ? type : "application/octet-stream"),
		&(struct bh_http_stream){.next = relay_next, .close = relay_close, .state = relay});
}

/* Finds the model, a place at it and the money for so many units. Their count comes to the slot at once: who dies
 * from here on has asked for them. */
static int
admit(struct bh_request *req, const char *name, enum model_kind kind, int64_t units,
	struct model_entry *entry, struct model_ticket *ticket, struct model_call *call)
{
	int rc = model_catalog_find(req->service, req->db, &req->tenant, name, kind, entry);

	if (rc == 0)
		rc = bh_entitle_model(&req->claims, entry->name);
	/* Turns are told apart by tokens; a second, or ten characters, take about as long as one. */
	if (rc == 0)
		rc = model_place_take(req, entry, kind == MODEL_SPEECH ? units / 10 + 1 : units, ticket);
	if (ticket->waited_ms > 0)
		bh_audit_int(&req->audit, "queued_ms", ticket->waited_ms);
	if (rc == 0)
		rc = model_call_begin(req, entry, 0, units, MODEL_STREAMED, call);
	if (rc == 0)
		model_call_count(call, units, 0);
	return rc;
}

/* rc: of the call. Replies. */
static int
finish(struct bh_request *req, const struct model_entry *entry, int rc, struct bh_http_reply *reply,
	struct model_ticket *ticket, struct model_call *call)
{
	struct model_outcome outcome = {.status = METER_FAILED};

	if (rc == 0 && reply->status == 200)
		return pass_on(req, entry, reply, ticket, call);
	/* Unless it was under way at a provider, nothing was made. */
	outcome.refused = rc == 0 || entry->managed || rc == BH_E_UNAVAILABLE || !reply->sent;
	if (rc == BH_E_GONE) {
		outcome.status = METER_CUT;
		outcome.refused = !reply->sent;
	}
	if (rc == 0)
		rc = model_upstream_refusal(req, entry, reply, NULL);
	model_call_end(call, &outcome);
	return bh_reply_error(req, rc, NULL);
}

/* POST /internal/v1/audio/transcriptions?model=…&seconds=…&task=transcribe|translate: the body is what the model's
 * engine or provider takes, whose answer is the answer. */
int
model_http_transcription_create(struct bh_request *req)
{
	static const char form[] = "multipart/form-data";
	BH_AUTO(model_ticket_close) struct model_ticket ticket = {0};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	const char *name = "", *task = "transcribe";
	const char *type = bh_http_header(req->http, "content-type");
	struct model_entry entry = {0};
	struct model_call call = {0};
	struct model_upload upload = {0};
	int64_t seconds = 0;
	int rc = bh_request_query_text(req, "model", &name);

	if (rc == 0)
		rc = bh_request_query_text(req, "task", &task);
	if (rc == 0)
		rc = bh_request_query_int(req, "seconds", 1, SECONDS_MOST, &seconds);
	if (rc == 0 && (seconds == 0 || type == NULL))
		rc = bh_error(BH_E_MISSING, "A content type and 'seconds' are required.");
	if (rc == 0)
		rc = admit(req, name, MODEL_TRANSCRIPTION, seconds, &entry, &ticket, &call);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	upload = (struct model_upload){
		.path = entry.managed                ? "/transcribe"
			: strcmp(task, "translate") == 0 ? "/v1/audio/translations"
											 : "/v1/audio/transcriptions",
		.content_type = type,
		.data = req->http->body.data,
		.fd = req->http->body_fd,
		.len = (size_t)req->http->body_bytes,
	};
	/* The model was removed and added again since the sound was made for it. */
	if (entry.managed == bh_text_starts(type, form))
		rc = bh_error(BH_E_UNAVAILABLE, "the model has changed");
	else
		rc = model_upstream_send(req->service, &entry, &upload, bh_http_client_fd(req->http),
			&reply);
	return finish(req, &entry, rc, &reply, &ticket, &call);
}

struct speech {
	const char *model, *input, *voice, *instructions;
	double speed;
};

#define AT(member) offsetof(struct speech, member)

static const struct bh_field speech_fields[] = {
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED, 1, 256},
	{"input", BH_FIELD_TEXT, AT(input), BH_REQUIRED, 1, CHARACTERS_MOST},
	{"voice", BH_FIELD_TEXT, AT(voice), BH_REQUIRED, 1, 128},
	{"instructions", BH_FIELD_TEXT, AT(instructions), BH_NULLABLE, 0, CHARACTERS_MOST},
	{"speed", BH_FIELD_DOUBLE, AT(speed), 0, 0.25, 4},
};

#undef AT

static const struct bh_shape speech_shape = BH_SHAPE(NULL, struct speech, speech_fields);

static void
write_speech(const struct speech *want, const struct model_entry *entry, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	if (!entry->managed)
		bh_write_pair_text(&write, "model", entry->upstream_name);
	bh_write_pair_text(&write, "input", want->input);
	bh_write_pair_text(&write, "voice", want->voice);
	bh_write_pair_double(&write, "speed", want->speed);
	if (!entry->managed && want->instructions != NULL)
		bh_write_pair_text(&write, "instructions", want->instructions);
	if (!entry->managed)
		bh_write_pair_text(&write, "response_format", "pcm");
	bh_write_end(&write);
}

/* POST /internal/v1/audio/speech: the answer is samples, signed 16-bit little-endian of one channel, at the rate that
 * x-sample-rate names. Of a provider's that is OpenAI's. */
int
model_http_speech_create(struct bh_request *req)
{
	BH_AUTO(model_ticket_close) struct model_ticket ticket = {0};
	BH_AUTO(bh_http_reply_close) struct bh_http_reply reply = {0};
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	struct speech want = {.speed = 1};
	struct model_entry entry = {0};
	struct model_call call = {0};
	const char *told;
	int64_t rate = SPOKEN_RATE;
	int rc = bh_request_object(req, &speech_shape, &want);

	if (rc == 0)
		rc = admit(req, want.model, MODEL_SPEECH,
			(int64_t)bh_text_points(want.input, strlen(want.input)), &entry, &ticket, &call);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	write_speech(&want, &entry, &body);
	rc = model_upstream_post(req->service, &entry, entry.managed ? "/speak" : "/v1/audio/speech",
		&body, bh_http_client_fd(req->http), 0, &reply);
	if (rc == 0 && entry.managed) {
		told = bh_http_reply_header(&reply, "x-sample-rate");
		if (told != NULL && bh_text_int(told, 4000, 384000, &rate) < 0)
			rate = SPOKEN_RATE;
	}
	bh_reply_header_int(req, "x-sample-rate", rate);
	return finish(req, &entry, rc, &reply, &ticket, &call);
}
