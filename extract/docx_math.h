/* SPDX-License-Identifier: Apache-2.0 */
/* docx_math.h: formulas of Word documents as a line of text: (a+b)/2, x^2, √(x). */
#ifndef EXTRACT_DOCX_MATH_H
#define EXTRACT_DOCX_MATH_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "xml.h"

enum { EXTRACT_DOCX_MATH_DEPTH_MAX = 32 };

/* The parts of the formula that we are in. Zeroed means none. */
struct extract_docx_math {
	struct {
		size_t start; /* in the text */
		char close[8];
	} parts[EXTRACT_DOCX_MATH_DEPTH_MAX];
	int depth; /* may be larger than the list: deeper parts have no brackets */
	int rows;  /* of matrices, that we are in */
};

/* True for an element of a formula. */
bool extract_docx_math_is(xmlTextReader *xml);

/* Writes what stands before and behind an element of a formula; its letters are the caller's to add. */
void extract_docx_math_enter(struct extract_docx_math *math, xmlTextReader *xml,
	struct extract_buffer *text);
void extract_docx_math_leave(struct extract_docx_math *math, xmlTextReader *xml,
	struct extract_buffer *text);

#endif
