/* SPDX-License-Identifier: Apache-2.0 */
/* multimodal.h: what the files of the multimodal service share: its state and settings. */
#ifndef BH_MULTIMODAL_MULTIMODAL_H
#define BH_MULTIMODAL_MULTIMODAL_H

#include <stdint.h>

#include "service/service.h"

struct bh_runtime;

/* The service's state. */
struct multimodal {
	struct bh_runtime *runtime; /* borrowed */
};

extern const struct bh_route multimodal_routes[];
extern const struct bh_service multimodal_service;

#endif
