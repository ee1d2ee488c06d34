/* SPDX-License-Identifier: Apache-2.0 */
/* fold.h: texts that differ in case, form or accents only, brought to one spelling. */
#ifndef BH_TEXT_FOLD_H
#define BH_TEXT_FOLD_H

#include <stddef.h>

#include "base/buf.h"
#include "base/macros.h"

enum bh_fold_form {
	BH_FOLD_INDEX, /* case folded, NFKC: what a search index holds; accents stay */
	BH_FOLD_BARE,  /* case folded, NFKD, without marks, U+2019 as ': what words are compared by */
	BH_FOLD_UNCASED, /* lower case, NFD, without non-spacing marks: what BERT's uncased tokenizers read */
};

/* Appends the text in that form. BH_E_UTF8 when it is not UTF-8, BH_E_MEMORY; then nothing is appended. */
BH_MUST_CHECK int bh_fold(enum bh_fold_form form, const char *text, size_t len, struct bh_buf *out);

#endif
