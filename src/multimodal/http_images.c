/* SPDX-License-Identifier: Apache-2.0 */
/* http_images.c: POST /v1/images/generations: pictures from words. */
#include "multimodal/create.h"
#include "multimodal/http.h"
#include "service/request.h"

int
multimodal_http_generation_create(struct bh_request *req)
{
	struct multimodal_spec spec;
	const struct multimodal_new wanted = {.kind = "generation", .spec = &spec};
	struct bh_uuid earlier;
	int rc;

	multimodal_spec_init(&spec);
	rc = bh_request_object(req, &multimodal_generation_shape, &spec);
	if (rc == 0)
		rc = multimodal_spec_finish(req, &spec);
	if (rc < 0)
		return bh_reply_error(req, rc, NULL);
	if (bh_request_repeats(req, &earlier))
		return multimodal_create_again(req, &earlier, &spec);
	return multimodal_create(req, &wanted);
}
