/* support.c: compares a sentence with windows of neighbouring sentences of each passage. */
#include "agent/support.h"

#include <math.h>
#include <string.h>

#include "agent/align.h"
#include "agent/contrast.h"
#include "base/macros.h"
#include "base/text.h"

enum {
	WINDOW_MAX = 3,  /* neighbouring sentences that may support one together */
	CONTENT_MIN = 2, /* words and numbers below which a sentence must be a copy */
	WORDS_MIN = 2,
	LEAD_IN_MAX = 10, /* words of "According to the document, " */
	DENIAL_REACH = 6  /* words between "the documents" and "do not say" */
};

/* The less of a sentence its source holds, the more alike they must be. Read off some 200 sentences of
 * a small model: below these floors nearly all add something of their own. */
static const struct {
	double coverage, likeness;
} floors[] = {
	{0.95, 0},
	{0.75, 0.70},
	{0.50, 0.76},
};

static const double loose = 0.4; /* share of neighbouring words below which a sentence is no copy */

/* What a sentence says: its distinct content words and numbers. */
struct claim {
	struct agent_slice words;       /* all, in order */
	const struct agent_word **said; /* distinct content */
	size_t n, numbers;
};

/* What one comparison found. */
struct finding {
	double coverage, rank;
	double shared; /* pairs of words that follow each other in both */
	bool lacks;    /* a number or name of the claim is not there */
};

/* The ranks of what speaks for a claim and of what speaks against it. */
struct contest {
	double best, against;
};

void
agent_support_prepare(struct bh_arena *arena, const char *text, size_t len,
	struct agent_evidence *out)
{
	struct agent_evidence evidence = {.text = text, .len = len};
	size_t sentence = 0;

	agent_words_split(arena, text, len, &evidence.words);
	agent_words_sentences(arena, text, len, &evidence.sentences);
	for (size_t i = 0; i < evidence.words.n; i++) {
		struct agent_word *word = &evidence.words.list[i];

		while (sentence + 1 < evidence.sentences.n &&
			word->at.start >= evidence.sentences.list[sentence].end)
			sentence++;
		word->sentence = sentence;
	}
	agent_contrast_clauses(&evidence.words);
	*out = evidence;
}

static bool
is_content(const struct agent_word *word)
{
	return word->number || (!word->common && word->stem[0] != '\0');
}

/* "2. ", "- ", "**": a list's and a text's marks are no part of what is said. */
static size_t
list_mark(const char *text, size_t len)
{
	size_t at = strspn(text, "-*# \t"), digits = strspn(text + at, "0123456789");

	if (digits > 0 && digits < 3 && at + digits + 1 < len &&
		(text[at + digits] == '.' || text[at + digits] == ')') && text[at + digits + 1] == ' ')
		at += digits + 1;
	return at < len ? at : 0;
}

/* "[1]" behind a sentence is the model's own reference, not a number that it states. */
static void
blank_references(char *text)
{
	for (char *at = strchr(text, '['); at != NULL; at = strchr(at + 1, '[')) {
		size_t inner = strspn(at + 1, "0123456789, ");

		if (inner > 0 && at[1 + inner] == ']')
			memset(at, ' ', inner + 2);
	}
}

/* "The passage states that …", "According to the document, …", "The answer is: …": who says it is no
 * part of what is said. Returns how many words to pass over. */
static size_t
lead_in(const struct agent_words *words, const char *text)
{
	/* Stems. */
	static const char sources[] =
		"passag passage document text context answer question sentenc dokument kontext antwort";
	static const char reports[] = "accord stat say mention describ explain indicat provid given "
								  "based correct follow laut gemass lautet";
	bool named = false;

	for (size_t i = 0; i < words->n && i < LEAD_IN_MAX; i++) {
		const struct agent_word *word = &words->list[i];
		char next = text[word->at.end];
		bool source = bh_text_has_word(sources, word->stem);

		if (word->negates || (!source && !word->common && !bh_text_has_word(reports, word->stem)))
			return 0;
		named = named || source;
		if (named &&
			(strcmp(word->stem, "that") == 0 || strcmp(word->stem, "dass") == 0 || next == ',' ||
				next == ':'))
			return i + 1;
	}
	return 0;
}

