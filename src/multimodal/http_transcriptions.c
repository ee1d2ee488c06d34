/* SPDX-License-Identifier: Apache-2.0 */
/* http_transcriptions.c: POST /v1/audio/transcriptions and /v1/audio/translations. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/protocol.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "multimodal/ahead.h"
#include "multimodal/model_call.h"
#include "multimodal/form.h"
#include "multimodal/http.h"
#include "multimodal/multimodal.h"
#include "multimodal/sound.h"
#include "multimodal/transcript_file.h"
#include "picture/run.h"
#include "service/request.h"

enum {
	LINE_BYTES_MAX = 1024 * 1024,
	ANSWER_BYTES_MAX = 16 * 1024 * 1024,
	READ_BYTES = 16 * 1024,
	WAIT_MS = 60000,
	DECODE_MS = 300000
};

#define BOUNDARY "bulkhead-5e1f0a7c3b9d4826"

/* ---- the call of the model ---- */

/* What an engine of ours reads before the samples. */
static void
write_order(const struct multimodal_form *form, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "language", form->language);
	bh_write_pair_text(&write, "task", form->translates ? "translate" : "transcribe");
	bh_write_pair_text(&write, "prompt", form->prompt);
	bh_write_pair_double(&write, "temperature", form->temperature);
	bh_write_pair_bool(&write, "words", form->wanted.words);
	bh_write_end(&write);
	bh_buf_char(out, '\n');
}

static void
write_field(struct bh_buf *out, const char *name, const char *value)
{
	if (value != NULL)
		bh_buf_printf(out,
			"--" BOUNDARY "\r\nContent-Disposition: form-data; name=\"%s\"\r\n\r\n%s\r\n", name,
			value);
}

/* The form for a provider, up to the recording. The boundary is told apart from a value that holds it by no more than
 * chance, so that such a value is refused. */
static int
write_form(const struct multimodal_form *form, const struct multimodal_model *model,
	struct bh_buf *out)
{
	char temperature[32];
	bool has_times = form->format != MULTIMODAL_JSON && form->format != MULTIMODAL_TEXT;

	snprintf(temperature, sizeof(temperature), "%.3g", form->temperature);
	write_field(out, "model", model->upstream_name);
	write_field(out, "language", form->language);
	write_field(out, "prompt", form->prompt);
	write_field(out, "temperature", temperature);
	write_field(out, "response_format", has_times ? "verbose_json" : "json");
	if (has_times && form->wanted.words)
		write_field(out, "timestamp_granularities[]", "word");
	if (has_times && form->wanted.segments && !form->translates)
		write_field(out, "timestamp_granularities[]", "segment");
	bh_buf_text(out,
		"--" BOUNDARY
		"\r\nContent-Disposition: form-data; name=\"file\"; filename=\"audio.flac\"\r\n"
		"Content-Type: audio/flac\r\n\r\n");
	if (form->prompt != NULL && strstr(form->prompt, BOUNDARY) != NULL)
		return bh_error_param(BH_E_INVALID, "prompt", "'prompt' must not hold the text %s.",
			BOUNDARY);
	return 0;
}

/* The body that the model's engine or provider takes, in a file: what it is asked, and the recording as it hears it. */
static int
prepare(struct bh_request *req, const struct multimodal_form *form,
	const struct multimodal_model *model, int fd, struct multimodal_heard *out)
{
	static const char tail[] = "\r\n--" BOUNDARY "--\r\n";
	struct multimodal *multimodal = req->service;
	const struct multimodal_sound_conf conf = {
		.program = multimodal->audio_path,
		.bytes_max = multimodal->conf.audio_bytes_max,
		.seconds_max = multimodal->conf.audio_seconds_max,
		.timeout_ms = DECODE_MS,
		.watch_fd = bh_http_client_fd(req->http),
		.cancel = bh_runtime_stop_flag(req->runtime),
	};
	const struct bh_picture_wait wait = {WAIT_MS, conf.watch_fd, conf.cancel};
	BH_AUTO(bh_buf_close) struct bh_buf head = {0};
	struct bh_picture_turn turn;
	int rc = 0;

	if (model->managed)
		write_order(form, &head);
	else
		rc = write_form(form, model, &head);
	if (rc == 0 && write(fd, head.data, head.len) != (ssize_t)head.len)
		rc = bh_error(BH_E_IO, "spool what a model is asked: %m");
	if (rc == 0)
		rc = bh_picture_turns_enter(&multimodal->sounds, &req->tenant, &wait, &turn);
	if (rc < 0)
		return rc;
	rc = multimodal_sound_decode(&conf, form->fd, fd, model->managed ? "pcm" : "flac", "file",
		req->arena, out);
	bh_picture_turns_leave(&multimodal->sounds, &turn);
	if (rc == 0 && !model->managed && write(fd, tail, sizeof(tail) - 1) != sizeof(tail) - 1)
		rc = bh_error(BH_E_IO, "spool what a model is asked: %m");
	/* Of what it grew to; that much more was never written than the limit of seconds makes. */
	return rc == 0 ? bh_request_spool(req, lseek(fd, 0, SEEK_END)) : rc;
}

