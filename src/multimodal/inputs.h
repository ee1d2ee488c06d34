/* SPDX-License-Identifier: Apache-2.0 */
/* inputs.h: pictures that a request brings to be edited: received, written anew, kept as files for a day. */
#ifndef BH_MULTIMODAL_INPUTS_H
#define BH_MULTIMODAL_INPUTS_H

#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "multimodal/multimodal.h"
#include "multimodal/source.h"
#include "multimodal/store.h"

struct bh_json;
struct bh_request;
struct multimodal_spec;

/* As they came. Zeroed: none. */
struct multimodal_inputs {
	struct multimodal_source pictures[MULTIMODAL_INPUTS_MAX];
	size_t n;
	struct multimodal_source mask;
};
void multimodal_inputs_close(struct multimodal_inputs *inputs);

/* From a form: its pictures, and its other fields into *spec. */
BH_MUST_CHECK int multimodal_inputs_form(struct bh_request *req, struct multimodal_inputs *inputs,
	struct multimodal_spec *spec);
/* From the members images and mask of a JSON body (source.h). */
BH_MUST_CHECK int multimodal_inputs_json(struct bh_request *req, const struct multimodal_spec *spec,
	struct multimodal_inputs *inputs);

/* Checks and writes them anew, then keeps them: rows for the job, in the arena. What the client is told names the field:
 * image, image[2], mask. */
BH_MUST_CHECK int multimodal_inputs_keep(struct bh_request *req,
	const struct multimodal_inputs *inputs, struct multimodal_input **out, size_t *out_n);

#endif
