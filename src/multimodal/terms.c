/* SPDX-License-Identifier: Apache-2.0 */
/* terms.c: the words of src/text, each with its tenant, hashed. */
#include "multimodal/terms.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "multimodal/store_picture.h"
#include "sec/digest.h"
#include "text/terms.h"

static int64_t
number_of(const struct bh_uuid *tenant, const char *word)
{
	unsigned char bytes[sizeof(tenant->bytes) + BH_TERM_BYTES_MAX];
	size_t len = strnlen(word, BH_TERM_BYTES_MAX);
	struct bh_digest digest;
	int64_t number;

	memcpy(bytes, tenant->bytes, sizeof(tenant->bytes));
	memcpy(bytes + sizeof(tenant->bytes), word, len);
	bh_digest_sha256(bytes, sizeof(tenant->bytes) + len, &digest);
	memcpy(&number, digest.bytes, sizeof(number));
	return number;
}

static int
by_number(const void *left, const void *right)
{
	int64_t a = *(const int64_t *)left, b = *(const int64_t *)right;

	return a < b ? -1 : a > b;
}

/* Sorts them and leaves each once. */
static size_t
unique(int64_t *numbers, size_t n)
{
	size_t left = 0;

	qsort(numbers, n, sizeof(*numbers), by_number);
	for (size_t i = 0; i < n; i++)
		if (left == 0 || numbers[left - 1] != numbers[i])
			numbers[left++] = numbers[i];
	return left;
}

/* Numbers as they come, of which each is left once when there is no more room. */
struct numbers {
	int64_t *list;
	size_t n;
	bool full; /* there are more words than are kept */
};

static void
put(struct numbers *numbers, int64_t number)
{
	numbers->list[numbers->n++] = number;
	if (numbers->n < 2 * MULTIMODAL_TERMS_MAX)
		return;
	/* Half of the room or more is free again, or that is enough: no text can make this happen often. */
	numbers->n = unique(numbers->list, numbers->n);
	numbers->full = numbers->n > MULTIMODAL_TERMS_MAX;
}

static int
put_text(struct numbers *numbers, const struct bh_uuid *tenant, const char *text)
{
	BH_AUTO(bh_arena_close) struct bh_arena words = {0};
	struct bh_terms terms;
	int rc = bh_terms_split(&words, text, strlen(text), &terms);

	for (size_t i = 0; rc == 0 && i < terms.n && !numbers->full; i++)
		put(numbers, number_of(tenant, terms.list[i].text));
	return rc;
}

int
multimodal_terms_of(struct bh_arena *arena, const struct bh_uuid *tenant, const char *const *texts,
	size_t n_texts, const int64_t **out, size_t *out_n)
{
	struct numbers numbers = {0};
	int rc = 0;

	numbers.list = bh_arena_array(arena, 2 * MULTIMODAL_TERMS_MAX, sizeof(*numbers.list));
	for (size_t i = 0; rc == 0 && i < n_texts && !numbers.full; i++)
		if (texts[i] != NULL)
			rc = put_text(&numbers, tenant, texts[i]);
	if (rc < 0)
		return rc;
	numbers.n = unique(numbers.list, numbers.n);
	*out = numbers.list;
	*out_n = numbers.n < MULTIMODAL_TERMS_MAX ? numbers.n : MULTIMODAL_TERMS_MAX;
	return 0;
}

static bool
has_content(const struct bh_terms *terms)
{
	for (size_t i = 0; i < terms->n; i++)
		if (!terms->list[i].common)
			return true;
	return false;
}

int
multimodal_terms_of_query(struct bh_arena *arena, const struct bh_uuid *tenant, const char *query,
	struct multimodal_wanted_terms *out)
{
	int64_t *numbers = bh_arena_array(arena, MULTIMODAL_TERMS_QUERY_MAX, sizeof(*numbers));
	int64_t *groups = bh_arena_array(arena, MULTIMODAL_TERMS_QUERY_MAX, sizeof(*groups));
	struct bh_terms terms;
	size_t n = 0, n_groups = 0, group = 0;
	bool content;
	int rc = bh_terms_split(arena, query, strlen(query), &terms);

	if (rc < 0)
		return rc;
	content = has_content(&terms);
	for (size_t i = 0; i < terms.n && n < MULTIMODAL_TERMS_QUERY_MAX; i++) {
		const struct bh_term *term = &terms.list[i];

		if (content && term->common)
			continue;
		if (n_groups == 0 || term->group != group)
			n_groups++;
		group = term->group;
		numbers[n] = number_of(tenant, term->text);
		groups[n++] = (int64_t)n_groups;
	}
	*out = (struct multimodal_wanted_terms){
		.terms = numbers,
		.groups = groups,
		.n = n,
		.n_groups = n_groups,
		.each = MULTIMODAL_TERMS_ROWS_MAX / (n > 0 ? (int64_t)n : 1),
	};
	return 0;
}
