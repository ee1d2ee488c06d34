/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_s3_xml.c: any bytes as an XML answer: no crash, depth and names stay bounded, the end is an end. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/error.h"
#include "object/s3.h"
#include "object/s3_xml.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct s3_xml xml = {.text = (const char *)data, .len = size};
	struct s3_session session;
	struct s3_xml_end end;
	int64_t life_s;
	char code[S3_CODE_TEXT];
	int rc;

	while ((rc = s3_xml_next(&xml, &end)) > 0)
		if (strlen(end.name) > S3_XML_NAME_MOST || xml.depth >= S3_XML_DEPTH_MOST ||
			strlen(end.value) > size)
			abort();
	if (rc != 0 && rc != BH_E_PROTOCOL)
		abort();
	s3_xml_close(&xml);
	if (s3_xml_find((const char *)data, size, "Code", sizeof(code), code) == 0 &&
		strlen(code) >= sizeof(code))
		abort();
	if (s3_session_parse((const char *)data, size, 1, &session, &life_s) == 0 &&
		session.token[0] == '\0')
		abort();
	return 0;
}
