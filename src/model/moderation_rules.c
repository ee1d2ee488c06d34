/* SPDX-License-Identifier: Apache-2.0 */
/* moderation_rules.c: phrases that are harmful whatever stands around them. Texts are compared without case, accents and
 * marks. In a phrase a word with * is the beginning of one, and ~ stands for up to three words. */
#include "model/moderation.h"

#include <stdlib.h>
#include <string.h>

#include "base/arena.h"
#include "base/error.h"
#include "text/clean.h"
#include "text/fold.h"

enum { GAP_WORDS = 3 };

#define NONE MODEL_HARMS

static const struct rule {
	enum model_harm harm;
	const char *phrase;
} rules[] = {
	{MODEL_HATE, "heil hitler"},
	{MODEL_HATE, "sieg heil"},
	{MODEL_HATE, "white power"},
	{MODEL_HATE, "juden raus"},
	{MODEL_HATE, "auslander raus"},
	{MODEL_HATE, "jews are ~ vermin"},
	{MODEL_HATE, "muslims are ~ vermin"},
	{MODEL_HATE, "immigrants are ~ vermin"},
	{MODEL_HATE, "are ~ subhuman*"},
	{MODEL_HATE, "sind ~ untermenschen"},
	{MODEL_HATE_THREATENING, "gas the jews"},
	{MODEL_HATE_THREATENING, "kill all ~ jews"},
	{MODEL_HATE_THREATENING, "kill all ~ muslims"},
	{MODEL_HATE_THREATENING, "kill all ~ immigrants"},
	{MODEL_HATE_THREATENING, "kill all ~ gays"},
	{MODEL_HARASSMENT, "kill yourself"},
	{MODEL_HARASSMENT, "go die"},
	{MODEL_HARASSMENT, "you are ~ worthless"},
	{MODEL_HARASSMENT, "you worthless ~ idiot"},
	{MODEL_HARASSMENT, "bring dich um"},
	{MODEL_HARASSMENT, "du bist ~ wertlos"},
	{MODEL_HARASSMENT_THREATENING, "i will ~ kill you"},
	{MODEL_HARASSMENT_THREATENING, "i ll ~ kill you"},
	{MODEL_HARASSMENT_THREATENING, "i am going to ~ kill you"},
	{MODEL_HARASSMENT_THREATENING, "i m going to ~ kill you"},
	{MODEL_HARASSMENT_THREATENING, "ich bring* dich um"},
	{MODEL_HARASSMENT_THREATENING, "ich werde dich ~ toten"},
	{MODEL_ILLICIT, "how to ~ shoplift"},
	{MODEL_ILLICIT, "how to ~ make ~ meth"},
	{MODEL_ILLICIT, "how to ~ cook ~ meth"},
	{MODEL_ILLICIT, "how to ~ make ~ methamphetamine"},
	{MODEL_ILLICIT, "how to ~ launder ~ money"},
	{MODEL_ILLICIT, "how to ~ forge ~ passport*"},
	{MODEL_ILLICIT, "how to ~ hotwire"},
	{MODEL_ILLICIT, "wie ~ geld ~ waschen"},
	{MODEL_ILLICIT_VIOLENT, "how to ~ make ~ bomb*"},
	{MODEL_ILLICIT_VIOLENT, "how to ~ build ~ bomb*"},
	{MODEL_ILLICIT_VIOLENT, "how to ~ make ~ explosive*"},
	{MODEL_ILLICIT_VIOLENT, "how to ~ make ~ ricin"},
	{MODEL_ILLICIT_VIOLENT, "how to ~ make ~ nerve agent*"},
	{MODEL_ILLICIT_VIOLENT, "wie baue ich ~ bombe*"},
	{MODEL_ILLICIT_VIOLENT, "wie baut man ~ bombe*"},
	{MODEL_SELF_HARM, "hurt myself"},
	{MODEL_SELF_HARM, "cut myself on purpose"},
	{MODEL_SELF_HARM, "mich ~ selbst verletzen"},
	{MODEL_SELF_HARM_INTENT, "i want to ~ die"},
	{MODEL_SELF_HARM_INTENT, "i want to ~ kill myself"},
	{MODEL_SELF_HARM_INTENT, "i will kill myself"},
	{MODEL_SELF_HARM_INTENT, "going to kill myself"},
	{MODEL_SELF_HARM_INTENT, "i want to end my life"},
	{MODEL_SELF_HARM_INTENT, "ich will ~ sterben"},
	{MODEL_SELF_HARM_INTENT, "ich will mich ~ umbringen"},
	{MODEL_SELF_HARM_INSTRUCTIONS, "how to ~ kill myself"},
	{MODEL_SELF_HARM_INSTRUCTIONS, "how to ~ kill yourself"},
	{MODEL_SELF_HARM_INSTRUCTIONS, "how to ~ commit ~ suicide"},
	{MODEL_SELF_HARM_INSTRUCTIONS, "wie ~ bringe ich mich um"},
	{MODEL_SEXUAL, "porn"},
	{MODEL_SEXUAL, "pornographic"},
	{MODEL_SEXUAL, "blowjob*"},
	{MODEL_SEXUAL, "explicit sex scene*"},
	{MODEL_SEXUAL_MINORS, "child porn*"},
	{MODEL_SEXUAL_MINORS, "kinderporno*"},
	{MODEL_SEXUAL_MINORS, "sex with ~ child*"},
	{MODEL_SEXUAL_MINORS, "sex with ~ minor*"},
	{MODEL_SEXUAL_MINORS, "sex mit ~ kind*"},
	{MODEL_VIOLENCE, "i will ~ kill you"},
	{MODEL_VIOLENCE, "i ll ~ kill you"},
	{MODEL_VIOLENCE, "want to ~ kill ~ them"},
	{MODEL_VIOLENCE, "want to ~ kill him"},
	{MODEL_VIOLENCE, "want to ~ kill her"},
	{MODEL_VIOLENCE, "want to ~ kill people"},
	{MODEL_VIOLENCE, "want to ~ kill you"},
	{MODEL_VIOLENCE, "shoot up ~ school"},
	{MODEL_VIOLENCE, "ich bring* dich um"},
	{MODEL_VIOLENCE, "ich will ~ alle toten"},
	{MODEL_VIOLENCE_GRAPHIC, "disembowel*"},
	{MODEL_VIOLENCE_GRAPHIC, "beheading video*"},
	{MODEL_VIOLENCE_GRAPHIC, "rip ~ guts out"},
};

