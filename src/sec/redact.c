/* SPDX-License-Identifier: Apache-2.0 */
/* redact.c: marks the bytes that go, word by word, then writes the rest. */
#include "sec/redact.h"

#include <ctype.h>
#include <stdbool.h>
#include <string.h>
#include <strings.h>

enum {
	PART_BYTES = 8,    /* of the known secret */
	KNOWN_LEAST = 4,   /* a shorter one would remove half of the text */
	PREFIX_REST = 4,   /* behind a prefix */
	SECRET_LEAST = 8,  /* behind Bearer, token: and their like */
	RANDOM_LEAST = 20, /* letters and digits in a row */
	RANDOM_DIGITS = 2
};

struct text {
	const char *at;
	size_t len;
	bool gone[BH_REDACT_MOST];
};

static const char *const prefixes[] = {"sk-", "sk_", "pk_", "rk_", "bh_", "ghp_", "gho_", "ghs_",
	"ghu_", "github_pat_", "glpat-", "xoxb-", "xoxp-", "xoxa-", "hf_", "gsk_", "r8_", "xai-",
	"pplx-", "nvapi-", "sess-", "SG.", "AKIA", "ASIA", "AIza", "ya29.", "eyJ"};

/* In front of = or :, without case. */
static const char *const names[] = {"key", "token", "secret", "password", "passwd", "authorization",
	"signature", "sig", "credential", "pwd"};

static bool
is_delimiter(char c)
{
	return (unsigned char)c <= ' ' || strchr("\"'`<>(){}[],;", c) != NULL;
}

static void
mark(struct text *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++)
		text->gone[i] = true;
}

/* Every stretch that the secret has, too. */
static void
mark_known(struct text *text, const char *known, size_t known_len)
{
	size_t part = known_len < PART_BYTES ? known_len : PART_BYTES;

	if (known == NULL || known_len < KNOWN_LEAST)
		return;
	for (size_t i = 0; i + part <= text->len; i++) {
		if (memmem(known, known_len, text->at + i, part) != NULL)
			mark(text, i, i + part);
	}
}

/* Like a secret rather than like a word: a digit, a capital in the middle, or signs words do not have. */
static bool
looks_secret(const char *word, size_t len)
{
	if (len < SECRET_LEAST)
		return false;
	for (size_t i = 0; i < len; i++) {
		if (isdigit((unsigned char)word[i]) || strchr("_=+*", word[i]) != NULL ||
			(i > 0 && isupper((unsigned char)word[i]) && islower((unsigned char)word[i - 1])))
			return true;
	}
	return false;
}

static bool
has_random_run(const char *word, size_t len)
{
	size_t run = 0, digits = 0, letters = 0;

	for (size_t i = 0; i < len; i++) {
		bool digit = isdigit((unsigned char)word[i]);

		if (!digit && !isalpha((unsigned char)word[i]) && strchr("+=*", word[i]) == NULL) {
			run = digits = letters = 0;
			continue;
		}
		run++;
		digits += digit;
		letters += isalpha((unsigned char)word[i]) != 0;
		if (run >= RANDOM_LEAST && digits >= RANDOM_DIGITS && letters > 0)
			return true;
	}
	return false;
}

/* A prefix at the word's start, or behind a sign in it: "key:sk-…". */
static bool
has_prefix(const char *word, size_t len)
{
	for (size_t at = 0; at < len; at++) {
		if (at > 0 && isalnum((unsigned char)word[at - 1]))
			continue;
		for (size_t i = 0; i < BH_COUNT(prefixes); i++) {
			size_t prefix = strlen(prefixes[i]);

			if (at + prefix + PREFIX_REST <= len && memcmp(word + at, prefixes[i], prefix) == 0)
				return true;
		}
	}
	return false;
}

