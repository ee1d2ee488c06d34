/* SPDX-License-Identifier: Apache-2.0 */
/* transcript.h: what was heard in a recording, from an engine's lines or a provider's answer, and as clients want it. */
#ifndef BH_MULTIMODAL_TRANSCRIPT_H
#define BH_MULTIMODAL_TRANSCRIPT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "json/json.h"

/* Texts lie in the transcript's arena. Times are seconds from the recording's start. */

struct multimodal_word {
	const char *word;
	double start, end;
};

struct multimodal_segment {
	double start, end;
	const char *text;
	const char *tokens; /* JSON, an array of integers */
	double temperature, avg_logprob, compression_ratio, no_speech_prob;
	int64_t seek;
};

/* Zeroed but for `arena`: nothing was heard yet. */
struct multimodal_transcript {
	struct bh_arena *arena; /* borrowed */
	const char *language;   /* as in "en"; NULL: not told */
	double duration;        /* of the recording */
	struct bh_buf text;     /* owned */
	struct bh_buf segments; /* owned: of struct multimodal_segment */
	struct bh_buf words;    /* owned: of struct multimodal_word */
	const char *own;        /* JSON of the answer's member `bulkhead`; NULL: it has none */
	bool timed;             /* it has times: without them it has no segments */
	bool ended;             /* by its own word it is whole */
};

void multimodal_transcript_close(struct multimodal_transcript *transcript);

/* A line of our engine's. *out_piece is the text that it adds, in the arena, or "". BH_E_PROTOCOL. */
BH_MUST_CHECK int multimodal_transcript_line(struct multimodal_transcript *transcript,
	const struct bh_json *line, const char **out_piece);
/* The whole answer of a provider: OpenAI's json or verbose_json. BH_E_PROTOCOL. */
BH_MUST_CHECK int multimodal_transcript_whole(struct multimodal_transcript *transcript,
	const struct bh_json *answer);

enum multimodal_transcript_format {
	MULTIMODAL_JSON,
	MULTIMODAL_TEXT,
	MULTIMODAL_SRT,
	MULTIMODAL_VERBOSE_JSON,
	MULTIMODAL_VTT,
};

/* What of verbose_json is wanted. */
struct multimodal_granularity {
	bool words, segments;
};

/* What was said, a line for each segment where there are some; nothing where nothing was. */
void multimodal_transcript_lines(const struct multimodal_transcript *transcript,
	struct bh_buf *out);

/* The answer's body. */
void multimodal_transcript_write(const struct multimodal_transcript *transcript,
	enum multimodal_transcript_format format, const struct multimodal_granularity *wanted,
	struct bh_buf *out);

#endif
