/* SPDX-License-Identifier: Apache-2.0 */
/* stem.h: takes endings off, so that "deposits", "deposited" and "depositing" are one word. */
#ifndef BH_TEXT_STEM_H
#define BH_TEXT_STEM_H

/* The languages whose endings are known; the order is kept in what stores say of themselves. The function
 * words of English and German are known as well (words.h), where others are read as English. */
enum bh_language {
	BH_ENGLISH,
	BH_GERMAN,
	BH_FRENCH,
	BH_SPANISH,
	BH_ITALIAN,
	BH_PORTUGUESE,
	BH_DUTCH,
	BH_SWEDISH,
	BH_DANISH,
	BH_FINNISH,
	BH_ROMANIAN,
	BH_HUNGARIAN,
	BH_TURKISH,
	/* Told by their script. */
	BH_RUSSIAN,
	BH_GREEK,
	BH_ARABIC,
	BH_HINDI
};
#define BH_LANGUAGES 17
#define BH_LANGUAGES_LATIN 13
#define BH_LANGUAGE_BIT(language) (UINT64_C(1) << (language))

struct sb_stemmer;

/* Snowball's stemmer of one language. For one thread at a time. */
struct bh_stemmer {
	struct sb_stemmer *snowball; /* owned */
};

/* Opened at no cost to speak of: one for each text. */
struct bh_stemmer bh_stemmer_open(enum bh_language language);

/* The stem of a folded word. Borrowed until the next call. */
const char *bh_stemmer_stem(const struct bh_stemmer *stemmer, const char *word);

/* Safe on a zeroed stemmer, and twice. */
void bh_stemmer_close(struct bh_stemmer *stemmer);

#endif
