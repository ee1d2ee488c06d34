/* SPDX-License-Identifier: Apache-2.0 */
/* link.h: addresses under which a picture can be read for a while without a credential: whoever has one was given it. */
#ifndef BH_MULTIMODAL_LINK_H
#define BH_MULTIMODAL_LINK_H

#include "base/buf.h"

struct bh_request;
struct multimodal_image;

/* Adds the picture's address as a JSON string. */
void multimodal_link_write(struct bh_request *req, const struct multimodal_image *image,
	struct bh_buf *out);

/* GET /v1/images/links/{link}. A link that is over, malformed or of a picture that was deleted answers alike: 404. */
int multimodal_http_link_get(struct bh_request *req);

#endif
