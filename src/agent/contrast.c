/* contrast.c: negation, opposites, and which words a number or name belongs to. */
#include "agent/contrast.h"

#include <string.h>

#include "base/macros.h"
#include "base/text.h"

enum {
	NEGATION_REACH = 3, /* words between a "not" and what it negates */
	ORDER_MAX = 16      /* names and numbers whose order is compared */
};

static bool
is_content(const struct agent_word *word)
{
	return word->number || (!word->common && word->stem[0] != '\0');
}

static bool
has(const struct agent_slice *slice, const char *stem)
{
	for (size_t i = 0; i < slice->n; i++) {
		if (strcmp(slice->words[i].stem, stem) == 0)
			return true;
	}
	return false;
}

void
agent_contrast_clauses(struct agent_words *words)
{
	size_t clause = 0, from = 0;
	bool counted = false;

	for (size_t i = 0; i < words->n; i++) {
		struct agent_word *word = &words->list[i];
		bool fresh = i > 0 && word->sentence != words->list[i - 1].sentence;

		if (fresh || (word->parted && counted)) {
			clause++;
			from = i;
			counted = false;
		}
		word->clause = clause;
		counted = counted || word->number;
		/* What follows the sentence's last number belongs to it. */
		if (!counted && from > 0 && words->list[from - 1].sentence == word->sentence &&
			(i + 1 == words->n || words->list[i + 1].sentence != word->sentence)) {
			for (size_t j = from; j <= i; j++)
				words->list[j].clause = words->list[from - 1].clause;
		}
	}
}

/* ---- negation and opposites ---- */

/* Whether the word at `at` has a "not" shortly before it. */
static bool
is_negated(const struct agent_slice *slice, size_t at)
{
	size_t reach = 0;

	for (size_t i = at; i-- > 0 && reach < NEGATION_REACH; reach++) {
		if (slice->words[i].negates)
			return true;
		if (is_content(&slice->words[i]))
			return false;
	}
	return false;
}

bool
agent_contrast_negation(const struct agent_slice *claim, const struct agent_slice *source)
{
	for (size_t i = 0; i < claim->n; i++) {
		const struct agent_word *word = &claim->words[i];
		bool here = is_negated(claim, i);
		bool found = false, agrees = false;

		if (!is_content(word))
			continue;
		for (size_t j = 0; j < source->n && !agrees; j++) {
			if (strcmp(source->words[j].stem, word->stem) != 0)
				continue;
			found = true;
			agrees = is_negated(source, j) == here;
		}
		if (found && !agrees)
			return true;
	}
	return false;
}

bool
agent_contrast_opposites(const struct agent_slice *claim, const struct agent_slice *source)
{
	/* Stems. */
	static const char *const pairs[][2] = {
		{"befor", "after"},
		{"more", "less"},
		{"more", "fewer"},
		{"most", "least"},
		{"minimum", "maximum"},
		{"abov", "below"},
		{"first", "last"},
		{"follow", "previous"},
		{"early", "late"},
		{"earlier", "later"},
		{"high", "low"},
		{"higher", "lower"},
		{"increas", "decreas"},
		{"includ", "exclud"},
		{"open", "clos"},
		{"allow", "forbidden"},
		{"allow", "prohibit"},
		{"permit", "prohibit"},
		{"employer", "employe"},
		{"vor", "nach"},
		{"mehr", "weniger"},
		{"mindesten", "hochsten"},
		{"alway", "never"},
		{"all", "none"},
	};

	for (size_t i = 0; i < BH_COUNT(pairs); i++) {
		bool claim_left = has(claim, pairs[i][0]), claim_right = has(claim, pairs[i][1]);
		bool source_left = has(source, pairs[i][0]), source_right = has(source, pairs[i][1]);

		if (claim_left != claim_right && source_left != source_right && claim_left != source_left)
			return true;
	}
	return false;
}

/* ---- numbers and their units ---- */

static const struct {
	const char *unit, *stems;
} units[] = {
	{"percent", "percent"},
	{"dollar", "dollar"},
	{"euro", "euro"},
	{"pound", "pound"},
	{"cent", "cent"},
	{"second", "second sekund sekunden"},
	{"minute", "minut minuten"},
	{"hour", "hour stund stunden"},
	{"day", "day tag tage tagen"},
	{"week", "week woch wochen"},
	{"month", "month monat monate monaten"},
	{"year", "year jahr jahre jahren"},
	{"metre", "metr meter"},
	{"kilometre", "kilometr kilometer km"},
	{"mile", "mile"},
	{"point", "point punkt punkte punkten"},
};

static const char *
unit_named(const struct agent_word *word)
{
	for (size_t i = 0; i < BH_COUNT(units); i++) {
		if (bh_text_has_word(units[i].stems, word->stem))
			return units[i].unit;
	}
	return NULL;
}

