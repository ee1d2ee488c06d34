/* SPDX-License-Identifier: Apache-2.0 */
/* picture.h: the pictures of a chat request. Whatever a client names (bytes in the request, a file, a URL) is read by
 * bulkhead-picture in its sandbox. A model that takes pictures gets what that has written anew, any other one what can be
 * said of them in words. Nothing of a picture is decoded in this process. */
#ifndef BH_MODEL_PICTURE_H
#define BH_MODEL_PICTURE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "json/json.h"
#include "picture/said.h"

struct bh_request;
struct model_entry;

/* One picture, as the model gets it. */
struct model_picture {
	struct bh_buf text; /* owned: a data URL, or words */
	const char *detail; /* "low" or "high", as asked for; NULL: neither */
};

/* Those of a request, in their order. Zeroed: none. */
struct model_pictures {
	struct model_picture *list; /* the request's arena */
	size_t n;
	bool in_words;  /* the model takes none */
	int64_t tokens; /* what they take of the prompt, about */
};

/* The object of a content part that is a picture; NULL: it is none. */
const struct bh_json *model_picture_part(const struct bh_json *part);

/* Reads the `n` pictures of checked messages for the model, within its tenant's turns. Errors name the picture's field: BH_E_IMAGE,
 * BH_E_IMAGE_FORMAT, BH_E_IMAGE_TOO_LARGE, BH_E_NOT_FOUND (also for another tenant's file), BH_E_URL_REFUSED,
 * BH_E_URL_FAILED, BH_E_FORBIDDEN, BH_E_INVALID; and BH_E_BUSY, BH_E_GONE, BH_E_CANCELLED, BH_E_UNAVAILABLE,
 * BH_E_NO_ROOM. *out is closed by the caller whatever comes of it. */
BH_MUST_CHECK int model_pictures_take(struct bh_request *req, const struct model_entry *entry,
	const struct bh_json *messages, size_t n, struct model_pictures *out);

/* The same for those among the parts that are the request's field of that name. */
BH_MUST_CHECK int model_pictures_take_parts(struct bh_request *req, const struct model_entry *entry,
	const struct bh_json *parts, const char *field, size_t n, struct model_pictures *out);

/* Safe on zeroed ones, and twice. */
void model_pictures_close(struct model_pictures *pictures);

/* ---- picture_source.c: where its bytes come from ---- */

/* The bytes of what `url` names, in a file without a name that the caller closes. `until_ms`: of the steady clock. */
BH_MUST_CHECK int model_picture_source(struct bh_request *req, const char *url, size_t len,
	const char *param, int64_t until_ms, int *out_fd);

/* The bytes of "data:…;base64,…", whose media type says nothing. BH_E_INVALID. */
BH_MUST_CHECK int model_picture_data(const char *url, size_t len, struct bh_buf *out);

/* ---- picture_words.c ---- */

/* What was found in a picture, for a model that cannot see it; at most about `most` bytes. has_text: text was looked
 * for. */
void model_picture_words(const struct bh_picture_said *said, bool has_text, size_t most,
	struct bh_buf *out);

#endif