static int
ask(struct bh_request *req, const struct multimodal_form *form,
	const struct multimodal_model *model, int fd, int64_t milliseconds, struct bh_http_reply *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf path = {0};
	struct multimodal_model_call ask = {
		.content_type = model->managed ? "application/x-bulkhead-sound"
									   : "multipart/form-data; boundary=" BOUNDARY,
		.fd = fd,
		.len = (size_t)lseek(fd, 0, SEEK_END),
	};

	bh_buf_text(&path, "/internal/v1/audio/transcriptions?model=");
	bh_text_url(&path, model->id);
	bh_buf_printf(&path, "&seconds=%lld&task=%s",
		(long long)(milliseconds < 1 ? 1 : (milliseconds + 999) / 1000),
		form->translates ? "translate" : "transcribe");
	ask.path = bh_buf_string(&path);
	return multimodal_model_post(req, &ask, bh_runtime_stop_flag(req->runtime), out);
}

/* ---- the answer as it comes ---- */

/* A transcription under way. */
struct hearing {
	struct bh_http_reply reply;              /* owned */
	struct multimodal_ahead *ahead;          /* owned: it has the reply; NULL: nobody reads ahead */
	struct multimodal_transcript transcript; /* owned; its arena is the request's */
	struct bh_buf line;                      /* owned: what was read and not yet taken */
	struct bh_buf pending;                   /* owned: for the client */
	struct bh_request *req;                  /* borrowed: it outlives the answer */
	const char *store, *recording;           /* of the form; in the request's arena */
	bool managed, done;
	char request_id[40];
};

static void
hearing_close(struct hearing *hearing)
{
	multimodal_ahead_close(hearing->ahead);
	bh_http_reply_close(&hearing->reply);
	multimodal_transcript_close(&hearing->transcript);
	bh_buf_close(&hearing->line);
	bh_buf_close(&hearing->pending);
}

/* The end of the answer before the end of the transcript is the engine's: it can be asked again. */
static int
broke_off(int rc)
{
	return rc == BH_E_PROTOCOL ? bh_error(BH_E_UNAVAILABLE, "the transcription was broken off")
							   : rc;
}

static ssize_t
read_reply(struct hearing *hearing, char *out, size_t size)
{
	return hearing->ahead != NULL ? multimodal_ahead_read(hearing->ahead, out, size)
								  : bh_http_reply_read(&hearing->reply, out, size);
}

static int
read_more(struct hearing *hearing)
{
	ssize_t n = read_reply(hearing, bh_buf_room(&hearing->line, READ_BYTES), READ_BYTES);

	if (n < 0)
		return broke_off((int)n);
	hearing->line.len += (size_t)n;
	if (n == 0 || hearing->line.len > LINE_BYTES_MAX)
		return broke_off(BH_E_PROTOCOL);
	return 0;
}

/* The next line of an engine's; *out_piece: what it adds to the text. */
static int
next_line(struct hearing *hearing, const char **out_piece)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	const char *end;
	int rc = 0;

	while (rc == 0 &&
		(hearing->line.len == 0 || memchr(hearing->line.data, '\n', hearing->line.len) == NULL))
		rc = read_more(hearing);
	if (rc < 0)
		return rc;
	end = memchr(hearing->line.data, '\n', hearing->line.len);
	rc = bh_json_parse(hearing->line.data, (size_t)(end - hearing->line.data), &doc);
	if (rc == 0)
		rc = multimodal_transcript_line(&hearing->transcript, doc.root, out_piece);
	bh_buf_shift(&hearing->line, (size_t)(end - hearing->line.data) + 1);
	return rc == BH_E_JSON || rc == BH_E_PROTOCOL
		? bh_error(BH_E_UPSTREAM, "the engine's transcript is malformed")
		: rc;
}

