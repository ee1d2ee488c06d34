/* SPDX-License-Identifier: Apache-2.0 */
/* source.h: where a picture of a JSON edit comes from: the request itself, a file of the tenant, or a URL. */
#ifndef BH_MULTIMODAL_SOURCE_H
#define BH_MULTIMODAL_SOURCE_H

#include <stdint.h>

#include "base/macros.h"

struct bh_json;
struct bh_request;

/* {"file_id"} or {"image_url"}: one of both, the other NULL. Text is the request's. */
struct multimodal_source {
	const char *file_id;
	const char *image_url; /* "data:…;base64,…" or "https://…" */
};

/* Reads the object that the request has at `at`, and nothing that it names. BH_E_TYPE, BH_E_INVALID, and what bh_fields_read
 * tells. */
BH_MUST_CHECK int multimodal_source_parse(struct bh_request *req, const struct bh_json *value,
	const char *at, struct multimodal_source *out);

/* The picture's bytes, in a file without a name that is the caller's to close; they count in the tenant's share of the disk
 * until the request is over. `until_ms`, of the steady clock, ends a fetch. Errors name `at`: BH_E_NOT_FOUND (also for another
 * tenant's file), BH_E_FORBIDDEN, BH_E_IMAGE, BH_E_IMAGE_TOO_LARGE, BH_E_INVALID, BH_E_URL_REFUSED, BH_E_URL_FAILED; and
 * BH_E_BUSY, BH_E_GONE, BH_E_CANCELLED, BH_E_UNAVAILABLE, BH_E_NO_ROOM. */
BH_MUST_CHECK int multimodal_source_read(struct bh_request *req,
	const struct multimodal_source *source, const char *at, int64_t until_ms, int *out_fd);

#endif
