/* SPDX-License-Identifier: Apache-2.0 */
/* form.c: multipart/form-data, part by part, in any order. */
#include "multimodal/form.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/error.h"
#include "base/text.h"
#include "http/multipart.h"
#include "multimodal/multimodal.h"
#include "picture/run.h"
#include "service/request.h"

enum { COPY_BYTES = 64 * 1024, VALUE_BYTES_MAX = 16 * 1024, PROMPT_POINTS_MAX = 4096 };

static void
close_parts(struct bh_multipart **parts)
{
	bh_multipart_close(*parts);
}

void
multimodal_form_close(struct multimodal_form *form)
{
	if (form->fd >= 0)
		close(form->fd);
	form->fd = -1;
}

/* ---- the recording ---- */

static int
write_all(int fd, const char *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = write(fd, bytes, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return bh_error(errno == ENOSPC || errno == EDQUOT ? BH_E_NO_ROOM : BH_E_IO,
				"keep a recording: %m");
		bytes += n;
		len -= (size_t)n;
	}
	return 0;
}

static int
read_file(struct bh_request *req, struct bh_multipart *parts, const struct bh_multipart_part *part,
	struct multimodal_form *form)
{
	const struct multimodal *multimodal = req->service;
	char *bytes = bh_arena_alloc(req->arena, COPY_BYTES);
	ssize_t n;
	int rc;

	if (form->fd >= 0)
		return bh_error_param(BH_E_INVALID, "file", "'file' must be sent only once.");
	if (part->filename == NULL)
		return bh_error_param(BH_E_INVALID, "file", "'file' must be a file.");
	form->filename = bh_arena_strdup(req->arena, part->filename);
	rc = bh_request_spool(req, req->http->body_bytes);
	if (rc == 0)
		rc = bh_picture_spool(bh_runtime_spool_dir(multimodal->runtime), &form->fd);
	while (rc == 0 && (n = bh_multipart_read(parts, bytes, COPY_BYTES)) != 0) {
		if (n < 0)
			return (int)n;
		form->bytes += n;
		if (form->bytes > multimodal->conf.audio_bytes_max)
			return bh_error_param(BH_E_TOO_LARGE, "file", "'file' must have at most %lld bytes.",
				(long long)multimodal->conf.audio_bytes_max);
		rc = write_all(form->fd, bytes, (size_t)n);
	}
	return rc;
}

/* ---- the other fields ---- */

static int
read_value(struct bh_request *req, struct bh_multipart *parts, const char *name, const char **out)
{
	char *value = bh_arena_alloc(req->arena, VALUE_BYTES_MAX + 1);
	size_t len = 0;
	ssize_t n;

	while ((n = bh_multipart_read(parts, value + len, VALUE_BYTES_MAX + 1 - len)) > 0) {
		len += (size_t)n;
		if (len > VALUE_BYTES_MAX)
			return bh_error_param(BH_E_RANGE, name, "'%s' is too long.", name);
	}
	if (n < 0)
		return (int)n;
	if (!bh_text_is_utf8(value, len) || memchr(value, '\0', len) != NULL)
		return bh_error_param(BH_E_UTF8, name,
			"'%s' is not valid UTF-8 text without NUL characters.", name);
	*out = bh_arena_copy(req->arena, value, len);
	return 0;
}

static int
take_format(const char *value, struct multimodal_form *form)
{
	static const char *const names[] = {
		[MULTIMODAL_JSON] = "json",
		[MULTIMODAL_TEXT] = "text",
		[MULTIMODAL_SRT] = "srt",
		[MULTIMODAL_VERBOSE_JSON] = "verbose_json",
		[MULTIMODAL_VTT] = "vtt",
	};

	for (size_t i = 0; i < BH_COUNT(names); i++) {
		if (strcmp(value, names[i]) != 0)
			continue;
		form->format = (enum multimodal_transcript_format)i;
		return 0;
	}
	return bh_error_param(BH_E_INVALID, "response_format",
		"'response_format' must be one of json, text, srt, verbose_json, vtt.");
}

static int
take_granularity(const char *value, struct multimodal_form *form)
{
	if (strcmp(value, "word") == 0)
		form->wanted.words = true;
	else if (strcmp(value, "segment") == 0)
		form->wanted.segments = true;
	else
		return bh_error_param(BH_E_INVALID, "timestamp_granularities",
			"'timestamp_granularities' must hold word or segment.");
	return 0;
}

static int
take_temperature(const char *value, struct multimodal_form *form)
{
	char *end;

	errno = 0;
	form->temperature = strtod(value, &end);
	if (errno != 0 || end == value || *end != '\0' || !(form->temperature >= 0) ||
		!(form->temperature <= 1))
		return bh_error_param(BH_E_RANGE, "temperature",
			"'temperature' must be a number between 0 and 1.");
	return 0;
}