/* A provider's answer, whole. */
static int
read_whole(struct hearing *hearing, const char **out_piece)
{
	BH_AUTO(bh_json_close) struct bh_json_doc doc = {0};
	int rc = bh_request_answer(hearing->req, &hearing->reply, ANSWER_BYTES_MAX, &doc);

	if (rc == 0)
		rc = multimodal_transcript_whole(&hearing->transcript, doc.root);
	*out_piece = rc == 0
		? bh_arena_strdup(hearing->req->arena, bh_buf_string(&hearing->transcript.text))
		: "";
	return rc == BH_E_JSON || rc == BH_E_PROTOCOL || rc == BH_E_TOO_LARGE
		? bh_error(BH_E_UPSTREAM, "the provider's transcript is malformed, cut or too large")
		: rc;
}

static int
next_piece(struct hearing *hearing, const char **out_piece)
{
	return hearing->managed ? next_line(hearing, out_piece) : read_whole(hearing, out_piece);
}

/* Its end has to be the answer's too: what comes behind it, or does not, is what the call was settled by. */
static int
drain(struct hearing *hearing)
{
	char rest[64];
	ssize_t n = hearing->managed ? read_reply(hearing, rest, sizeof(rest)) : 0;

	return n == 0 ? 0 : broke_off(n < 0 ? (int)n : BH_E_PROTOCOL);
}

/* ---- in one piece ---- */

static int
reply_whole(struct bh_request *req, const struct multimodal_form *form, struct hearing *hearing)
{
	static const char *const types[] = {
		[MULTIMODAL_JSON] = "application/json",
		[MULTIMODAL_TEXT] = "text/plain; charset=utf-8",
		[MULTIMODAL_SRT] = "application/x-subrip; charset=utf-8",
		[MULTIMODAL_VERBOSE_JSON] = "application/json",
		[MULTIMODAL_VTT] = "text/vtt; charset=utf-8",
	};
	struct multimodal_transcript *transcript = &hearing->transcript;
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	bool has_times = form->format == MULTIMODAL_SRT || form->format == MULTIMODAL_VTT;
	const char *piece;
	int rc = 0;

	while (rc == 0 && !transcript->ended)
		rc = next_piece(hearing, &piece);
	if (rc == 0)
		rc = drain(hearing);
	if (rc == 0 && has_times && !transcript->timed)
		rc = bh_error_param(BH_E_UNSUPPORTED, "response_format",
			"The model does not tell times, so that there are no captions.");
	if (rc == 0)
		rc = multimodal_transcript_file_keep(req, hearing->store, hearing->recording, transcript);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	bh_audit_int(&req->audit, "segments",
		(int64_t)(transcript->segments.len / sizeof(struct multimodal_segment)));
	multimodal_transcript_write(transcript, form->format, &form->wanted, &out);
	return bh_reply_bytes(req, 200, types[form->format], bh_buf_string(&out), out.len);
}

/* ---- as a stream ---- */

static void
put_event(struct hearing *hearing, const char *type, const char *name, const char *text)
{
	struct bh_write write = {.out = &hearing->pending};

	bh_buf_printf(&hearing->pending, "event: %s\ndata: ", type);
	bh_write_object(&write);
	bh_write_pair_text(&write, "type", type);
	bh_write_pair_text(&write, name, text);
	/* Told once it is kept: with the last event. */
	if (hearing->transcript.own != NULL) {
		bh_write_name(&write, "bulkhead");
		bh_write_raw(&write, hearing->transcript.own, strlen(hearing->transcript.own));
	}
	bh_write_end(&write);
	bh_buf_text(&hearing->pending, "\n\n");
}

static void
put_failure(struct hearing *hearing, int rc)
{
	bh_log_failure("stream a transcript", rc);
	bh_request_release(hearing->req);
	bh_buf_text(&hearing->pending, "data: ");
	bh_error_body(&hearing->pending, rc, NULL);
	bh_buf_text(&hearing->pending, "\n\n");
	hearing->done = true;
}

