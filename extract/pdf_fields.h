/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_fields.h: what somebody filled into a page's form or wrote on it, which is no part of the page's own text. */
#ifndef EXTRACT_PDF_FIELDS_H
#define EXTRACT_PDF_FIELDS_H

#include <poppler.h>

#include "pdf_page.h"

/* Adds the values of fields and the text of free-text annotations where they are shown; what is hidden stays out, and
 * so do passwords. turn is how the page's text was turned back. */
void extract_pdf_fields_add(PopplerPage *page, enum extract_turn turn, struct extract_page *out);

#endif
