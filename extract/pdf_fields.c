/* SPDX-License-Identifier: Apache-2.0 */
/* pdf_fields.c: see the header. A value is set into its box as a viewer would set it, so that it ends up on the line
 * of its label. */
#include "pdf_fields.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "buffer.h"

enum { FIELDS_MAX = 20000, VALUE_BYTES_MAX = 1024 * 1024 };

static const char ticked[] = "\xe2\x98\x91", unticked[] = "\xe2\x98\x90";
static const double line_pitch = 1.2; /* of lines in a box, in font sizes */

/* Where values are set. */
struct setting {
	PopplerPage *page;
	struct extract_page *out;
	enum extract_turn turn;
	double width, height; /* of the page as poppler has it */
	double size;          /* of the page's text */
	GList *widgets;       /* owned: PopplerAnnotMapping */
};

/* The size that most of the page is set in; it makes the value part of its line, not a heading. */
static double
usual_size(const struct extract_page *page)
{
	double size = 10;
	uint32_t most = 0;

	for (size_t i = 0; i < page->fragment_count; i++) {
		uint32_t characters = 0;

		if (i > 200)
			break;
		for (size_t k = 0; k < page->fragment_count && k <= 200; k++)
			if (fabs(page->fragments[k].size - page->fragments[i].size) < 0.3)
				characters += page->fragments[k].characters;
		if (characters > most) {
			most = characters;
			size = page->fragments[i].size;
		}
	}
	return size;
}

/* Sets one line of text into a box, from its left edge. */
static void
set_line(struct setting *setting, const char *text, size_t len, struct extract_box box)
{
	glong count = g_utf8_strlen(text, (gssize)len);
	struct extract_glyph glyph = {.size = setting->size};
	double step = fmin(setting->size / 2,
		fmax(box.x2 - box.x1 - 2, 1) / (double)(count > 0 ? count : 1));

	extract_page_add(setting->out, &(struct extract_glyph){.point = '\n'});
	for (const char *at = text; at < text + len; at = g_utf8_next_char(at)) {
		box.x2 = box.x1 + step;
		glyph.point = g_utf8_get_char(at);
		glyph.box = extract_box_turn(box, setting->turn, setting->width, setting->height);
		extract_page_add(setting->out, &glyph);
		box.x1 = box.x2;
	}
	extract_page_add(setting->out, &(struct extract_glyph){.point = '\n'});
}

/* Sets a text into an area whose y grows upwards: in the middle, or from the top if it has several lines. */
static void
set_text(struct setting *setting, const char *text, const PopplerRectangle *area)
{
	double top = setting->height - area->y2, height = area->y2 - area->y1;
	bool lines = strpbrk(text, "\r\n") != NULL || height > 3 * setting->size;
	double y = lines ? top + 1 : top + (height - setting->size) / 2;

	if (!g_utf8_validate(text, -1, NULL) || strlen(text) > VALUE_BYTES_MAX)
		return;
	while (*text != '\0') {
		size_t len = strcspn(text, "\r\n");
		struct extract_box box = {area->x1 + 1, y, area->x2, y + setting->size};

		if (len > 0)
			set_line(setting, text, len, box);
		y += line_pitch * setting->size;
		text += len;
		text += text[0] == '\r' && text[1] == '\n' ? 2 : text[0] != '\0';
	}
}

static bool
is_same(double a, double b)
{
	return fabs(a - b) < 0.5;
}

/* A field's box is an annotation, which can be hidden. */
static bool
is_hidden(const struct setting *setting, const PopplerRectangle *area)
{
	for (const GList *at = setting->widgets; at != NULL; at = at->next) {
		const PopplerAnnotMapping *mapping = at->data;

		if (poppler_annot_get_annot_type(mapping->annot) == POPPLER_ANNOT_WIDGET &&
			is_same(mapping->area.x1, area->x1) && is_same(mapping->area.y1, area->y1) &&
			is_same(mapping->area.x2, area->x2) && is_same(mapping->area.y2, area->y2))
			return (poppler_annot_get_flags(mapping->annot) &
					   (POPPLER_ANNOT_FLAG_HIDDEN | POPPLER_ANNOT_FLAG_NO_VIEW)) != 0;
	}
	return false;
}

