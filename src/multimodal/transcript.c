/* SPDX-License-Identifier: Apache-2.0 */
/* transcript.c: reads and writes transcripts. */
#include "multimodal/transcript.h"

#include <math.h>
#include <string.h>

#include "base/error.h"
#include "json/fields.h"

#define SECONDS_MOST 1e6

void
multimodal_transcript_close(struct multimodal_transcript *transcript)
{
	bh_buf_close(&transcript->text);
	bh_buf_close(&transcript->segments);
	bh_buf_close(&transcript->words);
}

/* ---- reading ---- */

static double
number(const struct bh_json *object, const char *name)
{
	double value = 0;

	if (!bh_json_number(bh_json_get(object, name), &value) || !isfinite(value) ||
		fabs(value) > SECONDS_MOST)
		return 0;
	return value;
}

static int
take_words(struct multimodal_transcript *transcript, const struct bh_json *words)
{
	for (size_t i = 0; i < bh_json_count(words); i++) {
		const struct bh_json *row = bh_json_at(words, i);
		const char *text = bh_json_get_string(row, "word");
		struct multimodal_word word = {NULL, number(row, "start"), number(row, "end")};

		if (text == NULL)
			return bh_error(BH_E_PROTOCOL, "a word of the transcript has no text");
		/* Whisper's begin with the blank before them; nobody's answer does. */
		word.word = bh_arena_strdup(transcript->arena, text + strspn(text, " "));
		bh_buf_add(&transcript->words, &word, sizeof(word));
	}
	return 0;
}

static const char *
tokens_of(struct multimodal_transcript *transcript, const struct bh_json *row)
{
	const struct bh_json *tokens = bh_json_get(row, "tokens");
	BH_AUTO(bh_buf_close) struct bh_buf out = {0};
	struct bh_write write = {.out = &out};
	int64_t token;

	bh_write_array(&write);
	for (size_t i = 0; i < bh_json_count(tokens); i++)
		if (bh_json_int(bh_json_at(tokens, i), &token))
			bh_write_int(&write, token);
	bh_write_end(&write);
	return bh_arena_strdup(transcript->arena, bh_buf_string(&out));
}

static int
take_segment(struct multimodal_transcript *transcript, const struct bh_json *row,
	const char **out_text)
{
	const char *text = bh_json_get_string(row, "text");
	struct multimodal_segment segment = {
		.start = number(row, "start"),
		.end = number(row, "end"),
		.tokens = tokens_of(transcript, row),
		.temperature = number(row, "temperature"),
		.avg_logprob = number(row, "avg_logprob"),
		.compression_ratio = number(row, "compression_ratio"),
		.no_speech_prob = number(row, "no_speech_prob"),
		.seek = bh_json_get_int(row, "seek", 0),
	};

	if (text == NULL)
		return bh_error(BH_E_PROTOCOL, "a segment of the transcript has no text");
	segment.text = bh_arena_strdup(transcript->arena, text);
	bh_buf_add(&transcript->segments, &segment, sizeof(segment));
	transcript->timed = true;
	*out_text = segment.text;
	return take_words(transcript, bh_json_get(row, "words"));
}

int
multimodal_transcript_line(struct multimodal_transcript *transcript, const struct bh_json *line,
	const char **out_piece)
{
	const char *type = bh_json_get_string(line, "type"), *text;
	int rc;

	*out_piece = "";
	if (type == NULL || transcript->ended)
		return bh_error(BH_E_PROTOCOL, "the engine's line has no type, or comes behind its last");
	if (strcmp(type, "language") == 0) {
		const char *language = bh_json_get_string(line, "language");

		if (language != NULL && strlen(language) < 32)
			transcript->language = bh_arena_strdup(transcript->arena, language);
		transcript->timed = true;
		return 0;
	}
	transcript->ended = strcmp(type, "end") == 0;
	if (strcmp(type, "segment") != 0)
		return 0;
	rc = take_segment(transcript, line, &text);
	if (rc < 0)
		return rc;
	if (transcript->text.len == 0)
		text += strspn(text, " ");
	bh_buf_text(&transcript->text, text);
	*out_piece = text;
	return 0;
}

int
multimodal_transcript_whole(struct multimodal_transcript *transcript, const struct bh_json *answer)
{
	const struct bh_json *segments = bh_json_get(answer, "segments");
	const char *text = bh_json_get_string(answer, "text");
	const char *language = bh_json_get_string(answer, "language");
	const char *ignored;
	int rc = 0;

	if (text == NULL)
		return bh_error(BH_E_PROTOCOL, "the provider's transcript has no text");
	bh_buf_text(&transcript->text, text);
	if (language != NULL && strlen(language) < 32)
		transcript->language = bh_arena_strdup(transcript->arena, language);
	for (size_t i = 0; rc == 0 && i < bh_json_count(segments); i++)
		rc = take_segment(transcript, bh_json_at(segments, i), &ignored);
	if (rc == 0 && transcript->words.len == 0)
		rc = take_words(transcript, bh_json_get(answer, "words"));
	transcript->ended = true;
	return rc;
}

/* ---- writing ---- */

static const struct multimodal_segment *
segments_of(const struct multimodal_transcript *transcript, size_t *out_n)
{
	*out_n = transcript->segments.len / sizeof(struct multimodal_segment);
	return (const void *)transcript->segments.data;
}

/* 00:01:02,345 */
static void
write_time(double seconds, char point, struct bh_buf *out)
{
	int64_t ms = (int64_t)(seconds < 0 ? 0 : seconds * 1000 + 0.5);

	bh_buf_printf(out, "%02lld:%02lld:%02lld%c%03lld", (long long)(ms / 3600000),
		(long long)(ms / 60000 % 60), (long long)(ms / 1000 % 60), point, (long long)(ms % 1000));
}