/* What the number at `at` counts; NULL if it does not say. */
static const char *
unit_of(const struct agent_slice *slice, size_t at)
{
	const char *unit = NULL;

	/* "3 days", "3 business days", and of "2 or 3 days" the 2 as well */
	for (size_t i = at + 1; unit == NULL && i < slice->n && i <= at + 2; i++) {
		if (slice->words[i].number && slice->words[i - 1].common && i > at + 1)
			unit = unit_of(slice, i);
		if (slice->words[i].number || (slice->words[i].parted && !slice->words[i].common))
			break;
		unit = unit != NULL ? unit : unit_named(&slice->words[i]);
	}
	/* "$3" */
	if (unit == NULL && at > 0 && slice->words[at - 1].common)
		unit = unit_named(&slice->words[at - 1]);
	return unit;
}

static bool
same_unit(const char *left, const char *right)
{
	return left == right || (left != NULL && right != NULL && strcmp(left, right) == 0);
}

/* ---- what a number or name belongs to ---- */

/* The part of a slice that has the word's clause or, `whole`, its sentence. */
static struct agent_slice
around(const struct agent_slice *slice, const struct agent_word *word, bool whole)
{
	struct agent_slice part = {slice->words, 0};

	for (size_t i = 0; i < slice->n; i++) {
		const struct agent_word *other = &slice->words[i];

		if (whole ? other->sentence != word->sentence : other->clause != word->clause)
			continue;
		if (part.n == 0)
			part.words = other;
		part.n = (size_t)(other - part.words) + 1;
	}
	return part;
}

/* How many of the claim's words, numbers apart, only one of two parts holds. */
static void
count_shared(const struct agent_slice *about, bool with_names, const struct agent_slice *mine,
	const struct agent_slice *other, size_t *out_mine, size_t *out_other)
{
	*out_mine = *out_other = 0;
	for (size_t i = 0; i < about->n; i++) {
		const struct agent_word *word = &about->words[i];
		bool here, there;

		if (!is_content(word) || word->number || (word->name && !with_names) ||
			unit_named(word) != NULL)
			continue;
		here = has(mine, word->stem);
		there = has(other, word->stem);
		*out_mine += here && !there;
		*out_other += there && !here;
	}
}

/* Whether the claim's words around a number, `about`, belong rather to the number at `rival`. */
static bool
number_is_beaten(const struct agent_slice *about, const struct agent_slice *source,
	const struct agent_word *mine, const struct agent_word *rival)
{
	struct agent_slice here = around(source, mine, false);
	struct agent_slice there = around(source, rival, false);
	size_t mine_only, rival_only;

	if (mine->clause == rival->clause)
		return false;
	count_shared(about, true, &here, &there, &mine_only, &rival_only);
	if (rival_only == 0)
		return false;
	/* A verb is said once: "the first starts at 6, the second at 14". Its absence tells nothing. */
	if (rival->sentence == mine->sentence && rival < mine)
		return mine_only == 0;
	return rival_only >= mine_only;
}

/* Whether the number at `at` of the claim is bound to its words in the source as well. */
static bool
number_is_bound(const struct agent_slice *claim, size_t at, const struct agent_slice *source)
{
	const struct agent_word *number = &claim->words[at];
	const struct agent_slice about = around(claim, number, false);
	const char *unit = unit_of(claim, at);

	for (size_t i = 0; i < source->n; i++) {
		const char *unit_here = unit_of(source, i);
		bool beaten = false;

		if (!source->words[i].number || strcmp(source->words[i].stem, number->stem) != 0 ||
			(unit != NULL && !same_unit(unit, unit_here)))
			continue;
		for (size_t j = 0; j < source->n && !beaten; j++) {
			const struct agent_word *rival = &source->words[j];

			beaten = rival->number && same_unit(unit_of(source, j), unit_here) &&
				!has(&about, rival->stem) &&
				number_is_beaten(&about, source, &source->words[i], rival);
		}
		if (!beaten)
			return true;
	}
	return false;
}

static bool
overlaps(const struct agent_slice *slice, const struct agent_word *word)
{
	return word >= slice->words && word < slice->words + slice->n;
}

/* Whether `rival`, at `at` of the passage, is something that could stand in the claim instead. */
static bool
is_rival(const struct agent_slice *passage, size_t at, const struct agent_slice *claim,
	const struct agent_word *mine, const char *unit)
{
	const struct agent_word *rival = &passage->words[at];

	if (rival->sentence == mine->sentence || has(claim, rival->stem))
		return false;
	return mine->number ? rival->number && same_unit(unit_of(passage, at), unit) : rival->name;
}