/* What is also found with a narrower category. */
static const enum model_harm wider[MODEL_HARMS] = {
	[MODEL_HATE] = NONE,
	[MODEL_HATE_THREATENING] = MODEL_HATE,
	[MODEL_HARASSMENT] = NONE,
	[MODEL_HARASSMENT_THREATENING] = MODEL_HARASSMENT,
	[MODEL_ILLICIT] = NONE,
	[MODEL_ILLICIT_VIOLENT] = MODEL_ILLICIT,
	[MODEL_SELF_HARM] = NONE,
	[MODEL_SELF_HARM_INTENT] = MODEL_SELF_HARM,
	[MODEL_SELF_HARM_INSTRUCTIONS] = MODEL_SELF_HARM,
	[MODEL_SEXUAL] = NONE,
	[MODEL_SEXUAL_MINORS] = MODEL_SEXUAL,
	[MODEL_VIOLENCE] = NONE,
	[MODEL_VIOLENCE_GRAPHIC] = MODEL_VIOLENCE,
};

struct words {
	const char **list; /* each ends with a NUL */
	size_t n;
};

static bool
is_of_word(unsigned char c)
{
	return c >= 0x80 || (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z');
}

/* Without what has no shape, and in one spelling. */
static int
fold(struct bh_arena *arena, const char *text, size_t len, struct bh_buf *out)
{
	BH_AUTO(bh_buf_close) struct bh_buf folded = {0};
	struct bh_clean clean = {0};
	int rc = bh_clean_text(arena, text, len, &clean);

	if (rc == 0)
		rc = bh_clean_fold(clean.points, clean.n, &folded);
	if (rc == 0)
		rc = bh_fold(BH_FOLD_BARE, folded.data != NULL ? folded.data : "", folded.len, out);
	return rc;
}

/* Cuts a folded text in place. */
static void
cut(struct bh_arena *arena, char *text, size_t len, struct words *out)
{
	bool is_inside = false;

	out->list = bh_arena_array(arena, len / 2 + 1, sizeof(*out->list));
	for (size_t i = 0; i < len; i++) {
		if (!is_of_word((unsigned char)text[i])) {
			text[i] = '\0';
			is_inside = false;
		} else if (!is_inside) {
			out->list[out->n++] = text + i;
			is_inside = true;
		}
	}
}

static bool
matches_word(const char *word, const char *pattern, size_t len)
{
	if (pattern[len - 1] == '*')
		return strncmp(word, pattern, len - 1) == 0;
	return strncmp(word, pattern, len) == 0 && word[len] == '\0';
}

static bool
matches(const struct words *words, size_t at, const char *phrase)
{
	while (*phrase != '\0') {
		size_t len = strcspn(phrase, " ");
		const char *rest = phrase + len + (phrase[len] == ' ');

		if (phrase[0] == '~') {
			for (size_t gap = 0; gap <= GAP_WORDS; gap++) {
				if (matches(words, at + gap, rest))
					return true;
			}
			return false;
		}
		if (at >= words->n || !matches_word(words->list[at], phrase, len))
			return false;
		at++;
		phrase = rest;
	}
	return true;
}

static void
find(struct model_verdict *verdict, enum model_harm harm)
{
	for (; harm != NONE; harm = wider[harm]) {
		verdict->harms[harm] = true;
		verdict->scores[harm] = 1;
	}
	verdict->flagged = true;
}

int
model_moderation_rules(const char *text, size_t len, struct model_verdict *verdict)
{
	BH_AUTO(bh_arena_close) struct bh_arena arena = {0};
	BH_AUTO(bh_buf_close) struct bh_buf folded = {0};
	struct words words = {0};
	int rc = fold(&arena, text, len, &folded);

	if (rc < 0)
		return rc;
	verdict->applied |= MODEL_JUDGED_TEXT;
	bh_buf_char(&folded, '\0');
	cut(&arena, folded.data, folded.len, &words);
	for (size_t at = 0; at < words.n; at++) {
		for (size_t i = 0; i < BH_COUNT(rules); i++) {
			if (!verdict->harms[rules[i].harm] && matches(&words, at, rules[i].phrase))
				find(verdict, rules[i].harm);
		}
	}
	return 0;
}