static void
read_claim(struct bh_arena *arena, const char *text, size_t len, struct claim *out)
{
	char *own = bh_arena_copy(arena, text, len);
	size_t mark = list_mark(own, len), skipped;
	struct agent_words words;
	struct claim claim = {0};

	blank_references(own);
	agent_words_split(arena, own + mark, len - mark, &words);
	skipped = lead_in(&words, own + mark);
	words.list += skipped;
	words.n -= skipped;
	agent_contrast_clauses(&words);
	claim.words = (struct agent_slice){words.list, words.n};
	claim.said = bh_arena_array(arena, words.n + 1, sizeof(*claim.said));
	for (size_t i = 0; i < words.n; i++) {
		bool seen = !is_content(&words.list[i]);

		for (size_t j = 0; !seen && j < claim.n; j++)
			seen = strcmp(claim.said[j]->stem, words.list[i].stem) == 0;
		if (seen)
			continue;
		claim.said[claim.n++] = &words.list[i];
		claim.numbers += words.list[i].number;
	}
	*out = claim;
}

static bool
holds(const struct agent_slice *window, const char *stem)
{
	for (size_t i = 0; i < window->n; i++) {
		if (strcmp(window->words[i].stem, stem) == 0)
			return true;
	}
	return false;
}

/* How much of the claim a window holds, in words. */
static size_t
shares(const struct claim *claim, const struct agent_slice *window)
{
	size_t found = 0;

	for (size_t i = 0; i < claim->n; i++)
		found += holds(window, claim->said[i]->stem);
	return found;
}

/* Pairs of words that follow each other in both: tells a copied sentence from one that is only about
 * the same matter. */
static double
pairs_shared(const struct agent_slice *claim, const struct agent_slice *window)
{
	size_t shared = 0;

	if (claim->n < 2)
		return 0;
	for (size_t i = 0; i + 1 < claim->n; i++) {
		for (size_t j = 0; j + 1 < window->n; j++) {
			if (strcmp(claim->words[i].stem, window->words[j].stem) == 0 &&
				strcmp(claim->words[i + 1].stem, window->words[j + 1].stem) == 0) {
				shared++;
				break;
			}
		}
	}
	return (double)shared / (double)(claim->n - 1);
}

/* False when the window cannot support the claim at all. */
static bool
compare(const struct claim *claim, const struct agent_slice *window, struct finding *out)
{
	size_t found = 0;

	out->lacks = false;
	for (size_t i = 0; i < claim->n; i++) {
		const struct agent_word *word = claim->said[i];
		bool here = holds(window, word->stem);

		found += here;
		out->lacks = out->lacks || (!here && (word->number || word->name));
	}
	out->shared = pairs_shared(&claim->words, window);
	out->coverage = (double)found / (double)claim->n;
	out->rank = out->coverage + 0.2 * out->shared;
	/* Of few words, only a copy tells that it is meant. */
	return out->coverage >= floors[BH_COUNT(floors) - 1].coverage &&
		(found >= CONTENT_MIN || out->shared >= 1);
}

static struct agent_slice
window_of(const struct agent_evidence *evidence, size_t first, size_t width)
{
	const struct agent_words *words = &evidence->words;
	size_t from = 0, to;

	while (from < words->n && words->list[from].sentence < first)
		from++;
	for (to = from; to < words->n && words->list[to].sentence < first + width; to++)
		continue;
	return (struct agent_slice){words->list + from, to - from};
}

