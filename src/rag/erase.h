/* SPDX-License-Identifier: Apache-2.0 */
/* erase.h: what rag has of a tenant that is deleted, besides rows that go by themselves. */
#ifndef RAG_ERASE_H
#define RAG_ERASE_H

#include "base/macros.h"

struct bh_erase;

/* bh_service.erases: what rag_erase_run removes. */
extern const char *const rag_erase_tables[];

/* bh_service.erase: stopped readers, cached vectors, tables of stores' own vectors, the keys of its objects, objects of files and of
 * uploads' parts (the rows after their objects, so that none is forgotten), and objects that no row names. */
BH_MUST_CHECK int rag_erase_run(struct bh_erase *erase);

#endif
