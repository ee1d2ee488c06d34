/* SPDX-License-Identifier: Apache-2.0 */
/* spec.h: what pictures are asked for: read from a request, kept with its job, sent to the model. */
#ifndef BH_MULTIMODAL_SPEC_H
#define BH_MULTIMODAL_SPEC_H

#include <stdbool.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "json/fields.h"

struct bh_request;
struct bh_uuid;

struct multimodal_own {
	bool detached;
	int64_t seed;
};

/* Text is the request's, or static. */
struct multimodal_spec {
	const char *model, *prompt;
	const char *size;    /* "1024x1024" */
	const char *quality; /* as sent, "medium" for auto */
	const char *background, *output_format, *moderation, *input_fidelity, *response_format;
	int64_t n, compression, partials;
	bool stream;
	struct multimodal_own own; /* member "bulkhead" of the request */
	/* Of edits as JSON. */
	const struct bh_json *images, *mask;
	const char *removed; /* names of what was taken out of the prompt; "" */
};

/* The body of POST /v1/images/generations, and that of edits as JSON. */
extern const struct bh_shape multimodal_generation_shape, multimodal_edit_shape;

/* What holds before anything was said. */
void multimodal_spec_init(struct multimodal_spec *spec);

/* A field of a form. BH_E_UNKNOWN_FIELD, and what a body in JSON would be refused for. */
BH_MUST_CHECK int multimodal_spec_field(struct bh_request *req, const char *name, const char *value,
	struct multimodal_spec *spec);

/* Checks what fields alone do not tell, fills in what was left to us, and cleans the prompt. */
BH_MUST_CHECK int multimodal_spec_finish(struct bh_request *req, struct multimodal_spec *spec);

/* As JSON, to be kept. */
void multimodal_spec_write(const struct multimodal_spec *spec, struct bh_buf *out);
/* From there; text is the document's. */
BH_MUST_CHECK int multimodal_spec_read(const struct bh_json *kept, struct multimodal_spec *out);

/* Of the size that is asked for; 0: it is left to the model. */
int64_t multimodal_spec_pixels(const struct multimodal_spec *spec);

/* For the model service: the next `n` pictures of the job, of which `done` are there. */
void multimodal_spec_ask(const struct multimodal_spec *spec, const struct bh_uuid *job,
	int64_t done, int64_t n, struct bh_buf *out);

#endif
