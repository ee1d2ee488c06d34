/* SPDX-License-Identifier: Apache-2.0 */
/* parked.h: the readers of documents whose turn is over, stopped until their job is claimed again.
 *
 * A small file can keep a reader busy for minutes, and what it has said is of no use before the end. When a
 * document of another tenant waits, the job of such a file gives its worker away and leaves its reader here.
 * A process that does not have the reader, or was started anew, begins from the start.
 *
 * A reader that is stopped has its memory all the same: their number and their memory are limited, and each
 * goes with its job, or when nobody has come for it for long. */
#ifndef RAG_PARKED_H
#define RAG_PARKED_H

#include <pthread.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"

struct rag_extraction;

#define RAG_PARKED_MOST 16
#define RAG_PARKED_OF_ONE 2  /* of a tenant: as many documents of it are under way */
#define RAG_PARKED_MS 600000 /* longest time that one is kept */
#define RAG_PARKED_SHARE 8   /* together they have at most this part of the machine's memory */
#define RAG_PARKED_SAID_MAX (512LL * BH_MIB) /* of this process, for what they have said */
#define RAG_PARKED_TEND_MS 1000

/* What belongs to a reader. */
struct rag_parked_name {
	struct bh_uuid tenant, job, attachment;
};

struct rag_parked_one {
	struct rag_parked_name name;
	struct rag_extraction *extraction; /* owned */
	int64_t since_ms;                  /* steady clock */
	int64_t bytes, said_bytes;
	int held; /* at how many looks in a row its job was in somebody's hands */
};

struct rag_parked {
	pthread_mutex_t lock;
	struct rag_parked_one all[RAG_PARKED_MOST]; /* the first n */
	size_t n;
	int64_t bytes_max;
};

/* Together the readers may have so much memory. */
struct rag_parked *rag_parked_new(int64_t bytes_max);

/* Ends all of them. Safe on NULL. */
void rag_parked_free(struct rag_parked *parked);

/* Takes over the extraction, which is paused. False: there is no room, and it stays the caller's. */
BH_MUST_CHECK bool rag_parked_put(struct rag_parked *parked, const struct rag_parked_name *name,
	struct rag_extraction *extraction, int64_t now_ms);

/* The extraction of this job, the caller's from now on; NULL: there is none that can go on. */
struct rag_extraction *rag_parked_take(struct rag_parked *parked, const struct bh_uuid *tenant,
	const struct bh_uuid *job);

/* Ends those of a tenant that is deleted, or (NULL) all of them, and says how many there were. */
size_t rag_parked_drop(struct rag_parked *parked, const struct bh_uuid *tenant);

/* Ends those whose job is over, is another process's or has been cancelled, whose file has gone, and those that
 * have been here for too long. Called every RAG_PARKED_TEND_MS. */
void rag_parked_tend(struct rag_parked *parked, struct bh_db_pool *pool, int64_t now_ms);

#endif
