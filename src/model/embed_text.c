/* SPDX-License-Identifier: Apache-2.0 */
/* embed_text.c: folds what an uncased vocabulary reads. */
#include "model/embed_text.h"

#include "text/fold.h"

void
model_embed_text(enum model_text_form form, const char *text, size_t len, struct bh_buf *out)
{
	/* What cannot be folded goes as it is. */
	if (form == MODEL_TEXT_PLAIN || bh_fold(BH_FOLD_UNCASED, text, len, out) < 0)
		bh_buf_add(out, text, len);
}