/* The chosen entries, or what was written instead of one. */
static void
add_choice(PopplerFormField *field, struct extract_buffer *out)
{
	gint count = poppler_form_field_choice_get_n_items(field);
	char *written;

	for (gint i = 0; i < count && i < FIELDS_MAX; i++) {
		char *item;

		if (!poppler_form_field_choice_is_item_selected(field, i))
			continue;
		item = poppler_form_field_choice_get_item(field, i);
		if (item != NULL && item[0] != '\0') {
			extract_buffer_text(out, out->len > 0 ? ", " : "");
			extract_buffer_text(out, item);
		}
		g_free(item);
	}
	if (out->len > 0 || !poppler_form_field_choice_is_editable(field))
		return;
	written = poppler_form_field_choice_get_text(field);
	extract_buffer_text(out, written == NULL ? "" : written);
	g_free(written);
}

static void
set_field(struct setting *setting, const PopplerFormFieldMapping *mapping)
{
	EXTRACT_AUTO(extract_buffer_close) struct extract_buffer value = {0};
	PopplerFormField *field = mapping->field;
	char *text;

	switch (poppler_form_field_get_field_type(field)) {
	case POPPLER_FORM_FIELD_TEXT:
		if (poppler_form_field_text_is_password(field))
			return;
		text = poppler_form_field_text_get_text(field);
		extract_buffer_text(&value, text == NULL ? "" : text);
		g_free(text);
		break;
	case POPPLER_FORM_FIELD_CHOICE:
		add_choice(field, &value);
		break;
	case POPPLER_FORM_FIELD_BUTTON:
		if (poppler_form_field_button_get_button_type(field) != POPPLER_FORM_BUTTON_PUSH)
			extract_buffer_text(&value,
				poppler_form_field_button_get_state(field) ? ticked : unticked);
		break;
	default:
		return;
	}
	if (value.len > 0 && !is_hidden(setting, &mapping->area))
		set_text(setting, value.data, &mapping->area);
}

static void
set_note(struct setting *setting, const PopplerAnnotMapping *mapping)
{
	char *text;

	if (poppler_annot_get_annot_type(mapping->annot) != POPPLER_ANNOT_FREE_TEXT ||
		(poppler_annot_get_flags(mapping->annot) &
			(POPPLER_ANNOT_FLAG_HIDDEN | POPPLER_ANNOT_FLAG_NO_VIEW)) != 0)
		return;
	text = poppler_annot_get_contents(mapping->annot);
	if (text != NULL)
		set_text(setting, text, &mapping->area);
	g_free(text);
}

void
extract_pdf_fields_add(PopplerPage *page, enum extract_turn turn, struct extract_page *out)
{
	GList *fields = poppler_page_get_form_field_mapping(page);
	struct setting setting = {.page = page, .out = out, .turn = turn};
	int left = FIELDS_MAX;

	setting.widgets = poppler_page_get_annot_mapping(page);
	if (fields != NULL || setting.widgets != NULL) {
		poppler_page_get_size(page, &setting.width, &setting.height);
		setting.size = usual_size(out);
	}
	/* poppler lists the last one first. */
	for (const GList *at = g_list_last(fields); at != NULL && left-- > 0; at = at->prev)
		set_field(&setting, at->data);
	for (const GList *at = g_list_last(setting.widgets); at != NULL && left-- > 0; at = at->prev)
		set_note(&setting, at->data);
	poppler_page_free_form_field_mapping(fields);
	poppler_page_free_annot_mapping(setting.widgets);
}
