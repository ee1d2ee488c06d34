/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_moderation.c: any bytes as a text for the rules, and as an upstream's answer. Scores lie between 0 and 1, and what is
 * found is flagged. Character by character a text reads as all of it is spelled. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "model/moderation.h"
#include "text/ascii.h"
#include "text/clean.h"
#include "text/fold.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
must_hold(const struct model_verdict *verdict)
{
	for (int harm = 0; harm < MODEL_HARMS; harm++) {
		if (!(verdict->scores[harm] >= 0 && verdict->scores[harm] <= 1))
			abort();
		if (verdict->harms[harm] && !verdict->flagged)
			abort();
	}
}

static void
add(struct bh_buf *out, unsigned char c)
{
	char kind = c >= 0x80 || c == BH_ASCII_OTHER ? BH_ASCII_OTHER : ' ';

	if ((c >= '0' && c <= '9') || (c >= 'a' && c <= 'z'))
		kind = (char)c;
	if (kind != BH_ASCII_OTHER || out->len == 0 || out->data[out->len - 1] != BH_ASCII_OTHER)
		bh_buf_char(out, kind);
}

/* Whether neighbours decide: a joiner between Arabic letters, a quote inside a Hebrew abbreviation. DEL is a blank in one
 * place and stands for letters in the other. */
static bool
is_of_neighbours(const char *text, size_t len)
{
	return memmem(text, len, "\xe2\x80\x8c", 3) != NULL || memchr(text, '"', len) != NULL ||
		memmem(text, len, "\xef\xbc\x82", 3) != NULL || memchr(text, BH_ASCII_OTHER, len) != NULL;
}

static void
must_read_as_spelled(const char *text, size_t len)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf folded = {0}, bare = {0}, whole = {0}, pieces = {0};
	struct bh_clean clean = {0};
	const char *piece;
	size_t n;

	if (!bh_text_is_utf8(text, len) || is_of_neighbours(text, len))
		return;
	if (bh_clean_text(&arena, text, len, &clean) < 0 ||
		bh_clean_fold(clean.points, clean.n, &folded) < 0 ||
		bh_fold(BH_FOLD_BARE, bh_buf_string(&folded), folded.len, &bare) < 0)
		abort();
	for (size_t i = 0; i < bare.len; i++)
		add(&whole, (unsigned char)bare.data[i]);
	for (size_t at = 0; at < len;) {
		if (bh_ascii_next(text, len, &at, &piece, &n) < 0)
			abort();
		for (size_t i = 0; i < n; i++)
			add(&pieces, (unsigned char)piece[i]);
	}
	if (strcmp(bh_buf_string(&whole), bh_buf_string(&pieces)) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct model_verdict by_rules = {0}, told[2];
	struct bh_json_doc doc = {0};

	if (model_moderation_rules((const char *)data, size, &by_rules) == 0)
		must_hold(&by_rules);
	must_read_as_spelled((const char *)data, size);
	if (bh_json_parse((const char *)data, size, &doc) < 0)
		return 0;
	for (size_t n = 1; n <= 2; n++) {
		if (model_moderation_read(doc.root, n, told) < 0)
			continue;
		for (size_t i = 0; i < n; i++)
			must_hold(&told[i]);
	}
	bh_json_close(&doc);
	return 0;
}
