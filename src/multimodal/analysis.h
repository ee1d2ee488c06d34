/* SPDX-License-Identifier: Apache-2.0 */
/* analysis.h: what can be said of a picture without a model, as a client asks for it and as it is told. */
#ifndef BH_MULTIMODAL_ANALYSIS_H
#define BH_MULTIMODAL_ANALYSIS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/macros.h"
#include "base/uuid.h"
#include "json/fields.h"
#include "multimodal/album.h"
#include "multimodal/source.h"
#include "picture/said.h"

struct bh_picture_run;
struct bh_request;

/* What is looked for; a bit each, in the order of MULTIMODAL_ANALYSIS_WORDS. */
enum multimodal_look {
	MULTIMODAL_EXIF = 1,
	MULTIMODAL_PLACE = 2,
	MULTIMODAL_COLOURS = 4,
	MULTIMODAL_HASHES = 8,
	MULTIMODAL_NEAR = 16,
	MULTIMODAL_BLUR = 32,
	MULTIMODAL_CODES = 64,
	MULTIMODAL_WORDS = 128,
	MULTIMODAL_LAYOUT = 256,
	MULTIMODAL_LABELS = 512, /* of this and what follows there is no model */
	MULTIMODAL_FACES = 1024,
	MULTIMODAL_SAFETY = 2048
};
#define MULTIMODAL_ANALYSIS_WORDS \
	"exif place colours hashes near blur codes words layout labels faces safety"

/* A request. Text is the request's. */
struct multimodal_analysis_ask {
	struct multimodal_reference image;
	const struct bh_json *include; /* of JSON */
	unsigned looks;                /* 0: include was not sent */
	bool store;
	const char *alt; /* NULL: none */
};
extern const struct bh_shape multimodal_analysis_create_shape;

/* A word of include. BH_E_INVALID names it. */
BH_MUST_CHECK int multimodal_analysis_look(const char *word, unsigned *looks);
/* Checks what fields alone do not tell, and fills in what was left to us: everything but the place. */
BH_MUST_CHECK int multimodal_analysis_finish(struct multimodal_analysis_ask *ask);

/* The answer. What it points to is the run's or in the request's arena. */
struct multimodal_analysis {
	unsigned looks;  /* what was looked for */
	unsigned absent; /* what nobody could look for */
	const struct bh_picture_said *said;
	const char *sha256;      /* of the bytes as they came */
	struct bh_uuid id, file; /* zero: not kept, not a file of the tenant */
	const char *alt;
	bool stored;
	struct multimodal_picture *near;
	size_t n_near;
};
extern const struct bh_shape multimodal_analysis_shape;

/* How it is seen: its sides after its orientation. */
void multimodal_analysis_sides(const struct bh_picture_head *head, int64_t *out_width,
	int64_t *out_height);

/* Runs the reader over the bytes. Where recognition of text or codes is not installed, what is left is done and told in
 * `absent`. to: as in struct bh_picture_order. *out_run is the caller's to close also after an error; it is what
 * analysis->said lies in. Errors of multimodal_picture_run; a refusal names `param`. */
BH_MUST_CHECK int multimodal_analysis_run(struct bh_request *req, int fd, const char *to,
	const char *param, struct multimodal_analysis *analysis, struct bh_picture_run **out_run);

/* Replies with it; returns 0. */
int multimodal_analysis_reply(struct bh_request *req, const struct multimodal_analysis *analysis);

#endif
