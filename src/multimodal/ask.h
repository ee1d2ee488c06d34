/* SPDX-License-Identifier: Apache-2.0 */
/* ask.h: pictures from the model service, one after the other (src/model/http_images.c says how they come). */
#ifndef BH_MULTIMODAL_ASK_H
#define BH_MULTIMODAL_ASK_H

#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "db/db.h"
#include "http/client.h"

struct bh_peer;
struct bh_spool;
struct multimodal_spec;

struct multimodal_wanted {
	const struct multimodal_spec *spec;
	int64_t done, left;
	const struct bh_uuid *job; /* whose inputs are sent along */
	struct bh_spool *spool; /* counts what is on disk meanwhile; outlives the call and its pieces */
	int64_t wait_ms;        /* for room there */
};

/* A call under way. Zeroed means none. */
struct multimodal_ask {
	struct bh_http_reply reply;             /* owned */
	struct bh_buf read;                     /* owned: bytes not taken yet */
	const struct multimodal_wanted *wanted; /* borrowed */
	const struct bh_peer *peer;             /* borrowed */
	const char *model;                      /* the peer's arena's */
	bool test_backend;
};

/* A picture, or one that is not whole yet. */
struct multimodal_piece {
	int64_t index;              /* from 0, of those asked for */
	int64_t partial;            /* from 1; 0: whole */
	int fd;                     /* owned: its bytes, as the model answered them; 0: none */
	const char *revised_prompt; /* NULL: none; owned by `arena`; cut to the length of a prompt */
	struct bh_arena arena;      /* owned */
	struct bh_spool *spool;     /* borrowed: where its bytes on disk are counted; NULL: nowhere */
	int64_t spooled;            /* those, and what it may become when it is written anew */
};
void multimodal_piece_close(struct multimodal_piece *piece);

/* Asks, up to the head of the answer. Errors of bh_peer_open and bh_spool_take, and what the model service refuses. */
BH_MUST_CHECK int multimodal_ask_open(const struct bh_peer *peer, struct bh_db *db,
	const struct multimodal_wanted *wanted, struct multimodal_ask *out);
/* BH_E_EMPTY: that was the last one. */
BH_MUST_CHECK int multimodal_ask_next(struct multimodal_ask *ask, struct multimodal_piece *out);
/* Hangs up, if there is more to come. */
void multimodal_ask_close(struct multimodal_ask *ask);

/* Bytes that base64 text stands for, in a file without a name, the caller's to close. BH_E_INVALID: it is none. */
BH_MUST_CHECK int multimodal_ask_decode(const char *base64, size_t len, const char *spool_dir,
	int *out_fd);

#endif