/* Lines of captions: an empty one would end the caption, and an arrow stands between two times. */
static void
write_caption(const char *text, struct bh_buf *out)
{
	text += strspn(text, " \r\n");
	for (; *text != '\0'; text++) {
		if (*text == '\r' || (*text == '\n' && (text[1] == '\n' || text[1] == '\r')))
			continue;
		if (strncmp(text, "-->", 3) == 0) {
			bh_buf_text(out, "->");
			text += 2;
			continue;
		}
		bh_buf_char(out, *text);
	}
}

static void
write_captions(const struct multimodal_transcript *transcript, bool is_vtt, struct bh_buf *out)
{
	size_t n;
	const struct multimodal_segment *segments = segments_of(transcript, &n);

	if (is_vtt)
		bh_buf_text(out, "WEBVTT\n\n");
	for (size_t i = 0; i < n; i++) {
		if (!is_vtt)
			bh_buf_printf(out, "%zu\n", i + 1);
		write_time(segments[i].start, is_vtt ? '.' : ',', out);
		bh_buf_text(out, " --> ");
		write_time(segments[i].end, is_vtt ? '.' : ',', out);
		bh_buf_char(out, '\n');
		write_caption(segments[i].text, out);
		bh_buf_text(out, "\n\n");
	}
}

static void
write_segments(const struct multimodal_transcript *transcript, struct bh_write *write)
{
	size_t n;
	const struct multimodal_segment *segments = segments_of(transcript, &n);

	bh_write_name(write, "segments");
	bh_write_array(write);
	for (size_t i = 0; i < n; i++) {
		bh_write_object(write);
		bh_write_pair_int(write, "id", (int64_t)i);
		bh_write_pair_int(write, "seek", segments[i].seek);
		bh_write_pair_double(write, "start", segments[i].start);
		bh_write_pair_double(write, "end", segments[i].end);
		bh_write_pair_text(write, "text", segments[i].text);
		bh_write_name(write, "tokens");
		bh_write_raw(write, segments[i].tokens, strlen(segments[i].tokens));
		bh_write_pair_double(write, "temperature", segments[i].temperature);
		bh_write_pair_double(write, "avg_logprob", segments[i].avg_logprob);
		bh_write_pair_double(write, "compression_ratio", segments[i].compression_ratio);
		bh_write_pair_double(write, "no_speech_prob", segments[i].no_speech_prob);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_words(const struct multimodal_transcript *transcript, struct bh_write *write)
{
	const struct multimodal_word *words = (const void *)transcript->words.data;
	size_t n = transcript->words.len / sizeof(*words);

	bh_write_name(write, "words");
	bh_write_array(write);
	for (size_t i = 0; i < n; i++) {
		bh_write_object(write);
		bh_write_pair_text(write, "word", words[i].word);
		bh_write_pair_double(write, "start", words[i].start);
		bh_write_pair_double(write, "end", words[i].end);
		bh_write_end(write);
	}
	bh_write_end(write);
}

static void
write_json(const struct multimodal_transcript *transcript, bool is_verbose,
	const struct multimodal_granularity *wanted, struct bh_buf *out)
{
	struct bh_write write = {.out = out};

	bh_write_object(&write);
	if (is_verbose) {
		bh_write_pair_text(&write, "language",
			transcript->language != NULL ? transcript->language : "");
		bh_write_pair_double(&write, "duration", transcript->duration);
	}
	bh_write_pair_text(&write, "text", bh_buf_string(&transcript->text));
	if (is_verbose && wanted->words)
		write_words(transcript, &write);
	if (is_verbose && wanted->segments)
		write_segments(transcript, &write);
	bh_write_name(&write, "usage");
	bh_write_object(&write);
	bh_write_pair_text(&write, "type", "duration");
	bh_write_pair_double(&write, "seconds", transcript->duration);
	bh_write_end(&write);
	if (transcript->own != NULL) {
		bh_write_name(&write, "bulkhead");
		bh_write_raw(&write, transcript->own, strlen(transcript->own));
	}
	bh_write_end(&write);
}

static void
write_line(const char *text, size_t len, struct bh_buf *out)
{
	while (len > 0 && strchr(" \t\r\n", text[len - 1]) != NULL)
		len--;
	while (len > 0 && strchr(" \t\r\n", *text) != NULL) {
		text++;
		len--;
	}
	if (len == 0)
		return;
	bh_buf_add(out, text, len);
	bh_buf_char(out, '\n');
}

void
multimodal_transcript_lines(const struct multimodal_transcript *transcript, struct bh_buf *out)
{
	size_t n;
	const struct multimodal_segment *segments = segments_of(transcript, &n);

	for (size_t i = 0; i < n; i++)
		write_line(segments[i].text, strlen(segments[i].text), out);
	if (n == 0)
		write_line(bh_buf_string(&transcript->text), transcript->text.len, out);
}

void
multimodal_transcript_write(const struct multimodal_transcript *transcript,
	enum multimodal_transcript_format format, const struct multimodal_granularity *wanted,
	struct bh_buf *out)
{
	switch (format) {
	case MULTIMODAL_TEXT:
		bh_buf_text(out, bh_buf_string(&transcript->text));
		bh_buf_char(out, '\n');
		break;
	case MULTIMODAL_SRT:
	case MULTIMODAL_VTT:
		write_captions(transcript, format == MULTIMODAL_VTT, out);
		break;
	case MULTIMODAL_JSON:
	case MULTIMODAL_VERBOSE_JSON:
		write_json(transcript, format == MULTIMODAL_VERBOSE_JSON, wanted, out);
		break;
	}
}
