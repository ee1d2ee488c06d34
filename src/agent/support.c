/* support.c: compares a sentence with windows of neighbouring sentences of each passage. */
#include "agent/support.h"

#include <math.h>
#include <string.h>
#include <strings.h>

#include "base/macros.h"

enum {
	WINDOW_MAX = 3,       /* neighbouring sentences that may support one together */
	CONTENT_MIN = 2,      /* words and numbers below which a sentence says too little */
	NEGATION_REACH = 3,   /* words between a "not" and what it negates */
	LEAD_IN_MAX = 10      /* words of "According to the document, " */
};

static const double surely = 0.75, perhaps = 0.5;

/* What a sentence says: its distinct content words and numbers. */
struct claim {
	struct agent_words words;        /* all, in order */
	const struct agent_word **said;  /* distinct content */
	size_t n, numbers, names;
};

/* A run of words of a passage. */
struct window {
	const struct agent_word *words;
	size_t n;
};

/* What one comparison found. */
struct finding {
	double coverage, rank;
};

void
agent_support_prepare(struct bh_arena *arena, const char *text, size_t len,
	struct agent_evidence *out)
{
	struct agent_evidence evidence = {.text = text, .len = len};

	agent_words_split(arena, text, len, &evidence.words);
	agent_words_sentences(arena, text, len, &evidence.sentences);
	*out = evidence;
}

static bool
is_content(const struct agent_word *word)
{
	return word->number || (!word->common && word->stem[0] != '\0');
}

/* "The passage states that …", "According to the document, …": who says it is no part of what is
 * said. Returns how many words to pass over. */
static size_t
lead_in(const struct agent_words *words, const char *text)
{
	static const char *const sources[] = {"passag", "passage", "document", "text", "context", "handbook"};
	bool named = false;

	for (size_t i = 0; i < words->n && i < LEAD_IN_MAX; i++) {
		const struct agent_word *word = &words->list[i];

		for (size_t j = 0; j < BH_COUNT(sources); j++)
			named = named || strcmp(word->stem, sources[j]) == 0;
		if (named && (strcmp(word->stem, "that") == 0 || text[word->at.end] == ',' ||
			text[word->at.end] == ':'))
			return i + 1;
	}
	return 0;
}

static void
read_claim(struct bh_arena *arena, const char *text, size_t len, struct claim *out)
{
	struct claim claim = {0};
	size_t skipped;

	agent_words_split(arena, text, len, &claim.words);
	skipped = lead_in(&claim.words, bh_arena_copy(arena, text, len));
	claim.words.list += skipped;
	claim.words.n -= skipped;
	claim.said = bh_arena_array(arena, claim.words.n + 1, sizeof(*claim.said));
	for (size_t i = 0; i < claim.words.n; i++) {
		const struct agent_word *word = &claim.words.list[i];
		bool seen = !is_content(word);

		for (size_t j = 0; !seen && j < claim.n; j++)
			seen = strcmp(claim.said[j]->stem, word->stem) == 0;
		if (seen)
			continue;
		claim.said[claim.n++] = word;
		claim.numbers += word->number;
		claim.names += word->name;
	}
	*out = claim;
}

static bool
holds(const struct window *window, const char *stem)
{
	for (size_t i = 0; i < window->n; i++) {
		if (strcmp(window->words[i].stem, stem) == 0)
			return true;
	}
	return false;
}

/* Whether the word at `at` has a "not" shortly before it. */
static bool
is_negated(const struct agent_word *words, size_t at)
{
	size_t reach = 0;

	for (size_t i = at; i-- > 0 && reach < NEGATION_REACH; reach++) {
		if (words[i].negates)
			return true;
		if (is_content(&words[i]))
			return false;
	}
	return false;
}

/* How much of the claim a window holds, in words. */
static size_t
shares(const struct claim *claim, const struct window *window)
{
	size_t found = 0;

	for (size_t i = 0; i < claim->n; i++)
		found += holds(window, claim->said[i]->stem);
	return found;
}

/* True when a content word that both have is negated in one of them only, wherever it occurs. */
static bool
contradicts(const struct claim *claim, const struct window *window)
{
	for (size_t i = 0; i < claim->words.n; i++) {
		const struct agent_word *word = &claim->words.list[i];
		bool here = is_negated(claim->words.list, i);
		bool found = false, agrees = false;

		if (!is_content(word))
			continue;
		for (size_t j = 0; j < window->n && !agrees; j++) {
			if (strcmp(window->words[j].stem, word->stem) != 0)
				continue;
			found = true;
			agrees = is_negated(window->words, j) == here;
		}
		if (found && !agrees)
			return true;
	}
	return false;
}

/* Pairs of words that follow each other in both: tells a copied sentence from one that is only about
 * the same matter. */
