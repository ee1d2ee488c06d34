/* SPDX-License-Identifier: Apache-2.0 */
/* stem.c: the only file that knows libstemmer. */
#include "text/stem.h"

#include <libstemmer.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct bh_stemmer
bh_stemmer_open(enum bh_language language)
{
	static const char *const names[BH_LANGUAGES] = {"english", "german", "french", "spanish",
		"italian", "portuguese", "dutch", "swedish", "danish", "finnish", "romanian", "hungarian",
		"turkish", "russian", "greek", "arabic", "hindi"};
	struct bh_stemmer stemmer = {sb_stemmer_new(names[language], "UTF_8")};

	/* The heap is exhausted, as in base/arena.c: these languages are part of every libstemmer. */
	if (stemmer.snowball == NULL) {
		fprintf(stderr, "bulkhead: there is no stemmer for %s\n", names[language]);
		abort();
	}
	return stemmer;
}

const char *
bh_stemmer_stem(const struct bh_stemmer *stemmer, const char *word)
{
	const sb_symbol *stem = sb_stemmer_stem(stemmer->snowball, (const sb_symbol *)word,
		(int)strlen(word));

	return stem != NULL ? (const char *)stem : word;
}

void
bh_stemmer_close(struct bh_stemmer *stemmer)
{
	if (stemmer->snowball != NULL)
		sb_stemmer_delete(stemmer->snowball);
	stemmer->snowball = NULL;
}
