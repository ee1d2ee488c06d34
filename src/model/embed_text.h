/* SPDX-License-Identifier: Apache-2.0 */
/* embed_text.h: prepares text as an embedding model's vocabulary expects it. */
#ifndef BH_MODEL_EMBED_TEXT_H
#define BH_MODEL_EMBED_TEXT_H

#include "base/buf.h"
#include "model/model.h"

/* Appends `text` in the given form. Valid UTF-8 in, valid UTF-8 out. */
void model_embed_text(enum model_text_form form, const char *text, size_t len, struct bh_buf *out);

#endif
