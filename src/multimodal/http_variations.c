/* SPDX-License-Identifier: Apache-2.0 */
/* http_variations.c: POST /v1/images/variations, which no model behind the Images API offers any more. */
#include "base/error.h"
#include "multimodal/http.h"
#include "service/request.h"

static int
none(void)
{
	return bh_error(BH_E_NOT_FOUND,
		"Variations of images are not offered. Send the image to /v1/images/edits with a prompt "
		"that says what to vary.");
}

int
multimodal_http_variation_admit(struct bh_request *req, int64_t *body_bytes, int *over)
{
	(void)req;
	(void)body_bytes;
	(void)over;
	return none();
}

int
multimodal_http_variation_create(struct bh_request *req)
{
	return bh_reply_error(req, none(), NULL);
}