/* Whether the window says something else than the claim with the claim's words. */
static bool
is_denied(const struct claim *claim, const struct agent_evidence *evidence, size_t first,
	size_t width)
{
	const struct agent_slice passage = {evidence->words.list, evidence->words.n};
	const struct agent_slice window = window_of(evidence, first, width);

	for (size_t i = first; i < first + width; i++) {
		const struct agent_slice sentence = window_of(evidence, i, 1);

		if (shares(claim, &sentence) >= CONTENT_MIN &&
			agent_contrast_negation(&claim->words, &sentence))
			return true;
	}
	return agent_align_differs(&claim->words, &window) ||
		agent_contrast_opposites(&claim->words, &window) ||
		agent_contrast_bindings(&claim->words, &window, &passage) ||
		agent_contrast_order(&claim->words, &window);
}

static void
set_verdict(const struct claim *claim, const struct finding *finding, struct agent_support *out)
{
	size_t i = 0;

	while (i + 1 < BH_COUNT(floors) && finding->coverage < floors[i].coverage)
		i++;
	out->coverage = finding->coverage;
	out->likeness = floors[i].likeness;
	/* All the words may be there and be turned to nonsense: "a male duck is a male hen". What a number
	 * belongs to has been looked at. */
	if (out->likeness == 0 && claim->numbers == 0 && finding->shared < loose)
		out->likeness = floors[BH_COUNT(floors) - 1].likeness;
	out->verdict = out->likeness > 0 ? AGENT_DOUBTFUL : AGENT_SUPPORTED;
}

static void
judge_passage(const struct claim *claim, const struct agent_evidence *evidence, size_t index,
	struct contest *contest, struct agent_support *out)
{
	for (size_t i = 0; i < evidence->sentences.n; i++) {
		for (size_t width = 1; width <= WINDOW_MAX && i + width <= evidence->sentences.n; width++) {
			const struct agent_slice window = window_of(evidence, i, width);
			struct finding finding;
			double rank;

			if (!compare(claim, &window, &finding))
				continue;
			/* A wider quote must earn its width. */
			rank = finding.rank - 0.06 * (double)(width - 1);
			if (finding.lacks || (rank > contest->best && is_denied(claim, evidence, i, width))) {
				contest->against = rank > contest->against ? rank : contest->against;
				continue;
			}
			if (rank <= contest->best)
				continue;
			contest->best = rank;
			set_verdict(claim, &finding, out);
			out->passage = index;
			out->quote = (struct agent_span){evidence->sentences.list[i].start,
				evidence->sentences.list[i + width - 1].end};
		}
	}
}

/* ---- sentences that state nothing ---- */

/* "The passages do not say": about the documents, not from them. */
static bool
says_nothing(const struct agent_slice *claim)
{
	/* Stems. */
	static const char topics[] = "passag passage document text context source information answer "
								 "question i dokument dokumente dokumenten quelle auszuge kontext "
								 "abschnitt informationen angaben";
	static const char sayings[] =
		"say mention contain provid specify specifi stat includ answer find "
		"found know known given giv list address discuss indicat explain possible able enthalt "
		"enthalten sagt sagen steht erwahnt nennt genannt weiss bekannt hervor beantwortet";
	static const char at_the_end[] = "mention specifi stat indicat known erwahnt genannt bekannt";
	size_t topic = SIZE_MAX, denial = SIZE_MAX;

	for (size_t i = 0; i < claim->n; i++) {
		const char *stem = claim->words[i].stem;

		if (bh_text_has_word(topics, stem)) {
			topic = i;
			/* "no further information", "keine Angaben" */
			if (denial != SIZE_MAX && denial + 2 >= i &&
				bh_text_has_word("no kein keine keinen", claim->words[denial].stem))
				return true;
		}
		if (claim->words[i].negates || strcmp(stem, "unable") == 0)
			denial = i;
		if (denial != SIZE_MAX && topic != SIZE_MAX && denial + DENIAL_REACH >= i &&
			topic + DENIAL_REACH >= denial && bh_text_has_word(sayings, stem))
			return true;
		if (denial != SIZE_MAX && denial + 2 >= i && i + 1 == claim->n &&
			bh_text_has_word(at_the_end, stem))
			return true;
		/* German verbs come first: "sagen dazu nichts". */
		if (topic != SIZE_MAX && i <= topic + DENIAL_REACH && i + 1 == claim->n &&
			bh_text_has_word("nicht nichts", stem))
			return true;
	}
	return false;
}