/* "api_key", "X-Auth-Token": a name that ends in one of ours. */
static bool
is_name(const char *word, size_t len)
{
	for (size_t i = 0; i < BH_COUNT(names); i++) {
		size_t name = strlen(names[i]);

		if (len >= name && strncasecmp(word + len - name, names[i], name) == 0 &&
			(len == name || !isalnum((unsigned char)word[len - name - 1]) ||
				strncasecmp(word + len - name, "key", 3) == 0))
			return true;
	}
	return false;
}

/* name=value inside a word, as in a URL's query: the value goes. */
static void
mark_values(struct text *text, size_t from, size_t to)
{
	size_t start = from;

	for (size_t i = from; i < to; i++) {
		size_t end = i + 1;

		if (strchr("?&/=", text->at[i]) == NULL)
			continue;
		if (text->at[i] == '=' && is_name(text->at + start, i - start)) {
			while (end < to && text->at[end] != '&')
				end++;
			mark(text, i + 1, end);
		}
		start = i + 1;
	}
}

/* https://user:password@host: who signs in goes. */
static void
mark_userinfo(struct text *text, size_t from, size_t to)
{
	const char *scheme = memmem(text->at + from, to - from, "://", 3);
	size_t begin, end;

	if (scheme == NULL)
		return;
	begin = (size_t)(scheme - text->at) + 3;
	for (end = begin; end < to && strchr("/?#", text->at[end]) == NULL; end++)
		continue;
	while (end > begin && text->at[end - 1] != '@')
		end--;
	if (end > begin)
		mark(text, begin, end - 1);
}

static bool
is_marked(const struct text *text, size_t from, size_t to)
{
	for (size_t i = from; i < to; i++) {
		if (text->gone[i])
			return true;
	}
	return false;
}

/* Words that say that the next one is a credential: Bearer, "token:". */
static bool
announces(const char *word, size_t len)
{
	if ((len == 6 && strncasecmp(word, "bearer", 6) == 0) ||
		(len == 5 && strncasecmp(word, "basic", 5) == 0))
		return true;
	while (len > 0 && (word[len - 1] == ':' || word[len - 1] == '='))
		len--;
	return is_name(word, len);
}

static void
mark_word(struct text *text, size_t from, size_t to, bool announced)
{
	const char *word = text->at + from;
	size_t len = to - from;
	const char *colon = memchr(word, ':', len);

	if (is_marked(text, from, to) || has_prefix(word, len) || has_random_run(word, len) ||
		(announced && looks_secret(word, len))) {
		mark(text, from, to);
		return;
	}
	if (colon != NULL && is_name(word, (size_t)(colon - word)) &&
		looks_secret(colon + 1, len - (size_t)(colon + 1 - word)))
		mark(text, from + (size_t)(colon + 1 - word), to);
	mark_values(text, from, to);
	mark_userinfo(text, from, to);
}

static void
mark_words(struct text *text)
{
	bool announced = false;
	size_t from = 0;

	while (from < text->len) {
		size_t to = from;

		if (is_delimiter(text->at[from])) {
			from++;
			continue;
		}
		while (to < text->len && !is_delimiter(text->at[to]))
			to++;
		mark_word(text, from, to, announced);
		/* A lone colon between a name and its value announces as little as it hides. */
		if (to - from > 1 || strchr(":=", text->at[from]) == NULL)
			announced = announces(text->at + from, to - from);
		from = to;
	}
}

/* No longer than most, and not in the middle of a character. */
static size_t
cut(const char *text, size_t len)
{
	if (len <= BH_REDACT_MOST)
		return len;
	len = BH_REDACT_MOST;
	while (len > 0 && ((unsigned char)text[len] & 0xc0) == 0x80)
		len--;
	return len;
}

void
bh_redact(const char *text, size_t len, const char *known, size_t known_len, struct bh_buf *out)
{
	struct text marked = {.at = text, .len = cut(text, len)};

	mark_known(&marked, known, known_len);
	mark_words(&marked);
	for (size_t i = 0; i < marked.len; i++) {
		if (!marked.gone[i])
			bh_buf_char(out, text[i]);
		else if (i == 0 || !marked.gone[i - 1])
			bh_buf_text(out, "[removed]");
	}
}
