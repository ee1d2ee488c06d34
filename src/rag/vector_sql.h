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

/* The same for the tables in which large tenants have a partition of their own. */
#define RAG_VECTOR_SQL_OWN(text) \
	{ \
		text("384_own"), text("768_own"), text("1024_own"), text("1536_own") \
	}

/* Which of the four; -1 for dimensions without a table. */
static inline int
rag_vector_table(int64_t dimensions)
{
	switch (dimensions) {
	case 384:
		return 0;
	case 768:
		return 1;
	case 1024:
		return 2;
	case 1536:
		return 3;
	default:
		return -1;
	}
}

#endif