/* A question claims nothing, and small models like to repeat it. */
static bool
is_question(const char *sentence, size_t len)
{
	while (len > 0 && (strchr("\"')]*_", sentence[len - 1]) != NULL))
		len--;
	if (len > 3 && memcmp(sentence + len - 3, "\xe2\x80\x9d", 3) == 0)
		len -= 3;
	return len > 0 && sentence[len - 1] == '?';
}

/* A question that a repetition of its words answers: "Is …?", "A or B?". */
static bool
is_closed_question(const struct agent_slice *question)
{
	static const char asking[] =
		"who whom whose what which when where why how wer wen wem wessen was "
		"welche welcher welches welchen wann wo wohin woher warum wieso weshalb wie";
	static const char opening[] =
		"is are was were do doe does did has have had can could may might must "
		"shall should will would am ist sind war waren hat haben hatte kann konnen darf durfen "
		"muss "
		"mussen soll wird werden gibt";

	for (size_t i = 0; i < question->n; i++) {
		if (bh_text_has_word("or oder", question->words[i].stem))
			return true;
	}
	for (size_t i = 0; i < question->n; i++) {
		if (bh_text_has_word(asking, question->words[i].stem))
			return false;
	}
	return question->n > 0 && bh_text_has_word(opening, question->words[0].stem);
}

/* Whether the claim says no more than one of the questions asked. What else the person wrote may well be
 * the answer: a quotation to be checked. */
static bool
repeats(struct bh_arena *arena, const struct claim *claim, const char *question)
{
	struct agent_spans spans = {0};

	if (question != NULL)
		agent_words_sentences(arena, question, strlen(question), &spans);
	for (size_t i = 0; i < spans.n; i++) {
		const char *text = question + spans.list[i].start;
		size_t len = spans.list[i].end - spans.list[i].start;
		struct agent_words words;
		struct agent_slice asked;

		if (!is_question(text, len))
			continue;
		agent_words_split(arena, text, len, &words);
		asked = (struct agent_slice){words.list, words.n};
		if (shares(claim, &asked) == claim->n && !is_closed_question(&asked) &&
			!agent_contrast_negation(&claim->words, &asked))
			return true;
	}
	return false;
}

void
agent_support_judge(struct bh_arena *arena, const struct agent_evidence *evidence, size_t n,
	const char *question, const char *sentence, size_t len, struct agent_support *out)
{
	struct agent_support support = {0};
	struct claim claim;
	struct contest contest = {0};

	*out = support;
	if (is_question(sentence, len))
		return;
	read_claim(arena, sentence, len, &claim);
	if (claim.n == 0 || claim.words.n < WORDS_MIN || says_nothing(&claim.words) ||
		repeats(arena, &claim, question))
		return;
	for (size_t i = 0; i < n; i++)
		judge_passage(&claim, &evidence[i], i, &contest, &support);
	/* What comes closest says otherwise. */
	if (contest.against > contest.best)
		return;
	*out = support;
}

double
agent_support_cosine(const float *a, const float *b, size_t n)
{
	double dot = 0, aa = 0, bb = 0;

	for (size_t i = 0; i < n; i++) {
		dot += (double)a[i] * (double)b[i];
		aa += (double)a[i] * (double)a[i];
		bb += (double)b[i] * (double)b[i];
	}
	return aa > 0 && bb > 0 ? dot / sqrt(aa * bb) : 0;
}
