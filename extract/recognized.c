/* SPDX-License-Identifier: Apache-2.0 */
/* recognized.c: see the header. */
#include "recognized.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include "pdf_page.h"

enum { LIST_BYTES_MAX = 1000 };

/* Appends the range that was growing. A list that is full ends in "and more". */
static void
end_range(struct extract_page_list *list)
{
	char text[64];

	if (list->first == 0 || list->full)
		return;
	list->full = list->text.len > LIST_BYTES_MAX;
	if (list->full)
		snprintf(text, sizeof(text), " and more");
	else if (list->first == list->last)
		snprintf(text, sizeof(text), "%s%d", list->text.len > 0 ? ", " : "", list->first);
	else
		snprintf(text, sizeof(text), "%s%d-%d", list->text.len > 0 ? ", " : "", list->first,
			list->last);
	extract_buffer_text(&list->text, text);
	list->first = list->last = 0;
}

static void
write_list(struct extract_page_list *list, struct extract_buffer *out)
{
	end_range(list);
	if (list->attached && !list->full)
		extract_buffer_text(&list->text, list->text.len > 0 ? ", attachments" : "attachments");
	extract_buffer_text(out, extract_buffer_string(&list->text));
}

static void
add_number(struct extract_page_list *list, int number)
{
	if (number == 0) {
		list->attached = true;
		return;
	}
	if (list->first == 0 || number != list->last + 1) {
		end_range(list);
		list->first = number;
	}
	list->last = number;
}

void
extract_recognized_add(struct extract_recognized *recognized, int number,
	const struct extract_page *page)
{
	uint64_t characters = 0, confidence = 0;

	for (size_t i = 0; i < page->fragment_count; i++) {
		characters += page->fragments[i].characters;
		confidence += page->fragments[i].confidence;
	}
	recognized->pages++;
	recognized->characters += characters;
	recognized->confidence += confidence;
	if (characters > 0 && confidence < characters * EXTRACT_CONFIDENCE_LOW)
		add_number(&recognized->low, number);
}

void
extract_recognized_skip(struct extract_recognized *recognized, int number)
{
	add_number(&recognized->unread, number);
}

bool
extract_recognized_any(const struct extract_recognized *recognized)
{
	return recognized->pages > 0 || recognized->unread.first > 0 || recognized->unread.attached;
}

void
extract_recognized_write(struct extract_recognized *recognized, struct extract_buffer *out)
{
	uint64_t characters = recognized->characters;
	bool any = extract_recognized_any(recognized);
	char text[128];

	if (!any)
		return;
	snprintf(text, sizeof(text),
		",\"ocr\":{\"pages\":%" PRIu64 ",\"confidence\":%" PRIu64 ",\"low\":\"", recognized->pages,
		characters == 0 ? 0 : (recognized->confidence + characters / 2) / characters);
	extract_buffer_text(out, text);
	write_list(&recognized->low, out);
	extract_buffer_text(out, "\",\"unread\":\"");
	write_list(&recognized->unread, out);
	extract_buffer_text(out, "\"}");
}

void
extract_recognized_close(struct extract_recognized *recognized)
{
	extract_buffer_close(&recognized->low.text);
	extract_buffer_close(&recognized->unread.text);
	*recognized = (struct extract_recognized){0};
}
