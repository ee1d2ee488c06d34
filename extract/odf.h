/* SPDX-License-Identifier: Apache-2.0 */
/* odf.h: the XML of OpenDocument files: texts, spreadsheets and presentations, packed or flat. */
#ifndef EXTRACT_ODF_H
#define EXTRACT_ODF_H

#include <stdbool.h>
#include <stddef.h>

#include "buffer.h"
#include "reader.h"
#include "xml.h"

struct extract_package;
struct extract_sink;

enum {
	EXTRACT_ODF_STYLES_MAX = 65536,
	EXTRACT_ODF_LEVELS = 10, /* of lists */
};

struct extract_odf_style {
	char *name;        /* owned */
	char *parent;      /* owned: "" if it has none */
	char family;       /* p(aragraph), t(ext), (ta)b(le), d(rawing page), l(ist), o(ther) */
	bool hidden;       /* what has this style is not shown */
	unsigned numbered; /* lists: a bit for each level that counts */
};

/* The styles of a document. Zeroed means none. */
struct extract_odf_styles {
	struct extract_odf_style *list; /* owned: by name and family, once closed for reading */
	size_t count;
};

/* What of a document's body is read. */
enum extract_odf_body {
	EXTRACT_ODF_TEXT,
	EXTRACT_ODF_SHEETS,
	EXTRACT_ODF_SLIDES,
};

/* Adds the styles in an XML part. EXTRACT_E_DAMAGED, EXTRACT_E_BOMB for entities,
 * EXTRACT_E_TOO_LARGE; what was added stays and is closed by the caller. */
EXTRACT_MUST_CHECK int extract_odf_styles_add(struct extract_odf_styles *styles, const char *xml,
	size_t len);

/* Puts them in the order in which they are found; call it after the last addition. */
void extract_odf_styles_sort(struct extract_odf_styles *styles);

/* The style, or one that says nothing. */
const struct extract_odf_style *extract_odf_styles_find(const struct extract_odf_styles *styles,
	char family, const char *name);

/* True if the style, or one it is based on, hides what has it. */
bool extract_odf_is_hidden(const struct extract_odf_styles *styles, char family, const char *name);

/* True if the style is the one of titles, or based on it. */
bool extract_odf_is_title(const struct extract_odf_styles *styles, const char *name);

void extract_odf_styles_close(struct extract_odf_styles *styles);

/* Appends text as OpenDocument means it: runs of white space are one blank. */
void extract_odf_add_text(struct extract_buffer *out, const char *text);

/* Appends the blanks, tabs and line ends that are elements. True if it was one. */
bool extract_odf_add_space(struct extract_buffer *out, xmlTextReader *xml);

/* True for what stands in the text but is not part of it: changes, comments, pronunciation. */
bool extract_odf_is_skipped(xmlTextReader *xml);

/* Read the body in content.xml and write its blocks; pages is the number of slides. The package holds the
 * formulas; NULL without one. */
EXTRACT_MUST_CHECK int extract_odf_text(const char *xml, size_t len,
	const struct extract_odf_styles *styles, int pages, const struct extract_package *package,
	struct extract_sink *sink);
EXTRACT_MUST_CHECK int extract_odf_sheets(const char *xml, size_t len,
	const struct extract_odf_styles *styles, struct extract_sink *sink);

/* Reads the parts of a package: the document line and the blocks. */
EXTRACT_MUST_CHECK int extract_odf_read(const struct extract_package *package,
	struct extract_sink *sink);

/* True for a document that is one XML file. */
bool extract_odf_is_flat(const struct extract_input *input);
extract_reader extract_odf_flat_read;

#endif
