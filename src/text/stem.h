/* SPDX-License-Identifier: Apache-2.0 */
/* stem.h: takes endings off, so that "deposits", "deposited" and "depositing" are one word. */
#ifndef BH_TEXT_STEM_H
#define BH_TEXT_STEM_H

/* The languages whose endings and function words are known. Others are read as English. */
enum bh_language { BH_ENGLISH, BH_GERMAN };
#define BH_LANGUAGES 2

struct sb_stemmer;

/* Snowball's stemmer of one language. For one thread at a time. */
struct bh_stemmer {
	struct sb_stemmer *snowball; /* owned */
};

/* Opened at no cost to speak of: one for each text. */
struct bh_stemmer bh_stemmer_open(enum bh_language language);

/* The stem of a folded word (BH_FOLD_BARE). Borrowed until the next call. */
const char *bh_stemmer_stem(const struct bh_stemmer *stemmer, const char *word);

/* Safe on a zeroed stemmer, and twice. */
void bh_stemmer_close(struct bh_stemmer *stemmer);

#endif
