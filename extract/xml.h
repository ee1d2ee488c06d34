/* SPDX-License-Identifier: Apache-2.0 */
/* xml.h: libxml2's pull reader as the parts of a Word document are read: no entities, no
 * other files. */
#ifndef EXTRACT_XML_H
#define EXTRACT_XML_H

#include <libxml/xmlreader.h>
#include <stdbool.h>
#include <stddef.h>

/* Returns 1, as if a node had been read, or a failure. */
int extract_xml_open(const char *xml, size_t len, xmlTextReader **out);

/* Moves to the next node: 1, 0 at the end, or a failure. */
int extract_xml_next(xmlTextReader *xml);

/* Moves behind the element we are at: 1, 0 at the end, or a failure. */
int extract_xml_skip(xmlTextReader *xml);

/* By the local name: prefixes are the document's choice. */
bool extract_xml_is(xmlTextReader *xml, const char *name);

/* The value of an attribute by its local name; "" if absent. Borrowed until the next node. */
const char *extract_xml_attribute(xmlTextReader *xml, const char *name);

/* Safe on NULL. */
void extract_xml_close(xmlTextReader *xml);

#endif
