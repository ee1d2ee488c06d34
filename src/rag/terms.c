/* terms.c: folding and word breaks by libunistring; the only file of rag that knows it. */
#include "rag/terms.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>
#include <uniwbrk.h>

#include "base/error.h"
#include "base/text.h"

static void
free_bytes(uint8_t **bytes)
{
	free(*bytes);
}

static bool
has_alphanumeric(const uint8_t *word, size_t len)
{
	size_t at = 0;

	while (at < len) {
		ucs4_t point;
		int bytes = u8_mbtouc(&point, word + at, len - at);

		if (uc_is_alnum(point))
			return true;
		at += (size_t)bytes;
	}
	return false;
}

/* "company's" is found by "company": drops a closing 's, typewriter or typographic. */
static size_t
without_possessive(const char *word, size_t len)
{
	if (len > 2 && memcmp(word + len - 2, "'s", 2) == 0)
		return len - 2;
	if (len > 4 && memcmp(word + len - 4, "\xe2\x80\x99s", 4) == 0)
		return len - 4;
	return len;
}

static void
keep(struct bh_arena *arena, const uint8_t *word, size_t len, struct rag_terms *terms)
{
	if (!has_alphanumeric(word, len))
		return;

	len = without_possessive((const char *)word, len);
	if (len > RAG_TERM_BYTES_MAX)
		len = bh_text_cut((const char *)word, len, RAG_TERM_BYTES_MAX);
	terms->terms[terms->count++] = bh_arena_copy(arena, word, len);
}

int
rag_terms_split(struct bh_arena *arena, const char *text, size_t len, struct rag_terms *out)
{
	struct rag_terms terms = {0};
	BH_AUTO(free_bytes) uint8_t *folded = NULL;
	BH_AUTO(free_bytes) uint8_t *breaks = NULL;
	size_t folded_len = 0, start = 0, i;

	if (len == 0) {
		*out = terms;
		return 0;
	}

	folded = u8_casefold((const uint8_t *)text, len, NULL, UNINORM_NFKC, NULL, &folded_len);
	if (folded == NULL)
		return errno == ENOMEM ? BH_E_MEMORY : BH_E_UTF8;
	if (folded_len == 0) {
		*out = terms;
		return 0;
	}

	breaks = malloc(folded_len);
	if (breaks == NULL)
		return BH_E_MEMORY;
	u8_wordbreaks(folded, folded_len, (char *)breaks);

	terms.terms = bh_arena_array(arena, folded_len, sizeof(*terms.terms));
	for (i = 1; i <= folded_len; i++) {
		if (i < folded_len && breaks[i] == 0)
			continue;
		keep(arena, folded + start, i - start, &terms);
		start = i;
	}

	*out = terms;
	return 0;
}
