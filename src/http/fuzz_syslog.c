/* SPDX-License-Identifier: Apache-2.0 */
/* fuzz_syslog.c: a message of any text is one frame of printable ASCII with the header's fields in their places. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "http/syslog_message.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What stands behind so many blanks. */
static const char *
field(const char *message, int n)
{
	for (; n > 0; n--) {
		message = strchr(message, ' ');
		if (message == NULL)
			abort();
		message++;
	}
	return message;
}

static void
check(const struct bh_buf *frame)
{
	char *end;
	unsigned long len = strtoul(frame->data, &end, 10);
	size_t head = (size_t)(end - frame->data) + 1;

	if (*end != ' ' || head + len != frame->len)
		abort();
	for (size_t i = head; i < frame->len; i++) {
		/* Values of structured data are UTF-8. */
		if ((unsigned char)frame->data[i] < ' ' || frame->data[i] == 0x7f)
			abort();
	}
	if (memcmp(frame->data + head, "<110>1 ", 7) != 0 ||
		memcmp(field(frame->data + head, 3), "bulkhead - ", 11) != 0 ||
		memcmp(field(frame->data + head, 6), "[origin ", 8) != 0)
		abort();
}

int
LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bh_buf frame = {0};
	char *text = malloc(size + 1);
	struct bh_syslog_message message = {.severity = BH_SYSLOG_INFO, .enterprise = 4711};
	struct bh_syslog_param param = {"tenant", ""};

	if (text == NULL)
		abort();
	if (size > 0)
		memcpy(text, data, size);
	text[size] = '\0';
	message.host = message.id = param.value = text;
	message.params = &param;
	message.n_params = 1;
	message.json = text;
	message.json_len = size;
	bh_syslog_frame(&message, &frame);
	check(&frame);
	bh_buf_close(&frame);
	free(text);
	return 0;
}
