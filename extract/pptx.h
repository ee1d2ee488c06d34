/* SPDX-License-Identifier: Apache-2.0 */
/* pptx.h: the XML inside a presentation, apart from the archive around it. */
#ifndef EXTRACT_PPTX_H
#define EXTRACT_PPTX_H

#include <stddef.h>

#include "buffer.h"

struct extract_package;
struct extract_sink;

/* What a part of a presentation is: which of its shapes are read. */
enum extract_slide_part {
	EXTRACT_SLIDE_TITLES, /* the slide's title alone, which comes first wherever it is drawn */
	EXTRACT_SLIDE_REST,
	EXTRACT_SLIDE_NOTES, /* the text below the slide's picture */
	EXTRACT_SLIDE_DIAGRAM,
	EXTRACT_SLIDE_CHART,
};

/* Reads the XML of a slide, of its notes or of a diagram and writes its blocks. */
EXTRACT_MUST_CHECK int extract_slide_read(const char *xml, size_t len, enum extract_slide_part part,
	int page, struct extract_sink *sink);

/* Reads the XML of a chart: its title, and what its series show. */
EXTRACT_MUST_CHECK int extract_chart_read(const char *xml, size_t len, int page,
	struct extract_sink *sink);

/* Reads a presentation's parts: its document line, and the slides that are shown with their notes.
 * A slide is a page. */
EXTRACT_MUST_CHECK int extract_pptx_read(const struct extract_package *package,
	struct extract_sink *sink);

#endif
