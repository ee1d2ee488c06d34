/* SPDX-License-Identifier: Apache-2.0 */
/* testing_labelled.h: judges the sentences of bench/cite/labelled.txt, which says how it is written. For tests
 * and benches only. */
#ifndef BH_CITE_TESTING_LABELLED_H
#define BH_CITE_TESTING_LABELLED_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cite/support.h"

enum { LABELLED_PASSAGES_MAX = 4 };

/* Text in the arena of the list. */
struct labelled {
	const char *language, *why, *sentence;
	bool supported;            /* as people see it */
	struct bh_support support; /* as it is judged */
	const char *quote;
};

/* What the lines read so far of a block say. */
struct labelled_block {
	const char *language, *question;
	const char *passages[LABELLED_PASSAGES_MAX];
	size_t n;
};

static inline void
labelled_judge(struct bh_arena *arena, const struct labelled_block *block, struct labelled *each)
{
	struct bh_evidence evidence[LABELLED_PASSAGES_MAX];
	const struct bh_span *quote = &each->support.quote;

	for (size_t i = 0; i < block->n; i++)
		bh_support_prepare(arena, block->passages[i], strlen(block->passages[i]), &evidence[i]);
	bh_support_judge(arena, evidence, block->n, block->question, each->sentence,
		strlen(each->sentence), &each->support);
	each->quote = bh_arena_copy(arena, block->passages[each->support.passage] + quote->start,
		quote->end - quote->start);
}

/* Takes one line in; true when it was a sentence, which is judged then. */
static inline bool
labelled_line(struct bh_arena *arena, struct labelled_block *block, char *line,
	struct labelled *out)
{
	const char *text = line[0] != '\0' && line[1] == ' ' ? line + 2 : "";
	char *colon;

	if (line[0] == '@')
		*block = (struct labelled_block){.language = bh_arena_strdup(arena, text)};
	else if (line[0] == '?')
		block->question = bh_arena_strdup(arena, text);
	else if (line[0] == '>' && block->n < LABELLED_PASSAGES_MAX)
		block->passages[block->n++] = bh_arena_strdup(arena, text);
	else if (line[0] == '|' && block->n > 0)
		block->passages[block->n - 1] = bh_arena_printf(arena, "%s\n%s",
			block->passages[block->n - 1], text);
	colon = strstr(line, ": ");
	if ((line[0] != '+' && line[0] != '-') || block->n == 0 || colon == NULL)
		return false;
	*out = (struct labelled){.language = block->language,
		.why = bh_arena_copy(arena, text, (size_t)(colon - text)),
		.sentence = bh_arena_strdup(arena, colon + 2),
		.supported = line[0] == '+'};
	labelled_judge(arena, block, out);
	return true;
}

/* Reads and judges all sentences; exits when the file cannot be read. */
static inline struct labelled *
labelled_read(struct bh_arena *arena, const char *path, size_t *out_n)
{
	FILE *file = fopen(path, "re");
	struct labelled_block block = {0};
	struct labelled *list = NULL, each;
	char *line = NULL;
	size_t size = 0, n = 0, room = 0;

	if (file == NULL) {
		perror(path);
		exit(1);
	}
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		if (!labelled_line(arena, &block, line, &each))
			continue;
		if (n == room) {
			struct labelled *more = bh_arena_array(arena, 2 * n + 64, sizeof(*more));

			if (n > 0)
				memcpy(more, list, n * sizeof(*more));
			list = more;
			room = 2 * n + 64;
		}
		list[n++] = each;
	}
	free(line);
	(void)fclose(file);
	*out_n = n;
	return list;
}

#endif
