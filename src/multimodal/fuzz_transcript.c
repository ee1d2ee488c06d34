/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_transcript.c: any bytes as an engine's lines, and as a provider's answer, written in every format. */
#include <string.h>

#include "multimodal/transcript.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
write_all(const struct multimodal_transcript *transcript)
{
	const struct multimodal_granularity wanted = {true, true};

	for (int format = MULTIMODAL_JSON; format <= MULTIMODAL_VTT; format++) {
		struct bh_buf out = {0};

		multimodal_transcript_write(transcript, (enum multimodal_transcript_format)format, &wanted,
			&out);
		if ((format == MULTIMODAL_JSON || format == MULTIMODAL_VERBOSE_JSON)) {
			struct bh_json_doc doc = {0};

			if (bh_json_parse(bh_buf_string(&out), out.len, &doc) < 0)
				__builtin_trap();
			bh_json_close(&doc);
		}
		bh_buf_close(&out);
	}
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_arena arena = {0};
	struct multimodal_transcript lines = {.arena = &arena}, whole = {.arena = &arena};
	const char *at = (const char *)data, *end = at + size;
	struct bh_json_doc doc = {0};
	const char *piece;

	if (bh_json_parse(at, size, &doc) == 0 && multimodal_transcript_whole(&whole, doc.root) == 0)
		write_all(&whole);
	bh_json_close(&doc);
	while (at < end) {
		const char *next = memchr(at, '\n', (size_t)(end - at));
		size_t len = next == NULL ? (size_t)(end - at) : (size_t)(next - at);

		if (bh_json_parse(at, len, &doc) < 0)
			break;
		if (multimodal_transcript_line(&lines, doc.root, &piece) < 0)
			at = end;
		bh_json_close(&doc);
		at += at < end ? len + 1 : 0;
	}
	write_all(&lines);
	multimodal_transcript_close(&lines);
	multimodal_transcript_close(&whole);
	bh_arena_close(&arena);
	return 0;
}
