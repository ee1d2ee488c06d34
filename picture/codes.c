/* SPDX-License-Identifier: Apache-2.0 */
/* codes.c: libzbar, loaded by name. Its headers come with those of a whole image suite, and linked, it would load dbus
 * and X11 for every picture; its calls are few and have not changed since its version 0.10. */
#include "codes.h"

#include <dlfcn.h>
#include <iconv.h>
#include <stdio.h>
#include <string.h>

#include "protocol.h"

enum { Y800 = 0x30303859, SYMBOL_PARTIAL = 1, CONFIG_ENABLE = 0 };

/* As zbar.h declares them; nothing is known of what the pointers lead to. */
static struct {
	void *(*scanner_create)(void);
	void (*scanner_destroy)(void *);
	int (*set_config)(void *, int, int, int);
	int (*scan)(void *, void *);
	void *(*image_create)(void);
	void (*image_destroy)(void *);
	void (*set_format)(void *, unsigned long);
	void (*set_size)(void *, unsigned, unsigned);
	void (*set_data)(void *, const void *, unsigned long, void *);
	const void *(*first_symbol)(const void *);
	const void *(*next_symbol)(const void *);
	int (*type)(const void *);
	const char *(*type_name)(int);
	const char *(*data)(const void *);
	unsigned (*data_length)(const void *);
	unsigned (*points)(const void *);
	int (*x)(const void *, unsigned);
	int (*y)(const void *, unsigned);
	iconv_t encodings[4]; /* kept open, so that what they need stays loaded */
} zbar;

bool
picture_codes_open(void)
{
	/* Codes hold texts of these encodings; what turns them into UTF-8 is loaded and stays so. */
	static const char *const encodings[] = {"ISO8859-1", "SJIS", "BIG5", "CP437"};
	static const struct {
		const char *name;
		void *place;
	} calls[] = {
		{"zbar_image_scanner_create", &zbar.scanner_create},
		{"zbar_image_scanner_destroy", &zbar.scanner_destroy},
		{"zbar_image_scanner_set_config", &zbar.set_config},
		{"zbar_scan_image", &zbar.scan},
		{"zbar_image_create", &zbar.image_create},
		{"zbar_image_destroy", &zbar.image_destroy},
		{"zbar_image_set_format", &zbar.set_format},
		{"zbar_image_set_size", &zbar.set_size},
		{"zbar_image_set_data", &zbar.set_data},
		{"zbar_image_first_symbol", &zbar.first_symbol},
		{"zbar_symbol_next", &zbar.next_symbol},
		{"zbar_symbol_get_type", &zbar.type},
		{"zbar_get_symbol_name", &zbar.type_name},
		{"zbar_symbol_get_data", &zbar.data},
		{"zbar_symbol_get_data_length", &zbar.data_length},
		{"zbar_symbol_get_loc_size", &zbar.points},
		{"zbar_symbol_get_loc_x", &zbar.x},
		{"zbar_symbol_get_loc_y", &zbar.y},
	};
	void *library = dlopen("libzbar.so.0", RTLD_NOW | RTLD_LOCAL);

	for (size_t i = 0; library != NULL && i < sizeof(calls) / sizeof(calls[0]); i++) {
		void *call = dlsym(library, calls[i].name);

		if (call == NULL)
			return false;
		memcpy(calls[i].place, &call, sizeof(call));
	}
	for (size_t i = 0; library != NULL && i < sizeof(encodings) / sizeof(encodings[0]); i++)
		zbar.encodings[i] = iconv_open("UTF-8", encodings[i]);
	return library != NULL;
}

/* What surrounds its points. */
static void
find_box(const void *symbol, double scale, int box[4])
{
	int left = INT32_MAX, top = INT32_MAX, right = 0, bottom = 0;
	unsigned count = zbar.points(symbol);

	for (unsigned i = 0; i < count; i++) {
		int x = zbar.x(symbol, i), y = zbar.y(symbol, i);

		left = x < left ? x : left;
		top = y < top ? y : top;
		right = x > right ? x : right;
		bottom = y > bottom ? y : bottom;
	}
	if (count == 0)
		left = top = 0;
	box[0] = (int)(left * scale);
	box[1] = (int)(top * scale);
	box[2] = (int)((right - left) * scale);
	box[3] = (int)((bottom - top) * scale);
}

static int
put_code(struct picture_answer *answer, const void *symbol, double scale)
{
	unsigned len = zbar.data_length(symbol);
	char *text = picture_memory_new((size_t)len + 1, 1);
	int box[4];

	/* It ends where it has a NUL. */
	memcpy(text, zbar.data(symbol), len);
	find_box(symbol, scale, box);
	picture_answer_begin(answer, "code");
	picture_answer_text(answer, "kind", zbar.type_name(zbar.type(symbol)));
	picture_answer_text(answer, "text", text);
	picture_answer_box(answer, "box", box);
	picture_memory_free(text);
	return picture_answer_end(answer);
}

/* All of them; returns how many there were, or a failure. */
static int
put_all(struct picture_answer *answer, const void *image, double scale)
{
	int count = 0;

	for (const void *symbol = zbar.first_symbol(image); symbol != NULL && count < PICTURE_CODES_MAX;
		 symbol = zbar.next_symbol(symbol)) {
		if (zbar.type(symbol) <= SYMBOL_PARTIAL)
			continue;
		if (put_code(answer, symbol, scale) < 0)
			return PICTURE_E_OUTPUT;
		count++;
	}
	return count;
}

int
picture_put_codes(struct picture_answer *answer, const struct picture_raster *raster, double scale)
{
	uint8_t *grey = picture_raster_grey(raster);
	void *scanner = zbar.scanner_create(), *image = zbar.image_create();
	int count;

	zbar.set_config(scanner, 0, CONFIG_ENABLE, 1);
	zbar.set_format(image, Y800);
	zbar.set_size(image, raster->width, raster->height);
	zbar.set_data(image, grey, (unsigned long)raster->width * raster->height, NULL);
	count = zbar.scan(scanner, image) > 0 ? put_all(answer, image, scale) : 0;
	zbar.image_destroy(image);
	zbar.scanner_destroy(scanner);
	picture_memory_free(grey);
	if (count < 0)
		return count;
	picture_answer_begin(answer, "codes");
	picture_answer_number(answer, "count", count);
	return picture_answer_end(answer);
}
