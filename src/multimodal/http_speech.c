/* SPDX-License-Identifier: Apache-2.0 */
/* http_speech.c: POST /v1/audio/speech: the model's samples go through bulkhead-audio to the client, as they come. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "audio/protocol.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "json/fields.h"
#include "multimodal/model_call.h"
#include "multimodal/http.h"
#include "multimodal/multimodal.h"
#include "multimodal/sound.h"
#include "picture/run.h"
#include "sec/digest.h"
#include "service/request.h"

enum {
	POINTS_MAX = 4096,
	READ_BYTES = 12 * 1024,
	GROW_MS = 40,
	SPEAK_MS = 600000,
	SECONDS_BASE = 60,
	CHARACTER_SECONDS = 2, /* no voice takes longer for one, but for the names of a few signs */
	SECONDS_MOST = AUDIO_LIMIT_SECONDS_DEFAULT,
	ENDS_BYTES = 64 * 1024 /* of headers and ends */
};

#define FORMATS "mp3 opus flac wav pcm"

struct speech {
	const char *model, *input, *instructions, *format, *stream_format;
	const struct bh_json *voice;
	double speed;
};

#define AT(member) offsetof(struct speech, member)

static const struct bh_field fields[] = {
	{"model", BH_FIELD_TEXT, AT(model), BH_REQUIRED, 1, 255},
	{"input", BH_FIELD_TEXT, AT(input), BH_REQUIRED, 1, POINTS_MAX},
	{"voice", BH_FIELD_ANY, AT(voice), BH_REQUIRED},
	{"instructions", BH_FIELD_TEXT, AT(instructions), BH_NULLABLE, 0, POINTS_MAX},
	{"response_format", BH_FIELD_CHOICE, AT(format), .words = FORMATS},
	{"speed", BH_FIELD_DOUBLE, AT(speed), 0, 0.25, 4},
	{"stream_format", BH_FIELD_CHOICE, AT(stream_format), .words = "audio sse"},
};

#undef AT

const struct bh_shape multimodal_speech_create = BH_SHAPE("SpeechCreate", struct speech, fields);

/* A name, or an object with the id of one. */
static const char *
voice_of(const struct speech *want)
{
	const char *name = bh_json_kind(want->voice) == BH_JSON_OBJECT
		? bh_json_get_string(want->voice, "id")
		: bh_json_string(want->voice);

	return name != NULL && name[0] != '\0' && strlen(name) <= 128 ? name : NULL;
}

static void
write_body(const struct speech *want, const struct multimodal_model *model, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	bh_write_pair_text(&write, "model", model->id);
	bh_write_pair_text(&write, "input", want->input);
	bh_write_pair_text(&write, "voice", voice_of(want));
	bh_write_pair_double(&write, "speed", want->speed);
	if (want->instructions != NULL)
		bh_write_pair_text(&write, "instructions", want->instructions);
	bh_write_end(&write);
}

/* ---- how large it may become ---- */

static const struct {
	const char *name, *type;
	int64_t second_bytes; /* at most */
} formats[] = {
	{"mp3", "audio/mpeg", 8000},
	{"opus", "audio/ogg", 2 * AUDIO_SPOKEN_RATE},
	{"flac", "audio/flac", 2 * AUDIO_SPOKEN_RATE + AUDIO_SPOKEN_RATE / 16},
	{"wav", "audio/wav", 2 * AUDIO_SPOKEN_RATE},
	{"pcm", "audio/pcm", 2 * AUDIO_SPOKEN_RATE},
};

static size_t
format_of(const struct speech *want)
{
	size_t i = 0;

	while (i + 1 < BH_COUNT(formats) && strcmp(formats[i].name, want->format) != 0)
		i++;
	return i;
}

/* A provider that goes on and on fills no disk: what is made ends where its reservation does. */
static int64_t
seconds_most(const struct speech *want)
{
	double seconds = SECONDS_BASE +
		CHARACTER_SECONDS * (double)bh_text_points(want->input, strlen(want->input)) / want->speed;

	return seconds < SECONDS_MOST ? (int64_t)seconds : SECONDS_MOST;
}

