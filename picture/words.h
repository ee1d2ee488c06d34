/* SPDX-License-Identifier: Apache-2.0 */
/* words.h: the words in a picture.
 *
 * Two programs are made of this folder. bulkhead-picture-ocr has words.c, which needs tesseract and what the document
 * reader makes of it; bulkhead-picture, which starts for every picture, has words_elsewhere.c in its place. */
#ifndef PICTURE_WORDS_H
#define PICTURE_WORDS_H

#include "answer.h"
#include "raster.h"

struct picture_words;

/* Loads tesseract and its languages before the sandbox forbids opening files. NULL, with a sentence in message, if a
 * language is missing; the caller closes it. */
struct picture_words *picture_words_open(const char *languages, char *message, size_t size);
void picture_words_close(struct picture_words *words);

/* The lines of them, in pixels of the raster, which is the picture as it is seen. PICTURE_E_SETUP in the program that has
 * no tesseract, which must not come that far. */
PICTURE_MUST_CHECK int picture_put_words(struct picture_answer *answer, struct picture_words *words,
	const struct picture_raster *raster);

#endif
