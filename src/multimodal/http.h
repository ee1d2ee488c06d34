/* SPDX-License-Identifier: Apache-2.0 */
/* http.h: the handlers of the multimodal service; see routes.c for who may call them. */
#ifndef BH_MULTIMODAL_HTTP_H
#define BH_MULTIMODAL_HTTP_H

#include <stdint.h>

#include "base/macros.h"

struct bh_request;
struct bh_shape;

/* http_images.c */
int multimodal_http_generation_create(struct bh_request *req);
/* http_edits.c */
int multimodal_http_edit_create(struct bh_request *req);
/* http_jobs.c */
int multimodal_http_job_list(struct bh_request *req);
int multimodal_http_job_get(struct bh_request *req);
int multimodal_http_job_events(struct bh_request *req);
int multimodal_http_job_cancel(struct bh_request *req);

/* http_variations.c: refused at its head, so that no picture is sent for nothing. */
BH_MUST_CHECK int multimodal_http_variation_admit(struct bh_request *req, int64_t *body_bytes,
	int *over);
int multimodal_http_variation_create(struct bh_request *req);

/* http_transcriptions.c */
int multimodal_http_transcription_create(struct bh_request *req);
int multimodal_http_translation_create(struct bh_request *req);

/* http_analyses.c */
int multimodal_http_analysis_create(struct bh_request *req);
/* http_pictures.c */
int multimodal_http_picture_list(struct bh_request *req);
int multimodal_http_picture_get(struct bh_request *req);
int multimodal_http_picture_update(struct bh_request *req);
int multimodal_http_picture_delete(struct bh_request *req);
int multimodal_http_picture_search(struct bh_request *req);
extern const struct bh_shape multimodal_picture_update_shape, multimodal_picture_deleted_shape,
	multimodal_picture_search_shape;

/* http_speech.c */
int multimodal_http_speech_create(struct bh_request *req);
extern const struct bh_shape multimodal_speech_create;
extern const struct bh_shape multimodal_job_shape;

#endif