static int
take_language(const char *value, struct multimodal_form *form)
{
	size_t len = strspn(value, "abcdefghijklmnopqrstuvwxyz");

	if (len < 2 || len > 3 || value[len] != '\0')
		return bh_error_param(BH_E_INVALID, "language",
			"'language' must be a code of ISO 639 such as en.");
	form->language = value;
	return 0;
}

static int
take_stream(const char *value, struct multimodal_form *form)
{
	form->streams = strcmp(value, "true") == 0;
	if (!form->streams && strcmp(value, "false") != 0)
		return bh_error_param(BH_E_TYPE, "stream", "'stream' must be true or false.");
	return 0;
}

static int
take_value(const char *name, const char *value, struct multimodal_form *form)
{
	bool hears = !form->translates;

	if (strcmp(name, "model") == 0) {
		form->model = value;
		return 0;
	}
	if (strcmp(name, "prompt") == 0) {
		form->prompt = value;
		return bh_text_points(value, strlen(value)) <= PROMPT_POINTS_MAX
			? 0
			: bh_error_param(BH_E_RANGE, "prompt", "'prompt' must have at most %d characters.",
				  PROMPT_POINTS_MAX);
	}
	if (strcmp(name, "response_format") == 0)
		return take_format(value, form);
	if (strcmp(name, "temperature") == 0)
		return take_temperature(value, form);
	if (hears && strcmp(name, "language") == 0)
		return take_language(value, form);
	if (hears && strcmp(name, "stream") == 0)
		return take_stream(value, form);
	if (hears && strcmp(name, "bulkhead[vector_store_id]") == 0) {
		form->store = value;
		return 0;
	}
	if (hears &&
		(strcmp(name, "timestamp_granularities[]") == 0 ||
			strcmp(name, "timestamp_granularities") == 0))
		return take_granularity(value, form);
	/* How a recording is cut for the model is the engine's own affair. */
	if (hears &&
		(strcmp(name, "chunking_strategy") == 0 || bh_text_starts(name, "chunking_strategy[")))
		return 0;
	if (hears &&
		bh_text_has_word(
			"include include[] languages languages[] keywords keywords[] known_speaker_names "
			"known_speaker_names[] known_speaker_references known_speaker_references[]",
			name))
		return bh_error_param(BH_E_UNSUPPORTED, name, "'%s' is not supported.", name);
	return bh_error_param(BH_E_UNKNOWN_FIELD, name, "Unknown form field.");
}

static int
read_part(struct bh_request *req, struct bh_multipart *parts, const struct bh_multipart_part *part,
	struct multimodal_form *form)
{
	const char *name = bh_arena_strdup(req->arena, part->name), *value = NULL;
	int rc;

	if (strcmp(name, "file") == 0)
		return read_file(req, parts, part, form);
	rc = read_value(req, parts, name, &value);
	return rc < 0 ? rc : take_value(name, value, form);
}

static int
check(struct multimodal_form *form)
{
	if (form->fd < 0)
		return bh_error_param(BH_E_MISSING, "file", "'file' is required.");
	if (form->model == NULL || form->model[0] == '\0' || strlen(form->model) > 255)
		return bh_error_param(BH_E_MISSING, "model", "'model' is required.");
	if (form->format != MULTIMODAL_VERBOSE_JSON && form->wanted.words)
		return bh_error_param(BH_E_INVALID, "timestamp_granularities",
			"'timestamp_granularities' needs the response_format verbose_json.");
	if (form->streams && form->format != MULTIMODAL_JSON && form->format != MULTIMODAL_TEXT)
		return bh_error_param(BH_E_INVALID, "response_format",
			"'response_format' must be json or text with 'stream'.");
	if (form->store != NULL && form->format != MULTIMODAL_JSON &&
		form->format != MULTIMODAL_VERBOSE_JSON)
		return bh_error_param(BH_E_INVALID, "response_format",
			"'response_format' must be json or verbose_json with 'bulkhead[vector_store_id]', "
			"since "
			"the answer tells the file.");
	if (!form->wanted.words && !form->wanted.segments)
		form->wanted.segments = true;
	return 0;
}

int
multimodal_form_read(struct bh_request *req, bool translates, struct multimodal_form *out)
{
	BH_AUTO(close_parts) struct bh_multipart *parts = NULL;
	BH_AUTO(multimodal_form_close)
	struct multimodal_form form = {.translates = translates, .fd = -1};
	struct bh_multipart_part part;
	bool end = false;
	int rc = bh_multipart_open(req->http, &parts);

	while (rc == 0) {
		rc = bh_multipart_next(parts, &part, &end);
		if (rc < 0 || end)
			break;
		rc = read_part(req, parts, &part, &form);
	}
	if (rc == 0)
		rc = check(&form);
	if (rc < 0)
		return rc;
	*out = form;
	form.fd = -1;
	return 0;
}
