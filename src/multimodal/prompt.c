/* SPDX-License-Identifier: Apache-2.0 */
/* prompt.c: each removal starts anew, since what stood on both sides of a block may make another one. */
#include "multimodal/prompt.h"

#include <string.h>

#define NAME "sd_cpp_extra_args"
#define OPENS "<" NAME ">"
#define SHUTS "</" NAME ">"

/* The first block from its first byte to behind its last; a tag without its other half is one of its own. */
static char *
find(char *text, size_t *out_len)
{
	char *open = strstr(text, OPENS), *shut = strstr(text, SHUTS), *end;

	if (open == NULL || (shut != NULL && shut < open)) {
		*out_len = sizeof(SHUTS) - 1;
		return shut;
	}
	end = strstr(open, SHUTS);
	*out_len = end != NULL ? (size_t)(end - open) + sizeof(SHUTS) - 1 : sizeof(OPENS) - 1;
	return open;
}

bool
multimodal_prompt_clean(const char *prompt, struct bh_buf *out)
{
	size_t len = 0, start = out->len;
	bool found = false;
	char *text, *at;

	bh_buf_text(out, prompt);
	bh_buf_room(out, 1);
	text = out->data + start;
	text[out->len - start] = '\0';
	/* A removal begins no earlier than the longest tag before the last one. */
	for (char *from = text; (at = find(from, &len)) != NULL;) {
		size_t behind = out->len - start - (size_t)(at - text) - len;

		memmove(at, at + len, behind + 1);
		out->len -= len;
		found = true;
		from = at - text > (long)sizeof(SHUTS) ? at - sizeof(SHUTS) : text;
	}
	return found;
}
