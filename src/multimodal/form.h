/* SPDX-License-Identifier: Apache-2.0 */
/* form.h: the form of a transcription or a translation, whose recording goes to a file. */
#ifndef BH_MULTIMODAL_FORM_H
#define BH_MULTIMODAL_FORM_H

#include <stdbool.h>
#include <stdint.h>

#include "multimodal/transcript.h"

struct bh_request;

/* Texts lie in the request's arena. */
struct multimodal_form {
	const char *model, *language, *prompt; /* NULL: not sent */
	const char *store;    /* the vector store that the transcript goes to; NULL: none */
	const char *filename; /* of the recording */
	double temperature;
	enum multimodal_transcript_format format;
	struct multimodal_granularity wanted;
	bool translates, streams;
	int fd;        /* owned: the recording; -1: none */
	int64_t bytes; /* of it */
};

/* Reads the request's body. Errors name the field. */
BH_MUST_CHECK int multimodal_form_read(struct bh_request *req, bool translates,
	struct multimodal_form *out);
/* Safe on one of which nothing was read, whose fd is -1. */
void multimodal_form_close(struct multimodal_form *form);

#endif
