/* embed_text.c: NFD, combining marks away, lower case: what BERT's uncased tokenizers do first. */
#include "model/embed_text.h"

#include <stdlib.h>
#include <unicase.h>
#include <unictype.h>
#include <uninorm.h>
#include <unistr.h>

void
model_embed_text(enum model_text_form form, const char *text, size_t len, struct bh_buf *out)
{
	uint8_t *lower;
	uint8_t *plain;
	size_t lower_len = 0;
	size_t plain_len = 0;
	size_t at = 0;

	if (form == MODEL_TEXT_PLAIN) {
		bh_buf_add(out, text, len);
		return;
	}
	lower = u8_tolower((const uint8_t *)text, len, NULL, NULL, NULL, &lower_len);
	plain = lower == NULL ? NULL : u8_normalize(UNINORM_NFD, lower, lower_len, NULL, &plain_len);
	free(lower);
	if (plain == NULL) {
		bh_buf_add(out, text, len); /* no memory or an empty text: as it is */
		return;
	}
	while (at < plain_len) {
		ucs4_t point;
		int step = u8_mbtouc(&point, plain + at, plain_len - at);

		if (!uc_is_general_category(point, UC_NON_SPACING_MARK))
			bh_buf_add(out, plain + at, (size_t)step);
		at += (size_t)step;
	}
	free(plain);
}
