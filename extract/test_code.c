/* SPDX-License-Identifier: Apache-2.0 */
/* test_code.c: source code: a block for each function, below the classes around it. */
#include "code.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "protocol.h"
#include "test_capture.h"

static void
read_code(struct capture *out, const char *name, const char *text)
{
	assert_int_equal(capture_document(out, name, text, strlen(text)), EXTRACT_EXIT_OK);
	assert_has(out, "\"format\":\"code\"");
}

/* Enough lines that a class is cut between its functions. */
#define LONG_COMMENT \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n" \
	"// " \
	"..........................................................................................\n"

static void
c_is_cut_between_functions(void **state)
{
	struct capture capture;

	(void)state;
	read_code(&capture, "a.c",
		"#include <stdio.h>\n#define OPEN {\nstatic int count;\n\n"
		"/* Says it's \"{\" there. */\nint\nmain(int argc, char **argv)\n{\n"
		"\tputs(\"}\\\"{\" \"'\"); // {\n\tif ('{')\n\t\treturn 1;\n\n\treturn 0;\n}\n"
		"static struct x *\nnext(struct x *y)\n{\n\treturn y;\n}\n");
	assert_has(&capture, "\"level\":1,\"page\":0,\"text\":\"#include <stdio.h>");
	assert_has(&capture,
		"\"header\":\"int\\nmain(int argc, char **argv)\",\"text\":\"/* Says it's");
	assert_has(&capture, "return 0;\\n}\"}");
	assert_has(&capture, "\"header\":\"static struct x *\\nnext(struct x *y)\"");
	capture_close(&capture);
}

static void
methods_are_below_their_class(void **state)
{
	struct capture capture;

	(void)state;
	read_code(&capture, "A.java",
		"package a;\n\n" LONG_COMMENT "@Entity(name = \"x\")\npublic class Shop {\n"
		"  private int stock = 1;\n\n  /** Sells. */\n  public int sell(int n) {\n    return n;\n  "
		"}\n\n"
		"  String text = \"\"\"\n    { not a brace\n    \"\"\";\n" LONG_COMMENT
		"  void close() { }\n}\n\ninterface Other { int f(); }\n");
	assert_has(&capture,
		"\"kind\":\"heading\",\"level\":1,\"page\":0,\"text\":"
		"\"@Entity(name = \\\"x\\\") public class Shop\"");
	assert_has(&capture, "\"level\":2,\"page\":0,\"header\":\"public int sell(int n)\"");
	assert_has(&capture, "\"header\":\"void close()\"");
	assert_has(&capture, "\"level\":1,\"page\":0,\"text\":\"interface Other { int f(); }\"");
	capture_close(&capture);
}

static void
other_languages_have_their_own_strings(void **state)
{
	struct capture capture;

	(void)state;
	read_code(&capture, "a.ts",
		"import x from 'y'\nconst r = /[/\"{]/g\nexport const f = (a: string) => {\n"
		"  return `${a} {`\n}\nasync function g() {\n  return 4 / 2\n}\n");
	assert_has(&capture, "\"header\":\"export const f = (a: string) =>\"");
	assert_has(&capture, "\"header\":\"async function g()\"");
	capture_close(&capture);
	read_code(&capture, "a.go",
		"package a\n\nfunc (s *S) One() string {\n\treturn `{`\n}\nfunc Two() {\n}\n");
	assert_has(&capture, "\"header\":\"func (s *S) One() string\"");
	assert_has(&capture, "\"header\":\"func Two()\"");
	capture_close(&capture);
	read_code(&capture, "a.rs",
		"fn longest<'a>(x: &'a str) -> &'a str {\n    let c = '{'; let r = r#\"{\"{\"#;\n    x\n}\n"
		"/* { /* { */ */\npub fn two() {}\n");
	assert_has(&capture, "\"header\":\"fn longest<'a>(x: &'a str) -> &'a str\"");
	assert_has(&capture, "\"header\":\"pub fn two()\"");
	capture_close(&capture);
	read_code(&capture, "a.cpp",
		"auto s = R\"x(\"{)\" {)x\";\n\nint n = 1'000;\n\nint f()\n{\n\treturn n;\n}\n");
	assert_has(&capture, "\"header\":\"int f()\"");
	capture_close(&capture);
}

static void
python_is_cut_by_its_indentation(void **state)
{
	struct capture capture;

	(void)state;
	read_code(&capture, "a.py",
		"import os\n\nX = {\n'a': 1,\n}\n\n# About f.\n@cached\ndef f(a,\n      b=\")\"):\n"
		"    \"\"\"Text\ndef not_one():\n    \"\"\"\n    return a\n\n"
		"class C:\n    def m(self):\n        pass\n\nasync def g(): return 1\n");
	assert_has(&capture, "\"text\":\"import os\\n\\nX = {\\n'a': 1,\\n}\"");
	assert_has(&capture, "\"header\":\"def f(a,\\n      b=\\\")\\\")\",\"text\":\"# About f.");
	assert_has(&capture, "\"header\":\"class C\"");
	assert_has(&capture, "\"header\":\"async def g(): return 1\"");
	assert_lacks(&capture, "\"header\":\"def not_one");
	capture_close(&capture);
}

static void
scripts_and_statements_are_pieces(void **state)
{
	struct capture capture;

	(void)state;
	read_code(&capture, "deploy.sh",
		"#!/bin/sh\nset -e\n\n# Builds.\nbuild() {\n\techo \"}\"\n\n\tmake\n}\nbuild\n");
	assert_has(&capture, "\"header\":\"build()\",\"text\":\"# Builds.\\nbuild() {");
	assert_has(&capture, "\"text\":\"build\"");
	capture_close(&capture);
	read_code(&capture, "a.sql",
		"-- Users; all.\nCREATE TABLE u (name text DEFAULT ';');\n"
		"CREATE FUNCTION f() RETURNS int AS $x$\nBEGIN\n  RETURN 1;\nEND;\n$x$ LANGUAGE plpgsql;\n"
		"CREATE PROCEDURE p()\nBEGIN\n  IF a THEN b; END IF;\n  SELECT 1;\nEND;\nSELECT 2;\n");
	assert_has(&capture, "\"text\":\"-- Users; all.\\nCREATE TABLE u (name text DEFAULT ';');\"");
	assert_has(&capture, "\"header\":\"CREATE FUNCTION f() RETURNS int AS $x$\"");
	assert_has(&capture, "SELECT 1;\\nEND;\"");
	assert_has(&capture, "\"text\":\"SELECT 2;\"");
	capture_close(&capture);
}

int
main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(c_is_cut_between_functions),
		cmocka_unit_test(methods_are_below_their_class),
		cmocka_unit_test(other_languages_have_their_own_strings),
		cmocka_unit_test(python_is_cut_by_its_indentation),
		cmocka_unit_test(scripts_and_statements_are_pieces),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