/* ---- samples in, file out ---- */

/* A speech under way. The feeder's thread reads the model's answer and writes to the encoder, which writes to a file; the
 * client's reads the file as it grows. So a client that reads slowly does not keep the model's place. */
struct speaking {
	struct bh_http_reply reply;              /* owned; the feeder's while it runs */
	struct multimodal_sound_encoder encoder; /* owned */
	int file;                                /* owned: what the encoder makes; 0: none */
	off_t at;                                /* read of it */
	pthread_t feeder;
	bool has_feeder;
	int fed;   /* atomic: 1: all was fed; below 0: why not */
	bool stop; /* atomic: nobody wants more */
	bool is_sse, ended;
	struct bh_request *req; /* borrowed: it outlives the answer */
	struct bh_buf pending;  /* owned: for the client */
	char request_id[40];
};

/* False: the encoder has gone. */
static bool
feed_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return false;
		bytes += n;
		len -= (size_t)n;
	}
	return true;
}

static void *
feed(void *state)
{
	struct speaking *speaking = state;
	char bytes[READ_BYTES];
	sigset_t pipes;
	ssize_t n = 1;

	/* An encoder that has ended is a failed write, and not the end of this process. */
	sigemptyset(&pipes);
	sigaddset(&pipes, SIGPIPE);
	pthread_sigmask(SIG_BLOCK, &pipes, NULL);
	bh_log_request(speaking->request_id);
	while (n > 0 && !__atomic_load_n(&speaking->stop, __ATOMIC_ACQUIRE)) {
		n = bh_http_reply_read(&speaking->reply, bytes, sizeof(bytes));
		if (n > 0 && !feed_all(speaking->encoder.input_fd, bytes, (size_t)n))
			n = BH_E_IO;
	}
	__atomic_store_n(&speaking->fed, n == 0 ? 1 : n < 0 ? (int)n : BH_E_GONE, __ATOMIC_RELEASE);
	close(speaking->encoder.input_fd);
	speaking->encoder.input_fd = -1;
	return NULL;
}

static void
speaking_close(struct speaking *speaking)
{
	__atomic_store_n(&speaking->stop, true, __ATOMIC_RELEASE);
	/* Its end ends a write that waits for it; a read that waits sees the flag. */
	if (speaking->encoder.pid > 0)
		kill(-speaking->encoder.pid, SIGKILL);
	if (speaking->has_feeder)
		pthread_join(speaking->feeder, NULL);
	bh_http_reply_close(&speaking->reply);
	multimodal_sound_encoder_close(&speaking->encoder);
	if (speaking->file > 0)
		close(speaking->file);
	bh_buf_close(&speaking->pending);
}

static int
start(struct speaking *speaking, const struct speech *want)
{
	struct multimodal *multimodal = speaking->req->service;
	const char *told = bh_http_reply_header(&speaking->reply, "x-sample-rate");
	const int64_t seconds = seconds_most(want);
	int64_t rate = AUDIO_SPOKEN_RATE;
	int rc;

	if (told != NULL && bh_text_int(told, AUDIO_RATE_MIN, AUDIO_RATE_MAX, &rate) < 0)
		return bh_error(BH_E_PROTOCOL, "the model service named no rate of samples");
	rc = bh_request_spool(speaking->req,
		seconds * formats[format_of(want)].second_bytes + ENDS_BYTES);
	if (rc == 0)
		rc = bh_picture_spool(bh_runtime_spool_dir(multimodal->runtime), &speaking->file);
	if (rc == 0)
		rc = multimodal_sound_encoder_open(multimodal->audio_path, want->format, rate, seconds,
			speaking->file, &speaking->encoder);
	if (rc < 0)
		return rc;
	if (pthread_create(&speaking->feeder, NULL, feed, speaking) != 0)
		return bh_error(BH_E_UNAVAILABLE, "start a thread for speech: %m");
	speaking->has_feeder = true;
	return 0;
}

