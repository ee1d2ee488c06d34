/* SPDX-License-Identifier: Apache-2.0 */
/* charset_table.h: encodings that text files come in, and the letters of the languages written in them. */
#ifndef EXTRACT_CHARSET_TABLE_H
#define EXTRACT_CHARSET_TABLE_H

#include <stdbool.h>
#include <stddef.h>

enum { EXTRACT_CHARSET_TIERS = 4, EXTRACT_CHARSET_LANGUAGES_MAX = 14 };

/* Lower-case letters beyond ASCII, by how often the language needs them: about 6, 2, 0.7 and 0.15 of 100 letters. */
struct extract_charset_language {
	const char *tiers[EXTRACT_CHARSET_TIERS]; /* UTF-8; NULL for none */
	double prior; /* logarithm: how much rarer than others that share its encodings */
};

/* An encoding of one byte a letter. */
struct extract_charset_single {
	const char *name;
	double prior; /* logarithm: how much less likely than Windows-1252 before a byte is read */
	bool latin;   /* its languages are written in Latin letters, most of them ASCII */
	const struct extract_charset_language
		*languages[EXTRACT_CHARSET_LANGUAGES_MAX]; /* NULL ends them */
};

/* How the bytes of a multi-byte encoding are parted. */
enum extract_charset_form {
	EXTRACT_CHARSET_EUC,    /* two bytes from 0x81 on */
	EXTRACT_CHARSET_GB,     /* the same, or four with a digit second */
	EXTRACT_CHARSET_EUC_JP, /* the same, or three behind 0x8f */
	EXTRACT_CHARSET_SJIS,   /* two; one for half-width kana */
};

struct extract_charset_multi {
	const char *name;
	double prior;
	enum extract_charset_form form;
	unsigned char level1[2], level2[2]; /* first bytes of common and of rarer characters */
	const char *common;                 /* the most frequent characters; UTF-8 */
	bool kana;                          /* the language is Japanese */
};

extern const struct extract_charset_single extract_charset_singles[];
extern const size_t extract_charset_single_count;
extern const struct extract_charset_multi extract_charset_multis[];
extern const size_t extract_charset_multi_count;

#endif
