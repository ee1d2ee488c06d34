/* SPDX-License-Identifier: Apache-2.0 */
/* routes.c: the one route table of the multimodal service. */
#include "multimodal/http.h"
#include "multimodal/multimodal.h"

#define QUICK_MS 15000

/* clang-format off */
const struct bh_route multimodal_routes[] = {
	/* method  path                    scope           limits       audit                     body         ms        handler                           flags */
	{"POST",   "/v1/images/variations", "images:write", "inference", "image.variation.create", 5 * BH_MIB,  QUICK_MS, multimodal_http_variation_create, BH_ROUTE_UNBUFFERED, .admit = multimodal_http_variation_admit},
	{0},
};
/* clang-format on */
