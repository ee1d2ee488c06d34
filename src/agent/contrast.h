/* contrast.h: whether a text that uses the words of another says something else with them. */
#ifndef AGENT_CONTRAST_H
#define AGENT_CONTRAST_H

#include <stdbool.h>
#include <stddef.h>

#include "agent/words.h"

/* A run of words, borrowed; its sentences and clauses are numbered (agent_contrast_clauses). */
struct agent_slice {
	const struct agent_word *words;
	size_t n;
};

/* Numbers the clauses: one holds a number at most where the text parts them, and words without one
 * belong to the next number of their sentence, else to the one before. */
void agent_contrast_clauses(struct agent_words *words);

/* A content word that both have is negated in one of them only, wherever it occurs. */
bool agent_contrast_negation(const struct agent_slice *claim, const struct agent_slice *source);

/* "Before" stands in one, "after" in the other. */
bool agent_contrast_opposites(const struct agent_slice *claim, const struct agent_slice *source);

/* A number or name of the claim is said in the source of something else: of the words around it in the
 * claim, more belong to another number or name there. `source` lies within `passage`. */
bool agent_contrast_bindings(const struct agent_slice *claim, const struct agent_slice *source,
	const struct agent_slice *passage);

/* Names, or numbers of one unit, that stand in another order in one sentence of the source, where the
 * order tells something. */
bool agent_contrast_order(const struct agent_slice *claim, const struct agent_slice *source);

#endif
