/* SPDX-License-Identifier: Apache-2.0 */
/* patterns.c: each scanner looks at a bounded stretch behind the place where it begins. */
#include "finetune/patterns.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>

#include "base/macros.h"

enum { CARD_LEAST = 13, CARD_MOST = 19, IBAN_LEAST = 15, IBAN_MOST = 34, NAME_MOST = 64 };

/* A prefix and how many letters, digits, - and _ follow it at least. */
static const struct {
	const char *prefix;
	size_t least;
} tokens[] = {
	{"sk-", 20},
	{"AKIA", 16},
	{"ASIA", 16},
	{"ghp_", 30},
	{"gho_", 30},
	{"github_pat_", 30},
	{"glpat-", 20},
	{"xoxb-", 20},
	{"xoxp-", 20},
	{"AIza", 30},
	{"hf_", 30},
	{"eyJhbGci", 40},
	{"whsec_", 20},
	{"sk_live_", 16},
	{"rk_live_", 16},
	{"bh_", 32},
};

static bool
is_word(char c)
{
	return isalnum((unsigned char)c) || c == '-' || c == '_';
}

static bool
begins(const char *text, size_t left, const char *prefix)
{
	size_t len = strlen(prefix);

	return left >= len && memcmp(text, prefix, len) == 0;
}

static bool
is_token(const char *text, size_t left)
{
	for (size_t i = 0; i < BH_COUNT(tokens); i++) {
		size_t at = strlen(tokens[i].prefix), n = 0;

		if (!begins(text, left, tokens[i].prefix))
			continue;
		while (
			at + n < left && n < tokens[i].least && (is_word(text[at + n]) || text[at + n] == '.'))
			n++;
		if (n == tokens[i].least)
			return true;
	}
	return false;
}

static bool
is_key(const char *text, size_t left)
{
	static const char begin[] = "-----BEGIN ", end[] = "PRIVATE KEY-----";

	if (!begins(text, left, begin))
		return false;
	left = left < 80 ? left : 80;
	for (size_t i = sizeof(begin) - 1; i < left && text[i] != '\n'; i++)
		if (begins(text + i, left - i, end))
			return true;
	return false;
}

/* At the @: what stands around it. */
static bool
is_email(const char *text, size_t len, size_t at)
{
	size_t before = 0, after = 0, dot = 0;

	while (before < at && before < NAME_MOST &&
		(is_word(text[at - 1 - before]) || strchr(".+%", text[at - 1 - before]) != NULL) &&
		text[at - 1 - before] != '\0')
		before++;
	while (at + 1 + after < len && after < NAME_MOST &&
		(isalnum((unsigned char)text[at + 1 + after]) || text[at + 1 + after] == '-' ||
			text[at + 1 + after] == '.')) {
		if (text[at + 1 + after] == '.')
			dot = after;
		after++;
	}
	if (after > 0 && text[at + after] == '.') {
		after--; /* the end of a sentence */
		dot = 0;
		for (size_t i = 1; i < after; i++)
			if (text[at + 1 + i] == '.')
				dot = i;
	}
	return before > 0 && dot > 0 && after - dot > 2;
}

/* At the first digit: as many digits as a card has, divided by no more than single blanks or hyphens. */
static bool
is_card(const char *text, size_t left)
{
	int digits[CARD_MOST + 1], n = 0, sum = 0;

	for (size_t i = 0; i < left && n <= CARD_MOST; i++) {
		if (isdigit((unsigned char)text[i]))
			digits[n++] = text[i] - '0';
		else if ((text[i] != ' ' && text[i] != '-') || i + 1 == left ||
			!isdigit((unsigned char)text[i + 1]))
			break;
	}
	if (n < CARD_LEAST || n > CARD_MOST || digits[0] == 0)
		return false;
	for (int i = 0; i < n; i++) {
		int digit = digits[n - 1 - i] * (i % 2 + 1);

		sum += digit > 9 ? digit - 9 : digit;
	}
	return sum % 10 == 0;
}

/* ISO 13616: the first four characters behind the others, letters as 10 to 35, are 1 modulo 97. */
static bool
is_iban(const char *text, size_t left)
{
	char plain[IBAN_MOST];
	size_t n = 0;
	unsigned rest = 0;

	for (size_t i = 0; i < left && n < IBAN_MOST; i++) {
		if (isupper((unsigned char)text[i]) || isdigit((unsigned char)text[i]))
			plain[n++] = text[i];
		else if (text[i] != ' ' || n % 4 != 0)
			break;
	}
	if (n < IBAN_LEAST || !isupper((unsigned char)plain[0]) || !isupper((unsigned char)plain[1]) ||
		!isdigit((unsigned char)plain[2]) || !isdigit((unsigned char)plain[3]))
		return false;
	for (size_t i = 0; i < n; i++) {
		char c = plain[(i + 4) % n];

		rest = isdigit((unsigned char)c) ? (rest * 10 + (unsigned)(c - '0')) % 97
										 : (rest * 100 + (unsigned)(c - 'A') + 10) % 97;
	}
	return rest == 1;
}

unsigned
finetune_patterns(const char *text, size_t len)
{
	unsigned found = 0;

	for (size_t i = 0; i < len && found != FINETUNE_PATTERNS_ALL; i++) {
		size_t left = len - i;
		char c = text[i];

		if (c == '@' && is_email(text, len, i))
			found |= FINETUNE_EMAIL;
		if (c == '-' && is_key(text + i, left))
			found |= FINETUNE_PRIVATE_KEY;
		/* The rest begins with a word. */
		if (!isalnum((unsigned char)c) || (i > 0 && is_word(text[i - 1])))
			continue;
		if (is_token(text + i, left))
			found |= FINETUNE_TOKEN;
		if (isdigit((unsigned char)c) && is_card(text + i, left))
			found |= FINETUNE_CARD;
		if (isupper((unsigned char)c) && is_iban(text + i, left))
			found |= FINETUNE_IBAN;
	}
	return found;
}

const char *
finetune_pattern_name(enum finetune_pattern pattern)
{
	switch (pattern) {
	case FINETUNE_PRIVATE_KEY:
		return "a private key";
	case FINETUNE_TOKEN:
		return "a secret token";
	case FINETUNE_EMAIL:
		return "an email address";
	case FINETUNE_CARD:
		return "a payment card's number";
	case FINETUNE_IBAN:
		return "a bank account's number";
	default:
		return "";
	}
}
