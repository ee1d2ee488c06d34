/* SPDX-License-Identifier: Apache-2.0 */
/* image.h: pictures of an image model, one after the other, whoever makes them.
 *
 * A backend is a row of drivers: it begins a picture, and tells of it until it is whole. Each picture is a call of
 * its own at the upstream, so that it is passed on, and counted, as soon as it is there, and no more than one is held
 * in memory. */
#ifndef BH_MODEL_IMAGE_H
#define BH_MODEL_IMAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "base/macros.h"
#include "http/client.h"
#include "http/sse.h"
#include "model/model.h"

struct bh_json;
struct bh_multipart;
struct bh_picture_run;
struct bh_request;

enum { MODEL_IMAGE_INPUTS_MOST = 16, MODEL_IMAGE_MOST = 10, MODEL_IMAGE_PARTIALS_MOST = 3 };

/* Of a prompt for our own engine, whose stack a longer one may overflow: that would end it for everybody. As PROMPT_BYTES_MAX
 * of scripts/image_runner.py. */
enum { MODEL_IMAGE_PROMPT_BYTES_MOST = 8000 };

/* What is wanted. Text is the arena's, or static; "" where nothing was said. */
struct model_image {
	const char *model, *prompt;
	const char *size; /* "1024x1024" */
	const char *quality, *background, *output_format, *moderation, *input_fidelity;
	int64_t n, compression, partials, seed;
	struct bh_uuid
		job;       /* whose pictures are charged once, however often they are made; zero: none */
	int64_t first; /* the first one's place in it */
	int inputs[MODEL_IMAGE_INPUTS_MOST]; /* owned: pictures to be edited */
	size_t n_inputs;
	int mask; /* owned; 0: none */
};

/* Reads the body of POST /internal/v1/images: JSON or, with pictures, a form of one part `spec`, which is that JSON,
 * and parts `image` and `mask`. *out is to be closed also when this fails. */
BH_MUST_CHECK int model_image_read(struct bh_request *req, struct model_image *out);
void model_image_close(struct model_image *image);

/* A picture, or one that is not whole yet. Borrowed until the next call. */
struct model_image_piece {
	int64_t partial; /* from 1; 0: whole */
	const char *base64;
	const char *revised_prompt; /* NULL: none */
	bool is_test;
};

struct model_image_maker;

/* How a backend makes pictures. */
struct model_image_driver {
	/* Starts one. With `req` a refusal by the upstream sets its headers; NULL: they are gone. */
	int (*begin)(struct model_image_maker *maker, struct bh_request *req);
	/* The next piece of it; BH_E_EMPTY: it ended without a picture. */
	int (*next)(struct model_image_maker *maker, struct model_image_piece *out);
	void (*end)(struct model_image_maker *maker); /* safe if none was started */
};

extern const struct model_image_driver model_image_upstream, model_image_test;

/* The backend of a model. */
const struct model_image_driver *model_image_driver_of(const struct model_entry *entry);

/* One picture in the making. Zeroed but for the first members is ready. */
struct model_image_maker {
	struct model *model;             /* borrowed */
	const struct model_entry *entry; /* borrowed */
	const struct model_image *want;  /* borrowed */
	int client_fd;
	int64_t index; /* of the picture */
	/* The upstream's. */
	struct bh_http_reply reply; /* owned */
	bool is_stream, is_over, sent, refused;
	int64_t partials;        /* of the picture that were passed on, or left out */
	struct bh_sse sse;       /* owned */
	struct bh_buf read;      /* owned: bytes not taken yet */
	struct bh_json_doc *doc; /* owned: of the last piece */
	/* The backend for tests'. */
	struct bh_picture_run *run; /* owned */
	struct bh_buf base64;       /* owned */
};

#endif
