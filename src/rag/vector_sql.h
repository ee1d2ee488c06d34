/* SPDX-License-Identifier: Apache-2.0 */
/* vector_sql.h: which literal belongs to which dimensions: one table each, so one text each. */
#ifndef RAG_VECTOR_SQL_H
#define RAG_VECTOR_SQL_H

#include <stddef.h>
#include <stdint.h>

#define RAG_VECTOR_TABLES 4

/* Four literals from a macro that takes the dimensions as text. */
#define RAG_VECTOR_SQL(text) \
	{ \
		text("384"), text("768"), text("1024"), text("1536") \
	}

/* The same for the tables below which large stores have one of their own. */
#define RAG_VECTOR_SQL_OWN(text) \
	{ \
		text("384_own"), text("768_own"), text("1024_own"), text("1536_own") \
	}

/* The dimensions of each. */
static const int64_t rag_vector_dimensions[RAG_VECTOR_TABLES] = {384, 768, 1024, 1536};

/* Which of the four; -1 for dimensions without a table. */
static inline int
rag_vector_table(int64_t dimensions)
{
	for (int i = 0; i < RAG_VECTOR_TABLES; i++)
		if (rag_vector_dimensions[i] == dimensions)
			return i;
	return -1;
}

#endif