/* Whether the claim's words around a name or number belong rather to a sentence with another one. */
static bool
is_at_home(const struct agent_slice *claim, size_t at, const struct agent_slice *source,
	const struct agent_slice *passage)
{
	const struct agent_word *word = &claim->words[at];
	const char *unit = unit_of(claim, at);

	for (size_t i = 0; i < source->n; i++) {
		const struct agent_word *mine = &source->words[i];
		const struct agent_slice here = around(source, mine, true);
		bool beaten = false;

		if (strcmp(mine->stem, word->stem) != 0)
			continue;
		for (size_t j = 0; j < passage->n && !beaten; j++) {
			struct agent_slice there;
			size_t mine_only, rival_only;

			if (!is_rival(passage, j, claim, mine, unit))
				continue;
			there = around(passage, &passage->words[j], true);
			if (has(&there, word->stem))
				continue;
			count_shared(claim, word->number, overlaps(source, &passage->words[j]) ? &here : source,
				&there, &mine_only, &rival_only);
			beaten = rival_only > mine_only;
		}
		if (!beaten)
			return true;
	}
	return false;
}

bool
agent_contrast_bindings(const struct agent_slice *claim, const struct agent_slice *source,
	const struct agent_slice *passage)
{
	for (size_t i = 0; i < claim->n; i++) {
		const struct agent_word *word = &claim->words[i];

		if ((!word->number && !word->name) || !has(source, word->stem))
			continue;
		if (word->number && !number_is_bound(claim, i, source))
			return true;
		if (!is_at_home(claim, i, source, passage))
			return true;
	}
	return false;
}

/* ---- order ---- */

static size_t
place_of(const struct agent_slice *slice, const char *stem, size_t *out_count)
{
	size_t place = 0;

	*out_count = 0;
	for (size_t i = slice->n; i-- > 0;) {
		if (strcmp(slice->words[i].stem, stem) == 0) {
			place = i;
			++*out_count;
		}
	}
	return place;
}

/* A "by" shortly before a name turns a sentence around. */
static bool
is_turned(const struct agent_slice *slice)
{
	for (size_t i = 0; i + 1 < slice->n; i++) {
		if (!bh_text_has_word("by von durch", slice->words[i].stem))
			continue;
		if (slice->words[i + 1].name || (i + 2 < slice->n && slice->words[i + 2].name))
			return true;
	}
	return false;
}

/* "Arkansas, Texas and Ohio" have no order. */
static bool
are_listed(const struct agent_slice *source, size_t from, size_t to)
{
	bool parted = false;

	for (size_t i = from + 1; i <= to; i++) {
		if (is_content(&source->words[i]) && !source->words[i].name && !source->words[i].number)
			return false;
		parted = parted || source->words[i].parted;
	}
	return parted;
}

/* Names that are one ("Jon Falk") count as one: by their first word. */
static bool
leads_name(const struct agent_slice *claim, const struct agent_slice *source, size_t at)
{
	const struct agent_word *word = &claim->words[at];
	bool name = word->name;

	/* A sentence's first word is a name where the source, in mid-sentence, writes it as one. */
	for (size_t i = 0; i < source->n && !name; i++)
		name = word->capital && source->words[i].name &&
			strcmp(source->words[i].stem, word->stem) == 0;
	return name && !(at > 0 && claim->words[at - 1].name && !word->parted);
}

/* A name or number that stands once in both texts. */
struct anchor {
	size_t claim, source;
	bool number;
};

static size_t
read_anchors(const struct agent_slice *claim, const struct agent_slice *source, struct anchor *out)
{
	size_t n = 0;

	for (size_t i = 0; i < claim->n && n < ORDER_MAX; i++) {
		const struct agent_word *word = &claim->words[i];
		size_t here, there;

		if (!word->number && !leads_name(claim, source, i))
			continue;
		(void)place_of(claim, word->stem, &here);
		out[n] = (struct anchor){i, place_of(source, word->stem, &there), word->number};
		n += here == 1 && there == 1;
	}
	return n;
}

static bool
are_exchanged(const struct agent_slice *claim, const struct agent_slice *source,
	const struct anchor *left, const struct anchor *right)
{
	if (left->number != right->number || right->source > left->source ||
		source->words[left->source].sentence != source->words[right->source].sentence)
		return false;
	if (left->number)
		return same_unit(unit_of(claim, left->claim), unit_of(claim, right->claim)) &&
			source->words[left->source].clause == source->words[right->source].clause;
	return is_turned(claim) == is_turned(source) &&
		!are_listed(source, right->source, left->source);
}

bool
agent_contrast_order(const struct agent_slice *claim, const struct agent_slice *source)
{
	struct anchor anchors[ORDER_MAX];
	size_t n = read_anchors(claim, source, anchors);

	for (size_t i = 1; i < n; i++) {
		for (size_t j = 0; j < i; j++) {
			if (are_exchanged(claim, source, &anchors[j], &anchors[i]))
				return true;
		}
	}
	return false;
}
