/* SPDX-License-Identifier: Apache-2.0 */
/* xml.h: libxml2's pull reader as the parts of office files and books are read: no entities, no
 * other files. */
#ifndef EXTRACT_XML_H
#define EXTRACT_XML_H

#include <libxml/xmlreader.h>
#include <stdbool.h>
#include <stddef.h>

/* Returns 1, as if a node had been read, or a failure. EXTRACT_E_BOMB for a document type. */
int extract_xml_open(const char *xml, size_t len, xmlTextReader **out);

/* Moves to the next node: 1, 0 at the end, or a failure. */
int extract_xml_next(xmlTextReader *xml);

/* Moves behind the element we are at: 1, 0 at the end, or a failure. */
int extract_xml_skip(xmlTextReader *xml);

/* By the local name: prefixes are the document's choice. */
bool extract_xml_is(xmlTextReader *xml, const char *name);

/* True at the begin or the end of an element; and at one that is both. */
bool extract_xml_begins(xmlTextReader *xml);
bool extract_xml_ends(xmlTextReader *xml);
bool extract_xml_is_empty(xmlTextReader *xml);

/* The characters of a text node, white space included; NULL at any other node. Borrowed until the
 * next node. */
const char *extract_xml_text(xmlTextReader *xml);

/* The value of an attribute by its local name; "" if absent. Borrowed until the next node. */
const char *extract_xml_attribute(xmlTextReader *xml, const char *name);

/* An attribute as a number, or otherwise if it is absent, no number or not from 0 to most. */
long extract_xml_number(xmlTextReader *xml, const char *name, long most, long otherwise);

/* "1", "true" and "on" are true. */
bool extract_xml_flag(xmlTextReader *xml, const char *name);

/* The attribute r:id, which names a relation of the part; an id without its namespace is another. */
const char *extract_xml_relation(xmlTextReader *xml);

/* Safe on NULL. */
void extract_xml_close(xmlTextReader *xml);

#endif
