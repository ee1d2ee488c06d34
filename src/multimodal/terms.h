/* SPDX-License-Identifier: Apache-2.0 */
/* terms.h: words as numbers by which a tenant's pictures are found. A number is made of the tenant and the word, so that
 * the same word is another number for each tenant, and a look-up by a word of one finds nothing of another. */
#ifndef BH_MULTIMODAL_TERMS_H
#define BH_MULTIMODAL_TERMS_H

#include <stddef.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/macros.h"
#include "base/uuid.h"

struct multimodal_wanted_terms;

#define MULTIMODAL_TERMS_MAX 1024     /* of a picture; words beyond are not found */
#define MULTIMODAL_TERMS_QUERY_MAX 64 /* of a query; words beyond are not looked for */
/* Rows of picture_term that a query may read: for each of five terms all pictures of a gallery of 100,000, for each of more the
 * newest. */
#define MULTIMODAL_TERMS_ROWS_MAX 500000

/* The terms of a picture's texts (NULL: none), ascending and each once; in the arena. Errors of bh_terms_split. */
BH_MUST_CHECK int multimodal_terms_of(struct bh_arena *arena, const struct bh_uuid *tenant,
	const char *const *texts, size_t n_texts, const int64_t **out, size_t *out_n);

/* Those of a query: n 0 where it has no words. Function words count only where there are no others. */
BH_MUST_CHECK int multimodal_terms_of_query(struct bh_arena *arena, const struct bh_uuid *tenant,
	const char *query, struct multimodal_wanted_terms *out);

#endif
