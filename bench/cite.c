/* SPDX-License-Identifier: Apache-2.0 */
/* cite.c: prints what src/cite finds for each labelled sentence, a JSON object a line. */
#include "base/buf.h"
#include "base/text.h"
#include "cite/testing_labelled.h"

static void
add_text(struct bh_buf *line, const char *name, const char *value)
{
	bh_buf_printf(line, ", \"%s\": ", name);
	bh_text_json(line, value, strlen(value));
}

static void
print(const struct labelled *each)
{
	static const char *const verdicts[] = {"unsupported", "doubtful", "supported"};
	struct bh_buf line = {0};

	bh_buf_printf(&line, "{\"label\": %s", each->supported ? "true" : "false");
	add_text(&line, "verdict", verdicts[each->support.verdict]);
	add_text(&line, "language", each->language);
	add_text(&line, "why", each->why);
	add_text(&line, "sentence", each->sentence);
	add_text(&line, "quote", each->quote);
	bh_buf_printf(&line, ", \"coverage\": %.3f, \"likeness\": %.3f}", each->support.coverage,
		each->support.likeness);
	puts(bh_buf_string(&line));
	bh_buf_close(&line);
}

int
main(int argc, char **argv)
{
	struct bh_arena arena = {0};
	struct labelled *list;
	size_t n;

	if (argc != 2) {
		fprintf(stderr, "usage: bench_cite FILE\n");
		return 2;
	}
	list = labelled_read(&arena, argv[1], &n);
	for (size_t i = 0; i < n; i++)
		print(&list[i]);
	bh_arena_close(&arena);
	return 0;
}
