/* SPDX-License-Identifier: Apache-2.0 */
/* format.h: which reader a document is for, by its content first and its name second. */
#ifndef EXTRACT_FORMAT_H
#define EXTRACT_FORMAT_H

#include "reader.h"

/* Finds the reader. EXTRACT_E_EMPTY, EXTRACT_E_DAMAGED if the content is not what the name says,
 * EXTRACT_E_ENCRYPTED, or EXTRACT_E_UNSUPPORTED, with a sentence in the sink. */
EXTRACT_MUST_CHECK int extract_format_find(const struct extract_input *input,
	struct extract_sink *sink, extract_reader **out);

#endif
