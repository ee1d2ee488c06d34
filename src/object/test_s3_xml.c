/* SPDX-License-Identifier: Apache-2.0 */
/* test_s3_xml.c: the XML that stores answer with, and what is refused of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "object/s3_xml.h"

/* "parent/name=value;" for each element in the order of their ends; NULL: refused. */
static const char *
read_all(const char *text, size_t len)
{
	static char out[4096];
	struct s3_xml xml = {.text = text, .len = len};
	struct s3_xml_end end;
	int rc;

	out[0] = '\0';
	while ((rc = s3_xml_next(&xml, &end)) > 0)
		snprintf(out + strlen(out), sizeof(out) - strlen(out), "%s/%s=%s;", end.parent, end.name,
			end.value);
	s3_xml_close(&xml);
	s3_xml_close(&xml);
	assert_true(rc == 0 || rc == BH_E_PROTOCOL);
	return rc == 0 ? out : NULL;
}

static void
reads(const char *text, const char *expected)
{
	const char *found = read_all(text, strlen(text));

	assert_non_null(found);
	assert_string_equal(found, expected);
}

static void
elements_end_with_their_parent_and_text(void **state)
{
	(void)state;
	reads("<?xml version=\"1.0\"?>\n<A xmlns='u>v' ><!-- <x> --><B>1</B> <B>2</B><C><D/></C></A>\n",
		"A/B=1;A/B=2;C/D=;A/C=;/A=;");
	reads("<s:A xmlns:s=\"x\"><s:B>x</s:B></s:A>", "A/B=x;/A=;");
	reads("<A>one<B/>two</A>", "A/B=;/A=two;");
}

static void
entities_are_decoded(void **state)
{
	(void)state;
	reads("<A>&lt;&amp;&gt;&quot;&apos;&#65;&#x20AC;&#128512;</A>", "/A=<&>\"'A\u20ac\U0001f600;");
}

static void
what_is_not_well_formed_is_refused(void **state)
{
	static const char *const texts[] = {"", " ", "x", "<A>", "</A>", "<A></B>", "<A/><B/>", "<A/>x",
		"<A", "<A b='", "<A <", "<A>&nbsp;</A>", "<A>&#0;</A>", "<A>&#xd800;</A>", "<A>&amp</A>",
		"<A>&#;</A>", "<A>&#x;</A>", "<A>&#99999999999999999999;</A>",
		"<!DOCTYPE A [<!ENTITY x \"y\">]><A>&x;</A>", "<A><![CDATA[x]]></A>", "< A/>", "<A><!-- ",
		"<?xml", "<A></A b>",
		"<A><A><A><A><A><A><A><A><A><A><A><A><A><A><A><A><A></A></A></A></A></A></A></A></A></A></"
		"A>"
		"</A></A></A></A></A></A></A>"};
	char name[80];

	(void)state;
	for (size_t i = 0; i < BH_COUNT(texts); i++)
		assert_null(read_all(texts[i], strlen(texts[i])));
	snprintf(name, sizeof(name), "<%064d/>", 1);
	assert_null(read_all(name, strlen(name)));
	assert_null(read_all("<A>\0</A>", 8));
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(elements_end_with_their_parent_and_text),
		cmocka_unit_test(entities_are_decoded),
		cmocka_unit_test(what_is_not_well_formed_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