static int
fill(struct hearing *hearing)
{
	const char *piece = "";
	int rc = 0;

	while (rc == 0 && hearing->pending.len == 0 && !hearing->done) {
		rc = next_piece(hearing, &piece);
		if (rc == 0 && piece[0] != '\0')
			put_event(hearing, "transcript.text.delta", "delta", piece);
		if (rc < 0 || !hearing->transcript.ended)
			continue;
		rc = drain(hearing);
		if (rc == 0)
			rc = multimodal_transcript_file_keep(hearing->req, hearing->store, hearing->recording,
				&hearing->transcript);
		if (rc == 0)
			put_event(hearing, "transcript.text.done", "text",
				bh_buf_string(&hearing->transcript.text));
		hearing->done = true;
	}
	return rc;
}

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct hearing *hearing = state;
	size_t len;
	int rc;

	bh_log_request(hearing->request_id);
	rc = fill(hearing);
	if (rc == BH_E_GONE)
		return -1;
	if (rc < 0)
		put_failure(hearing, rc);
	len = hearing->pending.len < size ? hearing->pending.len : size;
	if (len > 0)
		memcpy(out, hearing->pending.data, len);
	bh_buf_shift(&hearing->pending, len);
	return (ssize_t)len;
}

static void
stream_close(void *state)
{
	hearing_close(state);
	free(state);
}

/* From here on the engine's answer is read as fast as it comes. */
static int
read_ahead(struct bh_request *req, struct hearing *hearing)
{
	const struct multimodal_ahead_conf conf = {
		.spool_dir = bh_runtime_spool_dir(req->runtime),
		.bytes_max = ANSWER_BYTES_MAX,
		.watch_fd = bh_http_client_fd(req->http),
		.stopping = bh_runtime_stop_flag(req->runtime),
		.request_id = hearing->request_id,
	};
	int rc = bh_request_spool(req, ANSWER_BYTES_MAX);

	return rc < 0 ? rc : multimodal_ahead_open(&conf, &hearing->reply, &hearing->ahead);
}

/* Up to the first piece, so that what fails before it has a status. The engine's place is free when it is done, however
 * slowly the client reads. */
static int
reply_stream(struct bh_request *req, struct hearing *from)
{
	struct hearing *hearing = malloc(sizeof(*hearing));
	int rc = 0;

	if (hearing == NULL)
		return bh_reply_error(req, BH_E_MEMORY, NULL);
	*hearing = *from;
	*from = (struct hearing){0};
	if (hearing->managed)
		rc = read_ahead(req, hearing);
	if (rc == 0)
		rc = fill(hearing);
	if (rc < 0) {
		stream_close(hearing);
		return bh_reply_error(req, rc, NULL);
	}
	return bh_reply_stream(req,
		&(struct bh_http_stream){.next = stream_next, .close = stream_close, .state = hearing});
}

/* ---- the routes ---- */

static void
close_spool(int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int
hear(struct bh_request *req, const struct multimodal_form *form)
{
	BH_AUTO(hearing_close)
	struct hearing hearing = {
		.transcript.arena = req->arena,
		.req = req,
	};
	BH_AUTO(close_spool) int fd = -1;
	struct multimodal_model model = {0};
	struct multimodal_heard heard = {0};
	int rc = multimodal_model_find(req, form->model, "transcription", &model);

	if (rc == 0)
		rc = multimodal_transcript_file_check(req, form);
	if (rc == 0)
		rc = bh_picture_spool(bh_runtime_spool_dir(req->runtime), &fd);
	if (rc == 0)
		rc = prepare(req, form, &model, fd, &heard);
	if (rc == 0) {
		bh_audit_text(&req->audit, "format", heard.format);
		bh_audit_int(&req->audit, "milliseconds", heard.milliseconds);
		rc = ask(req, form, &model, fd, heard.milliseconds, &hearing.reply);
	}
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	hearing.managed = model.managed;
	hearing.store = form->store;
	hearing.recording = form->filename;
	hearing.transcript.duration = (double)heard.milliseconds / 1000;
	memcpy(hearing.request_id, req->request_id, strnlen(req->request_id, 39));
	return form->streams ? reply_stream(req, &hearing) : reply_whole(req, form, &hearing);
}

static int
create(struct bh_request *req, bool translates)
{
	BH_AUTO(multimodal_form_close) struct multimodal_form form = {.fd = -1};
	int rc = multimodal_form_read(req, translates, &form);

	return rc < 0 ? bh_reply_error(req, rc, NULL) : hear(req, &form);
}

int
multimodal_http_transcription_create(struct bh_request *req)
{
	return create(req, false);
}

int
multimodal_http_translation_create(struct bh_request *req)
{
	return create(req, true);
}
