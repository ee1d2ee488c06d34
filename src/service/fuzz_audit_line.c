/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_audit_line.c: any bytes as a line of an audit file; what is read of it is bounded and valid. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "service/audit_line.h"
#include "service/trace.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void
check_word(const char *word)
{
	if (strlen(word) > BH_AUDIT_WORD_MOST || !bh_text_is_utf8(word, strlen(word)))
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_audit_line line = {0};
	struct bh_buf shown = {0};
	struct bh_json_doc doc = {0};
	struct bh_trace_span span;

	/* Traces are off: it is read to its end, and not sampled. */
	if (bh_trace_gateway_line(NULL, (const char *)data, size, &span))
		abort();
	if (bh_audit_line_read((const char *)data, size, &line) == 0) {
		if (line.n_tenants < 1 || line.n_tenants > 2 || line.time_ms < 0 ||
			line.action[0] == '\0' || line.text + line.len != (const char *)data + size)
			abort();
		check_word(line.action);
		check_word(line.actor);
		check_word(line.object);
		check_word(line.request_id);
		bh_audit_line_write_staff(&line, &shown);
		if (bh_json_parse(shown.data, shown.len, &doc) < 0 ||
			bh_json_get(doc.root, "subject") != NULL)
			abort();
	}
	bh_json_close(&doc);
	bh_buf_close(&shown);
	bh_audit_line_close(&line);
	return 0;
}
