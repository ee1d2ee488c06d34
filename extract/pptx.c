/* SPDX-License-Identifier: Apache-2.0 */
/* pptx.c: a presentation: its slides in the order in which they are shown, each with its notes. */
#include "pptx.h"

#include <stdbool.h>
#include <string.h>

#include "docx.h"
#include "package.h"
#include "protocol.h"
#include "relations.h"
#include "sink.h"
#include "xml.h"

enum { SLIDES_MAX = 20000 };

#define is_named extract_xml_is

/* The paths of the slides, in order; borrowed from the relations. */
struct slides {
	const char **paths; /* owned */
	size_t count;
};

static void
slides_close(struct slides *slides)
{
	extract_memory_free(slides->paths);
	*slides = (struct slides){0};
}

static int
find_slides(const struct extract_buffer *presentation, const struct extract_relations *relations,
	struct slides *out)
{
	xmlTextReader *xml = NULL;
	int rc = extract_xml_open(presentation->data, presentation->len, &xml);

	while (rc == 1 && (rc = extract_xml_next(xml)) == 1) {
		const char *path;

		if (!extract_xml_begins(xml) || !is_named(xml, "sldId"))
			continue;
		path = extract_relations_find(relations, extract_xml_relation(xml), "slide");
		if (path == NULL)
			continue;
		if (out->count >= SLIDES_MAX) {
			rc = EXTRACT_E_TOO_LARGE;
			break;
		}
		out->paths = extract_memory_resize(out->paths, out->count + 1, sizeof(*out->paths));
		out->paths[out->count++] = path;
	}
	extract_xml_close(xml);
	return rc;
}

/* A slide's first element says whether it is left out when it is shown. */
static int
is_shown(const struct extract_buffer *slide, bool *out)
{
	xmlTextReader *xml = NULL;
	int rc = extract_xml_open(slide->data, slide->len, &xml);

	*out = true;
	while (rc == 1 && (rc = extract_xml_next(xml)) == 1)
		if (extract_xml_begins(xml)) {
			const char *show = extract_xml_attribute(xml, "show");

			*out = strcmp(show, "0") != 0 && strcmp(show, "false") != 0;
			rc = 0;
		}
	extract_xml_close(xml);
	return rc;
}

/* Reads what a slide refers to: its diagrams, charts or notes. */
static int
read_related(const struct extract_package *package, const struct extract_relations *relations,
	const char *type, enum extract_slide_part part, int page, struct extract_sink *sink)
{
	const char *path;
	size_t at = 0;
	int rc = 0;

	while (rc == 0 && (path = extract_relations_next(relations, type, &at)) != NULL) {
		const struct extract_buffer *content = extract_package_part(package, path);

		if (content->len > 0 && part == EXTRACT_SLIDE_CHART)
			rc = extract_chart_read(content->data, content->len, page, sink);
		else if (content->len > 0)
			rc = extract_slide_read(content->data, content->len, part, page, sink);
	}
	return rc;
}

static int
read_slide(const struct extract_package *package, const char *path, int page,
	struct extract_sink *sink)
{
	EXTRACT_AUTO(extract_relations_close) struct extract_relations relations = {0};
	const struct extract_buffer *slide = extract_package_part(package, path);
	bool shown;
	int rc = is_shown(slide, &shown);

	if (rc < 0 || !shown)
		return rc;
	rc = extract_slide_read(slide->data, slide->len, EXTRACT_SLIDE_TITLES, page, sink);
	if (rc == 0)
		rc = extract_slide_read(slide->data, slide->len, EXTRACT_SLIDE_REST, page, sink);
	if (rc == 0)
		rc = extract_relations_open(&relations, package, path);
	if (rc == 0)
		rc = read_related(package, &relations, "diagramData", EXTRACT_SLIDE_DIAGRAM, page, sink);
	if (rc == 0)
		rc = read_related(package, &relations, "chart", EXTRACT_SLIDE_CHART, page, sink);
	if (rc == 0)
		rc = read_related(package, &relations, "notesSlide", EXTRACT_SLIDE_NOTES, page, sink);
	return rc;
}

int
extract_pptx_read(const struct extract_package *package, struct extract_sink *sink)
{
	static const char path[] = "ppt/presentation.xml";
	EXTRACT_AUTO(extract_relations_close) struct extract_relations relations = {0};
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer title = {0};
	EXTRACT_AUTO(slides_close) struct slides slides = {0};
	const struct extract_buffer *core = extract_package_part(package, "docProps/core.xml");
	int rc = 0;

	if (core->len > 0)
		rc = extract_docx_title(core->data, core->len, &title);
	if (rc == 0)
		rc = extract_relations_open(&relations, package, path);
	if (rc == 0)
		rc = find_slides(extract_package_part(package, path), &relations, &slides);
	if (rc == 0)
		rc = extract_sink_document(sink, EXTRACT_FORMAT_PPTX, extract_buffer_string(&title),
			(int)slides.count);
	for (size_t i = 0; i < slides.count && rc == 0; i++) {
		rc = read_slide(package, slides.paths[i], (int)i + 1, sink);
		if (rc == 0)
			rc = extract_sink_progress(sink, (int)i + 1, (int)slides.count);
	}
	return rc;
}