static double
pairs_shared(const struct claim *claim, const struct window *window)
{
	size_t shared = 0;

	if (claim->words.n < 2)
		return 0;
	for (size_t i = 0; i + 1 < claim->words.n; i++) {
		for (size_t j = 0; j + 1 < window->n; j++) {
			if (strcmp(claim->words.list[i].stem, window->words[j].stem) == 0 &&
				strcmp(claim->words.list[i + 1].stem, window->words[j + 1].stem) == 0) {
				shared++;
				break;
			}
		}
	}
	return (double)shared / (double)(claim->words.n - 1);
}

/* False when the window cannot support the claim at all. */
static bool
compare(const struct claim *claim, const struct window *window, struct finding *out)
{
	/* In German and in headings capitals are no sign of a name. */
	bool names_tell = claim->names * 2 < claim->n + 1;
	size_t found = 0;

	for (size_t i = 0; i < claim->n; i++) {
		const struct agent_word *word = claim->said[i];

		if (holds(window, word->stem))
			found++;
		else if (word->number || (word->name && names_tell))
			return false;
	}
	out->coverage = (double)found / (double)claim->n;
	if (found < CONTENT_MIN || out->coverage < perhaps)
		return false;
	out->rank = out->coverage + 0.2 * pairs_shared(claim, window);
	return true;
}

static struct window
window_of(const struct agent_evidence *evidence, const struct agent_span *span)
{
	const struct agent_words *words = &evidence->words;
	size_t from = 0, to;

	while (from < words->n && words->list[from].at.start < span->start)
		from++;
	for (to = from; to < words->n && words->list[to].at.end <= span->end; to++)
		continue;
	return (struct window){words->list + from, to - from};
}

/* Whether one of the sentences, taken by itself, says the opposite of the claim. */
static bool
is_denied(const struct claim *claim, const struct agent_evidence *evidence, size_t first,
	size_t width)
{
	for (size_t i = first; i < first + width; i++) {
		const struct window window = window_of(evidence, &evidence->sentences.list[i]);

		if (shares(claim, &window) >= CONTENT_MIN && contradicts(claim, &window))
			return true;
	}
	return false;
}

static void
judge_passage(const struct claim *claim, const struct agent_evidence *evidence, size_t index,
	double *best, struct agent_support *out)
{
	for (size_t i = 0; i < evidence->sentences.n; i++) {
		for (size_t width = 1; width <= WINDOW_MAX && i + width <= evidence->sentences.n; width++) {
			const struct agent_span span = {evidence->sentences.list[i].start,
				evidence->sentences.list[i + width - 1].end};
			const struct window window = window_of(evidence, &span);
			struct finding finding;
			double rank;

			if (!compare(claim, &window, &finding))
				continue;
			/* A wider quote must earn its width. */
			rank = finding.rank - 0.06 * (double)(width - 1);
			if (rank <= *best || is_denied(claim, evidence, i, width))
				continue;
			*best = rank;
			out->verdict = finding.coverage >= surely ? AGENT_SUPPORTED : AGENT_DOUBTFUL;
			out->passage = index;
			out->quote = span;
			out->coverage = finding.coverage;
		}
	}
}

/* "The passages do not say": about the documents, not from them. */
static bool
says_nothing(const char *text, size_t len)
{
	static const char *const denials[] = {
		"not say", "not mention", "not contain", "not provide", "not specif", "not state",
		"not include", "not answer", "not found", "no information", "no mention", "not know",
		"n't know", "n't say", "n't mention", "n't contain", "n't provide", "n't specif", "unable to",
		"cannot answer", "cannot be answered", "cannot find",
	};
	static const char *const topics[] = {
		"passage", "document", "context", "the text", "source", "information", "i ", "i'",
	};
	char lower[512];
	bool denies = false, about = false;
	size_t n = len < sizeof(lower) - 1 ? len : sizeof(lower) - 1;

	for (size_t i = 0; i < n; i++)
		lower[i] = (char)(text[i] >= 'A' && text[i] <= 'Z' ? text[i] + 32 : text[i]);
	lower[n] = '\0';
	for (size_t i = 0; i < BH_COUNT(denials); i++)
		denies = denies || strstr(lower, denials[i]) != NULL;
	for (size_t i = 0; i < BH_COUNT(topics); i++)
		about = about || strstr(lower, topics[i]) != NULL;
	return denies && about;
}

void
agent_support_judge(struct bh_arena *arena, const struct agent_evidence *evidence, size_t n,
	const char *sentence, size_t len, struct agent_support *out)
{
	struct agent_support support = {0};
	struct claim claim;
	double best = 0;

	*out = support;
	/* A question claims nothing, and small models like to repeat it. */
	if (says_nothing(sentence, len) || (len > 0 && sentence[len - 1] == '?'))
		return;
	read_claim(arena, sentence, len, &claim);
	if (claim.n < CONTENT_MIN)
		return;
	for (size_t i = 0; i < n; i++)
		judge_passage(&claim, &evidence[i], i, &best, &support);
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
