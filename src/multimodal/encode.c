/* SPDX-License-Identifier: Apache-2.0 */
/* encode.c: whole groups of three bytes, and what is left at the end. */
#include "multimodal/encode.h"

#include <string.h>

#include "base/error.h"
#include "multimodal/kept.h"
#include "sec/digest.h"

enum { PIECE_BYTES = 48 * 1024 };

int
multimodal_encoder_open(const struct bh_peer *peer, const struct bh_uuid *file,
	struct multimodal_encoder *out)
{
	return multimodal_kept_open(peer, file, &out->reply);
}

static void
encode(const unsigned char *bytes, size_t len, struct bh_buf *out)
{
	char *room = bh_buf_room(out, 4 * ((len + 2) / 3) + 1);

	out->len += bh_base64_encode(bytes, len, room);
}

int
multimodal_encoder_next(struct multimodal_encoder *encoder, struct bh_buf *out, bool *out_over)
{
	unsigned char bytes[sizeof(encoder->rest) + PIECE_BYTES];
	size_t len, whole;
	ssize_t n;

	memcpy(bytes, encoder->rest, encoder->n_rest);
	n = bh_http_reply_read(&encoder->reply, (char *)bytes + encoder->n_rest, PIECE_BYTES);
	if (n < 0)
		return (int)n;
	len = encoder->n_rest + (size_t)n;
	whole = n == 0 ? len : len / 3 * 3;
	encode(bytes, whole, out);
	encoder->n_rest = len - whole;
	memcpy(encoder->rest, bytes + whole, encoder->n_rest);
	*out_over = n == 0;
	return 0;
}

void
multimodal_encoder_close(struct multimodal_encoder *encoder)
{
	bh_http_reply_close(&encoder->reply);
	*encoder = (struct multimodal_encoder){0};
}
