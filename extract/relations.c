/* SPDX-License-Identifier: Apache-2.0 */
/* relations.c: see the header. */
#include "relations.h"

#include <stdbool.h>
#include <string.h>

#include "package.h"
#include "sink.h"
#include "xml.h"

static int
add(struct extract_relations *relations, const char *part, xmlTextReader *xml)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};
	const char *type = extract_xml_attribute(xml, "Type"), *slash = strrchr(type, '/');
	struct extract_relation *relation;

	if (strcmp(extract_xml_attribute(xml, "TargetMode"), "External") == 0)
		return 0;
	if (relations->count >= EXTRACT_RELATIONS_MAX)
		return EXTRACT_E_TOO_LARGE;
	extract_package_resolve(part, extract_xml_attribute(xml, "Target"), &path);
	relations->list = extract_memory_resize(relations->list, relations->count + 1,
		sizeof(*relations->list));
	relation = &relations->list[relations->count++];
	relation->id = extract_memory_copy(extract_xml_attribute(xml, "Id"));
	relation->type = extract_memory_copy(slash == NULL ? type : slash + 1);
	relation->path = extract_memory_copy(extract_buffer_string(&path));
	return 0;
}

/* "ppt/slides/slide1.xml" has its relations in "ppt/slides/_rels/slide1.xml.rels". */
static void
path_of(const char *part, struct extract_buffer *out)
{
	const char *slash = strrchr(part, '/');
	size_t folder = slash == NULL ? 0 : (size_t)(slash + 1 - part);

	extract_buffer_append(out, part, folder);
	extract_buffer_text(out, "_rels/");
	extract_buffer_text(out, part + folder);
	extract_buffer_text(out, ".rels");
}

int
extract_relations_open(struct extract_relations *out, const struct extract_package *package,
	const char *part)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer path = {0};
	struct extract_relations relations = {0};
	const struct extract_buffer *content;
	xmlTextReader *xml = NULL;
	int rc;

	path_of(part, &path);
	content = extract_package_part(package, extract_buffer_string(&path));
	*out = relations;
	if (content->len == 0)
		return 0;
	rc = extract_xml_open(content->data, content->len, &xml);
	while (rc == 1 && (rc = extract_xml_next(xml)) == 1)
		if (extract_xml_begins(xml) && extract_xml_is(xml, "Relationship") &&
			add(&relations, part, xml) < 0)
			rc = EXTRACT_E_TOO_LARGE;
	extract_xml_close(xml);
	if (rc < 0)
		extract_relations_close(&relations);
	else
		*out = relations;
	return rc;
}

const char *
extract_relations_find(const struct extract_relations *relations, const char *id, const char *type)
{
	for (size_t i = 0; i < relations->count; i++)
		if (strcmp(relations->list[i].id, id) == 0)
			return strcmp(relations->list[i].type, type) == 0 ? relations->list[i].path : NULL;
	return NULL;
}

const char *
extract_relations_next(const struct extract_relations *relations, const char *type, size_t *at)
{
	while (*at < relations->count) {
		const struct extract_relation *relation = &relations->list[(*at)++];

		if (strcmp(relation->type, type) == 0)
			return relation->path;
	}
	return NULL;
}

void
extract_relations_close(struct extract_relations *relations)
{
	for (size_t i = 0; i < relations->count; i++) {
		extract_memory_free(relations->list[i].id);
		extract_memory_free(relations->list[i].type);
		extract_memory_free(relations->list[i].path);
	}
	extract_memory_free(relations->list);
	*relations = (struct extract_relations){0};
}
