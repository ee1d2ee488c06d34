/* SPDX-License-Identifier: Apache-2.0 */
/* relations.h: what a part of an Office Open XML file refers to: ids and the parts they stand for. */
#ifndef EXTRACT_RELATIONS_H
#define EXTRACT_RELATIONS_H

#include <stddef.h>

#include "buffer.h"

struct extract_package;

enum { EXTRACT_RELATIONS_MAX = 20000 };

struct extract_relation {
	char *id;   /* owned */
	char *type; /* owned: the last name of the type's URI, as in "notesSlide" */
	char *path; /* owned: of the part */
};

/* Zeroed means none. */
struct extract_relations {
	struct extract_relation *list; /* owned */
	size_t count;
};

/* Reads the relations of the part; one without relations has none. References out of the file are
 * left out. EXTRACT_E_DAMAGED, EXTRACT_E_BOMB for entities, EXTRACT_E_TOO_LARGE. */
EXTRACT_MUST_CHECK int extract_relations_open(struct extract_relations *out,
	const struct extract_package *package, const char *part);

/* The path of the part that an id stands for, if it is of this type; NULL if there is none. */
const char *extract_relations_find(const struct extract_relations *relations, const char *id,
	const char *type);

/* The path of a part of this type, from *at on, which moves behind it; NULL if there is no more. */
const char *extract_relations_next(const struct extract_relations *relations, const char *type,
	size_t *at);

void extract_relations_close(struct extract_relations *relations);

#endif
