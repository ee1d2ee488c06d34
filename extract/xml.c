/* SPDX-License-Identifier: Apache-2.0 */
/* xml.c: see the header. */
#include "xml.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "sink.h"

/* No part of an office file has a document type: one that does wants entities expanded or other
 * files read. libxml2 reports it only once it has read it, so it is looked for first. */
static bool
has_document_type(const char *xml, size_t len)
{
	static const char wide[] = "<\0!\0D\0O\0C\0T\0Y\0P\0E";

	return memmem(xml, len, "<!DOCTYPE", 9) != NULL ||
		memmem(xml, len, wide, sizeof(wide) - 1) != NULL;
}

int
extract_xml_open(const char *xml, size_t len, xmlTextReader **out)
{
	if (len > INT32_MAX || xml == NULL)
		return EXTRACT_E_DAMAGED;
	if (has_document_type(xml, len))
		return EXTRACT_E_BOMB;
	*out = xmlReaderForMemory(xml, (int)len, NULL, NULL,
		XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT);
	return *out == NULL ? EXTRACT_E_DAMAGED : 1;
}

void
extract_xml_close(xmlTextReader *xml)
{
	if (xml != NULL)
		xmlFreeTextReader(xml);
}

int
extract_xml_next(xmlTextReader *xml)
{
	int rc = xmlTextReaderRead(xml);

	if (rc < 0)
		return EXTRACT_E_DAMAGED;
	if (rc == 1 &&
		(xmlTextReaderNodeType(xml) == XML_READER_TYPE_DOCUMENT_TYPE ||
			xmlTextReaderNodeType(xml) == XML_READER_TYPE_ENTITY_REFERENCE))
		return EXTRACT_E_BOMB;
	return rc;
}

bool
extract_xml_is(xmlTextReader *xml, const char *name)
{
	const xmlChar *local = xmlTextReaderConstLocalName(xml);

	return local != NULL && strcmp((const char *)local, name) == 0;
}

bool
extract_xml_begins(xmlTextReader *xml)
{
	return xmlTextReaderNodeType(xml) == XML_READER_TYPE_ELEMENT;
}

bool
extract_xml_ends(xmlTextReader *xml)
{
	return xmlTextReaderNodeType(xml) == XML_READER_TYPE_END_ELEMENT;
}

bool
extract_xml_is_empty(xmlTextReader *xml)
{
	return xmlTextReaderIsEmptyElement(xml) == 1;
}

const char *
extract_xml_text(xmlTextReader *xml)
{
	switch (xmlTextReaderNodeType(xml)) {
	case XML_READER_TYPE_TEXT:
	case XML_READER_TYPE_CDATA:
	case XML_READER_TYPE_SIGNIFICANT_WHITESPACE:
	case XML_READER_TYPE_WHITESPACE:
		return (const char *)xmlTextReaderConstValue(xml);
	default:
		return NULL;
	}
}

const char *
extract_xml_attribute(xmlTextReader *xml, const char *name)
{
	const char *value = "";

	for (int more = xmlTextReaderMoveToFirstAttribute(xml); more == 1;
		 more = xmlTextReaderMoveToNextAttribute(xml)) {
		if (extract_xml_is(xml, name)) {
			const xmlChar *found = xmlTextReaderConstValue(xml);

			value = found == NULL ? "" : (const char *)found;
			break;
		}
	}
	xmlTextReaderMoveToElement(xml);
	return value;
}

long
extract_xml_number(xmlTextReader *xml, const char *name, long most, long otherwise)
{
	const char *value = extract_xml_attribute(xml, name);
	char *end;
	long number = strtol(value, &end, 10);

	return end == value || number < 0 || number > most ? otherwise : number;
}

bool
extract_xml_flag(xmlTextReader *xml, const char *name)
{
	const char *value = extract_xml_attribute(xml, name);

	return strcmp(value, "1") == 0 || strcmp(value, "true") == 0 || strcmp(value, "on") == 0;
}

const char *
extract_xml_relation(xmlTextReader *xml)
{
	static const char ending[] = "/relationships";
	const char *value = "";

	for (int more = xmlTextReaderMoveToFirstAttribute(xml); more == 1;
		 more = xmlTextReaderMoveToNextAttribute(xml)) {
		const char *space = (const char *)xmlTextReaderConstNamespaceUri(xml);
		size_t len = space == NULL ? 0 : strlen(space);

		if (len >= sizeof(ending) && strcmp(space + len - (sizeof(ending) - 1), ending) == 0 &&
			extract_xml_is(xml, "id")) {
			const xmlChar *found = xmlTextReaderConstValue(xml);

			value = found == NULL ? "" : (const char *)found;
			break;
		}
	}
	xmlTextReaderMoveToElement(xml);
	return value;
}

int
extract_xml_skip(xmlTextReader *xml)
{
	int depth = xmlTextReaderDepth(xml), rc = 1;

	if (xmlTextReaderIsEmptyElement(xml) == 1)
		return 1;
	while ((rc = extract_xml_next(xml)) == 1)
		if (xmlTextReaderDepth(xml) <= depth)
			break;
	return rc;
}
