/* SPDX-License-Identifier: Apache-2.0 */
/* encode.h: a file that rag keeps, as base64, piece by piece. */
#ifndef BH_MULTIMODAL_ENCODE_H
#define BH_MULTIMODAL_ENCODE_H

#include <stddef.h>

#include "base/buf.h"
#include "base/macros.h"
#include "base/uuid.h"
#include "http/client.h"

struct bh_peer;

/* Zeroed means none. */
struct multimodal_encoder {
	struct bh_http_reply reply; /* owned */
	unsigned char rest[3];      /* bytes that do not make a group of four yet */
	size_t n_rest;
	bool over;
};

BH_MUST_CHECK int multimodal_encoder_open(const struct bh_peer *peer, const struct bh_uuid *file,
	struct multimodal_encoder *out);
/* Adds some; *out_over: that was all. */
BH_MUST_CHECK int multimodal_encoder_next(struct multimodal_encoder *encoder, struct bh_buf *out,
	bool *out_over);
void multimodal_encoder_close(struct multimodal_encoder *encoder);

#endif
