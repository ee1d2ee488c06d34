/* SPDX-License-Identifier: Apache-2.0 */
/* patterns.h: what in a text looks like a secret or like data of a person, so that whoever trains on it is warned. In one
 * pass, whatever the text; what it finds is likely, never sure. */
#ifndef BH_FINETUNE_PATTERNS_H
#define BH_FINETUNE_PATTERNS_H

#include <stddef.h>

enum finetune_pattern {
	FINETUNE_PRIVATE_KEY = 1, /* PEM */
	FINETUNE_TOKEN = 2,       /* of a known provider, by its prefix */
	FINETUNE_EMAIL = 4,
	FINETUNE_CARD = 8,  /* 13 to 19 digits, also in groups, with a right check digit */
	FINETUNE_IBAN = 16, /* with a right check */
	FINETUNE_PATTERNS_ALL = 31
};

/* Bits of those that occur. */
unsigned finetune_patterns(const char *text, size_t len);

/* "an email address", for one bit. */
const char *finetune_pattern_name(enum finetune_pattern pattern);

#endif