/* At the end of the file: whether it is all of it. */
static int
judge(struct speaking *speaking)
{
	int fed;

	/* One that ended by itself has been fed to the end; after another nothing more is to be read. */
	__atomic_store_n(&speaking->stop, true, __ATOMIC_RELEASE);
	pthread_join(speaking->feeder, NULL);
	speaking->has_feeder = false;
	speaking->ended = true;
	fed = __atomic_load_n(&speaking->fed, __ATOMIC_ACQUIRE);
	if (fed == BH_E_GONE)
		return BH_E_GONE;
	if (fed < 0)
		return bh_error(BH_E_UNAVAILABLE, "the speech was broken off");
	if (!multimodal_sound_encoder_finish(&speaking->encoder))
		return bh_error(BH_E_UPSTREAM, "what the model said could not be made a recording");
	return 0;
}

/* Waits a moment for the program's end, of which the end of its lines tells. */
static int
await_end(struct speaking *speaking, bool *out_ended)
{
	char lines[1024];
	int rc = bh_http_wait(speaking->encoder.said_fd, bh_http_client_fd(speaking->req->http),
		bh_runtime_stop_flag(speaking->req->runtime), GROW_MS);
	ssize_t n;

	if (rc == BH_E_UPSTREAM_TIMEOUT)
		return 0;
	if (rc < 0)
		return rc;
	n = read(speaking->encoder.said_fd, lines, sizeof(lines));
	*out_ended = n == 0 || (n < 0 && errno != EINTR);
	return 0;
}

