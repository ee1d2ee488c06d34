/* SPDX-License-Identifier: Apache-2.0 */
/* moderation_rules.c: phrases that are harmful whatever stands around them (phrases.h tells their form). Texts are compared
 * without case, accents and marks, in one pass. */
#include "model/moderation.h"

#include <pthread.h>

#include "base/error.h"
#include "base/log.h"
#include "base/text.h"
#include "model/phrases.h"
#include "text/ascii.h"

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

static void
find(struct model_verdict *verdict, enum model_harm harm)
{
	for (; harm != NONE; harm = wider[harm]) {
		verdict->harms[harm] = true;
		verdict->scores[harm] = 1;
	}
	verdict->flagged = true;
}

static pthread_once_t made = PTHREAD_ONCE_INIT;
static struct model_phrases *phrases; /* never freed */

static void
make(void)
{
	const char *list[BH_COUNT(rules)];

	for (size_t i = 0; i < BH_COUNT(rules); i++)
		list[i] = rules[i].phrase;
	BH_ASSERT(model_phrases_open(list, BH_COUNT(list), &phrases) == 0);
}

int
model_moderation_rules(const char *text, size_t len, struct model_verdict *verdict)
{
	struct model_phrases_place place = {0};
	const char *piece;
	size_t at = 0, n;

	if (!bh_text_is_utf8(text, len))
		return BH_E_UTF8;
	pthread_once(&made, make);
	while (at < len) {
		int rc = bh_ascii_next(text, len, &at, &piece, &n);

		if (rc < 0)
			return rc;
		model_phrases_read(phrases, &place, piece, n);
	}
	model_phrases_end(phrases, &place);
	verdict->applied |= MODEL_JUDGED_TEXT;
	for (size_t i = 0; i < BH_COUNT(rules); i++)
		if (place.found[i])
			find(verdict, rules[i].harm);
	return 0;
}
