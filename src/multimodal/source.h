/* SPDX-License-Identifier: Apache-2.0 */
/* source.h: the bytes of one picture that a request brings or names: in a form, as a data URL, as a file of the tenant, or
 * at an address, which is read by http/fetch.h. Nothing of it is looked at here. */
#ifndef BH_MULTIMODAL_SOURCE_H
#define BH_MULTIMODAL_SOURCE_H

#include <stdbool.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"

struct bh_json;
struct bh_multipart;
struct bh_request;

/* As it stands in a body: one of both, the other NULL. Text is the request's. */
struct multimodal_reference {
	const char *file_id;
	const char *image_url; /* "data:…;base64,…" or "https://…" */
};

/* Reads the object that the request has at `at`, and nothing that it names. BH_E_TYPE, BH_E_INVALID, and what bh_fields_read
 * tells. */
BH_MUST_CHECK int multimodal_reference_parse(struct bh_request *req, const struct bh_json *value,
	const char *at, struct multimodal_reference *out);
/* That it names one picture; errors name `at`. */
BH_MUST_CHECK int multimodal_reference_check(const struct multimodal_reference *reference,
	const char *at);
/* The member that names it, below `at` where that is not "". */
const char *multimodal_reference_param(struct bh_request *req,
	const struct multimodal_reference *reference, const char *at);

/* Zeroed: none. */
struct multimodal_source {
	int fd; /* owned: a file without a name; 0: none */
	int64_t bytes;
	struct bh_uuid file; /* of the tenant; zero: it was not named by a file's id */
};
void multimodal_source_close(struct multimodal_source *source);

/* `until_ms`, of the steady clock, ends a fetch. What is read counts in the tenant's share of the disk until the request is
 * over. Errors name `at`: BH_E_INVALID, BH_E_FORBIDDEN (a file's id without the scope files:read), BH_E_NOT_FOUND (also for
 * another tenant's file), BH_E_IMAGE, BH_E_IMAGE_TOO_LARGE, BH_E_URL_REFUSED, BH_E_URL_FAILED; and BH_E_BUSY, BH_E_NO_ROOM,
 * BH_E_GONE, BH_E_CANCELLED, BH_E_UNAVAILABLE. */
BH_MUST_CHECK int multimodal_source_read(struct bh_request *req,
	const struct multimodal_reference *reference, const char *at, int64_t until_ms,
	struct multimodal_source *out);

/* The part of a form at which the reader stands; the request's bytes on disk were counted already. */
BH_MUST_CHECK int multimodal_source_form(struct bh_request *req, struct bh_multipart *form,
	const char *param, struct multimodal_source *out);

#endif