/* Some bytes of the file; 0 at its end, when it is whole. */
static ssize_t
read_file(struct speaking *speaking, char *out, size_t size)
{
	int64_t until_ms = bh_clock_steady_ms() + SPEAK_MS;
	bool over = false;

	while (!speaking->ended) {
		ssize_t n = pread(speaking->file, out, size, speaking->at);
		int rc;

		if (n < 0 && errno != EINTR)
			return bh_error(BH_E_IO, "read what bulkhead-audio has made: %m");
		if (n > 0) {
			speaking->at += n;
			return n;
		}
		if (over)
			return judge(speaking);
		rc = bh_clock_steady_ms() > until_ms ? BH_E_UPSTREAM_TIMEOUT : await_end(speaking, &over);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* ---- the answer ---- */

static void
put_delta(struct speaking *speaking, const char *bytes, size_t len)
{
	char *text;

	bh_buf_text(&speaking->pending,
		"event: speech.audio.delta\ndata: {\"type\":\"speech.audio.delta\",\"audio\":\"");
	text = bh_buf_room(&speaking->pending, 4 * ((len + 2) / 3) + 1);
	speaking->pending.len += bh_base64_encode(bytes, len, text);
	bh_buf_text(&speaking->pending, "\"}\n\n");
}

static void
put_end(struct speaking *speaking, int rc)
{
	if (rc < 0) {
		bh_request_release(speaking->req);
		bh_log_failure("stream speech", rc);
		bh_buf_text(&speaking->pending, "data: ");
		bh_error_body(&speaking->pending, rc, NULL);
		bh_buf_text(&speaking->pending, "\n\n");
		return;
	}
	/* Speech is counted in characters here, and has no tokens. */
	bh_buf_text(&speaking->pending,
		"event: speech.audio.done\ndata: {\"type\":\"speech.audio.done\",\"usage\":"
		"{\"input_tokens\":0,\"output_tokens\":0,\"total_tokens\":0}}\n\n");
}

static int
fill_events(struct speaking *speaking)
{
	char bytes[READ_BYTES];
	ssize_t n;

	if (speaking->pending.len > 0 || speaking->ended)
		return 0;
	n = read_file(speaking, bytes, sizeof(bytes));
	if (n == BH_E_GONE)
		return BH_E_GONE;
	if (n > 0) {
		put_delta(speaking, bytes, (size_t)n);
	} else {
		speaking->ended = true;
		put_end(speaking, (int)n);
	}
	return 0;
}

static ssize_t
take_pending(struct speaking *speaking, char *out, size_t size)
{
	size_t len = speaking->pending.len < size ? speaking->pending.len : size;

	if (len > 0)
		memcpy(out, speaking->pending.data, len);
	bh_buf_shift(&speaking->pending, len);
	return (ssize_t)len;
}

static ssize_t
stream_next(void *state, char *out, size_t size)
{
	struct speaking *speaking = state;
	ssize_t n;

	bh_log_request(speaking->request_id);
	if (speaking->is_sse && fill_events(speaking) < 0)
		return -1;
	if (speaking->pending.len > 0 || speaking->is_sse)
		return take_pending(speaking, out, size);
	n = read_file(speaking, out, size);
	if (n < 0) {
		/* The connection ends without the answer's end: nobody takes a part for the whole. */
		bh_request_release(speaking->req);
		if (n != BH_E_GONE)
			bh_log_failure("send speech", (int)n);
	}
	return n < 0 ? -1 : n;
}

static void
stream_close(void *state)
{
	speaking_close(state);
	free(state);
}

/* Up to the first bytes, so that what fails before them has a status. */
static int
begin(struct speaking *speaking)
{
	char bytes[READ_BYTES];
	ssize_t n = read_file(speaking, bytes, sizeof(bytes));

	if (n < 0)
		return (int)n;
	if (n == 0)
		return bh_error(BH_E_UPSTREAM, "the model said nothing");
	if (speaking->is_sse)
		put_delta(speaking, bytes, (size_t)n);
	else
		bh_buf_add(&speaking->pending, bytes, (size_t)n);
	return 0;
}

static int
reply(struct bh_request *req, const struct speech *want, struct speaking *speaking)
{
	const struct bh_http_stream stream = {stream_next, stream_close, speaking};

	bh_reply_header(req, "x-content-type-options", "nosniff");
	if (speaking->is_sse)
		return bh_reply_stream(req, &stream);
	return bh_reply_content(req, 200, formats[format_of(want)].type, &stream);
}

static int
speak(struct bh_request *req, const struct speech *want, const struct multimodal_model *model)
{
	BH_AUTO(bh_buf_close) struct bh_buf body = {0};
	const struct multimodal_model_call ask = {
		.path = "/internal/v1/audio/speech",
		.content_type = "application/json",
		.body = &body,
	};
	struct speaking *speaking = calloc(1, sizeof(*speaking));
	int rc;

	if (speaking == NULL)
		return bh_reply_error(req, BH_E_MEMORY, NULL);
	speaking->req = req;
	speaking->is_sse = strcmp(want->stream_format, "sse") == 0;
	memcpy(speaking->request_id, req->request_id, strnlen(req->request_id, 39));
	write_body(want, model, &body);
	rc = multimodal_model_post(req, &ask, &speaking->stop, &speaking->reply);
	if (rc == 0)
		rc = start(speaking, want);
	if (rc == 0)
		rc = begin(speaking);
	if (rc == 0)
		return reply(req, want, speaking);
	stream_close(speaking);
	return bh_reply_error(req, rc, NULL);
}

/* POST /v1/audio/speech */
int
multimodal_http_speech_create(struct bh_request *req)
{
	struct speech want = {.format = "mp3", .stream_format = "audio", .speed = 1};
	struct multimodal_model model = {0};
	int rc = bh_request_object(req, &multimodal_speech_create, &want);

	if (rc == 0 && voice_of(&want) == NULL)
		rc = bh_error_param(BH_E_TYPE, "voice",
			"'voice' must be a voice's name of at most 128 bytes, or an object with its id.");
	if (rc == 0)
		rc = multimodal_model_find(req, want.model, "speech", &model);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	return speak(req, &want, &model);
}
