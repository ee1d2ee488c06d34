/* SPDX-License-Identifier: Apache-2.0 */
/* ocr.c: turns a picture upright, straightens it and has tesseract read it. */
#include "ocr.h"

#include <leptonica/allheaders.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <tesseract/capi.h>
#include <time.h>
#include <unistd.h>

#include "sink.h"
#include "unicode.h"

enum {
	LANGUAGES_BYTES_MAX = 200,
	DARK = 150,               /* grey below which a pixel is ink, where only lines are looked for */
	COMPONENTS_MAX = 60000,   /* pieces of ink on a page; more are a halftone or noise */
	WORD_CONFIDENCE_MIN = 20, /* what is less is a speck or a piece of a drawing */
	MARK_CONFIDENCE_MIN = 60, /* the same of words without a letter or digit */
	PAGE_CONFIDENCE_MIN = 50, /* a page of less holds no text that can be read */
	TEXT_BYTES_MIN = 3,       /* a letter or two are specks as well */
	GOOD = 80,                /* a page of more lies as it should */
};

static const double turn_sure =
	8; /* of tesseract's orientation, in its own unit; pages of text have 15 and more */
static const double skew_confidence_min =
	3; /* of leptonica's angle: ratio of the best score to the worst */
static const double skew_min = 0.15; /* degrees that do no harm */

struct extract_ocr {
	TessBaseAPI *words, *turns; /* owned */
	double left;                /* seconds of processor time for this page and all after it */
	double began, page_ends; /* the page's time, by this process's clock; 0: there was none yet */
	struct extract_ocr_turn turn; /* of the page that is read best */
};

static double
processor_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

/* ---- opening ---- */

static bool
is_installed(const char *folder, const char *language, size_t len)
{
	char path[512];

	snprintf(path, sizeof(path), "%s/%.*s.traineddata", folder, (int)len, language);
	return access(path, R_OK) == 0;
}

/* "auto" is what is there of the languages that are common in documents; English first. */
static void
add_installed(const char *folder, char *out, size_t size)
{
	static const char *const common[] = {"eng", "deu", "fra", "spa", "ita", "por", "nld", "pol"};

	out[0] = '\0';
	for (size_t i = 0; i < sizeof(common) / sizeof(common[0]); i++) {
		size_t len = strlen(out);

		if (is_installed(folder, common[i], 3))
			snprintf(out + len, size - len, "%s%s", len > 0 ? "+" : "", common[i]);
	}
}

/* True if every language is there; else the sentence names the first that is not. */
static bool
check_languages(const char *folder, const char *languages, char *message, size_t size)
{
	for (const char *at = languages; *at != '\0';) {
		size_t len = strcspn(at, "+");
		/* A name is part of a path. */
		bool is_name = len > 0 && len < 32 &&
			strspn(at, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_") >= len;

		if (!is_name || !is_installed(folder, at, len)) {
			snprintf(message, size,
				"The file contains scanned pages, and the language \"%.*s\" for text recognition "
				"is not installed.",
				len < 32 ? (int)len : 32, at);
			return false;
		}
		at += len + (at[len] == '+');
	}
	return true;
}

struct extract_ocr *
extract_ocr_open(const char *languages, int seconds, char *message, size_t size)
{
	struct extract_ocr *ocr = extract_memory_resize(NULL, 1, sizeof(*ocr));
	char installed[LANGUAGES_BYTES_MAX] = "";
	const char *folder;

	*ocr = (struct extract_ocr){.words = TessBaseAPICreate(),
		.turns = TessBaseAPICreate(),
		.left = seconds};
	setMsgSeverity(L_SEVERITY_NONE);
	if (TessBaseAPIInit2(ocr->turns, NULL, "osd", OEM_TESSERACT_ONLY) != 0) {
		snprintf(message, size,
			"The file contains scanned pages, and text recognition is not installed.");
		extract_ocr_close(ocr);
		return NULL;
	}
	folder = TessBaseAPIGetDatapath(ocr->turns);
	if (strcmp(languages, "auto") == 0) {
		add_installed(folder, installed, sizeof(installed));
		languages = installed[0] != '\0' ? installed : "eng";
	}
	if (!check_languages(folder, languages, message, size)) {
		extract_ocr_close(ocr);
		return NULL;
	}
	if (TessBaseAPIInit2(ocr->words, NULL, languages, OEM_LSTM_ONLY) != 0) {
		snprintf(message, size,
			"The file contains scanned pages, and the languages for text recognition cannot be "
			"loaded.");
		extract_ocr_close(ocr);
		return NULL;
	}
	TessBaseAPISetPageSegMode(ocr->words, PSM_AUTO);
	return ocr;
}

void
extract_ocr_close(struct extract_ocr *ocr)
{
	if (ocr == NULL)
		return;
	TessBaseAPIEnd(ocr->words);
	TessBaseAPIEnd(ocr->turns);
	TessBaseAPIDelete(ocr->words);
	TessBaseAPIDelete(ocr->turns);
	extract_memory_free(ocr);
}

/* ---- the picture ---- */

static PIX *
pix_of(const struct extract_raster *raster)
{
	PIX *pix = pixCreateNoInit((l_int32)raster->width, (l_int32)raster->height, 8);
	l_int32 dpi = (l_int32)(raster->dpi + 0.5);

	if (pix == NULL)
		return NULL;
	for (size_t y = 0; y < raster->height; y++) {
		l_uint32 *line = pixGetData(pix) + y * (size_t)pixGetWpl(pix);
		const uint8_t *grey = raster->grey + y * raster->width;

		for (size_t x = 0; x < raster->width; x++)
			SET_DATA_BYTE(line, x, grey[x]);
	}
	pixSetResolution(pix, dpi, dpi);
	return pix;
}

static void
replace(PIX **pix, PIX *other)
{
	if (other == NULL)
		return;
	pixDestroy(pix);
	*pix = other;
}

/* Of noise and halftones, which have no lines, tesseract would try to make letters for minutes. */
static bool
is_noise(PIX *ink)
{
	l_int32 components = 0;

	return pixCountConnComp(ink, 8, &components) != 0 || components > COMPONENTS_MAX;
}

/* How far the page has to be turned clockwise, in right angles, as tesseract thinks. Returns how sure it is. */
static double
find_turn(struct extract_ocr *ocr, PIX *pix, int *out)
{
	const char *script = NULL;
	float confidence = 0, script_confidence = 0;
	int degrees = 0;

	TessBaseAPISetImage2(ocr->turns, pix);
	if (!TessBaseAPIDetectOrientationScript(ocr->turns, &degrees, &confidence, &script,
			&script_confidence))
		degrees = 0, confidence = 0;
	TessBaseAPIClear(ocr->turns);
	*out = (4 - degrees / 90 % 4) % 4; /* it says how far it was turned */
	return confidence;
}

/* Returns by how many degrees it was turned. */
static double
straighten(PIX **pix)
{
	PIX *ink = pixThresholdToBinary(*pix, DARK);
	l_float32 angle = 0, confidence = 0;
	bool crooked = ink != NULL && pixFindSkew(ink, &angle, &confidence) == 0 &&
		confidence >= skew_confidence_min && fabsf(angle) >= skew_min;

	if (crooked)
		replace(pix,
			pixRotate(*pix, angle * (l_float32)M_PI / 180, L_ROTATE_AREA_MAP, L_BRING_IN_WHITE, 0,
				0));
	pixDestroy(&ink);
	return crooked ? (double)angle : 0;
}

/* ---- words ---- */

/* A word in pixels of the straightened page. */
struct word {
	const char *text; /* borrowed */
	int left, right;
	double base, size; /* of its line */
	double confidence;
};

static bool
is_word(const struct word *word)
{
	size_t len = strlen(word->text);

	for (size_t at = 0; at < len;) {
		uint32_t point = extract_unicode_next(word->text, len, &at);

		if (extract_unicode_is_letter(point) || extract_unicode_is_digit(point))
			return word->confidence >= WORD_CONFIDENCE_MIN;
	}
	return word->confidence >= MARK_CONFIDENCE_MIN;
}

/* What a bullet looks like to tesseract, which knows no bullets. */
static bool
is_bullet(const char *text)
{
	static const char *const looks[] = {"\xc2\xae", "\xc2\xa9", "\xc2\xa2", "\xc2\xb0", "\xc2\xb7",
		"\xe2\x80\xa2", "*", "@"};

	for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
		if (strcmp(text, looks[i]) == 0)
			return true;
	return false;
}

/* Adds a word's characters side by side; all of a line stand at the same height. */
static void
add_word(struct extract_page *out, const struct word *word, double scale)
{
	size_t len = strlen(word->text), count = extract_unicode_count(word->text, len), i = 0;
	double left = word->left * scale,
		   step = (word->right - word->left) * scale / (double)(count > 0 ? count : 1);
	double base = word->base * scale, size = word->size;

	for (size_t at = 0; at < len; i++) {
		struct extract_glyph glyph = {
			.point = extract_unicode_next(word->text, len, &at),
			.box = {left + step * (double)i, base - 0.8 * size, left + step * (double)(i + 1),
				base + 0.2 * size},
			.size = size,
			.confidence = (uint8_t)(word->confidence < 1 ? 1
					: word->confidence > 100             ? 100
														 : word->confidence),
		};

		extract_page_add(out, &glyph);
	}
	extract_page_add(out, &(struct extract_glyph){.point = ' '});
}

static bool
measure_word(const TessResultIterator *results, const TessPageIterator *place, double dpi,
	struct word *word)
{
	int x1, y1, x2, y2, top, bottom, points = 0, id;
	BOOL flags[6];

	if (!TessPageIteratorBoundingBox(place, RIL_WORD, &word->left, &top, &word->right, &bottom))
		return false;
	TessResultIteratorWordFontAttributes(results, &flags[0], &flags[1], &flags[2], &flags[3],
		&flags[4], &flags[5], &points, &id);
	word->size = points > 0 ? points : (bottom - top) * 72.0 / dpi;
	word->base = bottom;
	if (TessPageIteratorBaseline(place, RIL_TEXTLINE, &x1, &y1, &x2, &y2) && x2 > x1)
		word->base = y1 + (double)(y2 - y1) * ((word->left + word->right) / 2.0 - x1) / (x2 - x1);
	word->confidence = TessResultIteratorConfidence(results, RIL_WORD);
	return true;
}

static void
add_words(struct extract_ocr *ocr, double dpi, struct extract_page *out)
{
	TessResultIterator *results = TessBaseAPIGetIterator(ocr->words);
	const TessPageIterator *place = results == NULL
		? NULL
		: TessResultIteratorGetPageIteratorConst(results);

	if (results == NULL)
		return;
	do {
		char *text = TessResultIteratorGetUTF8Text(results, RIL_WORD);
		bool last = TessPageIteratorIsAtFinalElement(place, RIL_TEXTLINE, RIL_WORD);
		bool bullet = text != NULL && !last &&
			TessPageIteratorIsAtBeginningOf(place, RIL_TEXTLINE) && is_bullet(text);
		struct word word = {.text = bullet ? "\xe2\x80\xa2" : text};

		if (text != NULL && measure_word(results, place, dpi, &word) && (bullet || is_word(&word)))
			add_word(out, &word, 72 / dpi);
		TessDeleteText(text);
		if (last)
			extract_page_add(out, &(struct extract_glyph){.point = '\n'});
	} while (TessResultIteratorNext(results, RIL_WORD));
	TessResultIteratorDelete(results);
}

/* ---- a page ---- */

static bool
is_late(void *ocr, int words)
{
	(void)words;
	return processor_seconds() >= ((const struct extract_ocr *)ocr)->page_ends;
}

/* Mean confidence of the page's characters; 0 if it has none. */
static double
confidence_of(const struct extract_page *page)
{
	double confidence = 0, characters = 0;

	for (size_t i = 0; i < page->fragment_count; i++) {
		confidence += (double)page->fragments[i].confidence;
		characters += page->fragments[i].characters;
	}
	return characters > 0 ? confidence / characters : 0;
}

/* Reads what is upright and straight. */
static int
recognize(struct extract_ocr *ocr, PIX *pix, double dpi, struct extract_page *out)
{
	ETEXT_DESC *monitor = TessMonitorCreate();
	int rc;

	TessMonitorSetCancelThis(monitor, ocr);
	TessMonitorSetCancelFunc(monitor, is_late);
	TessBaseAPISetImage2(ocr->words, pix);
	TessBaseAPISetSourceResolution(ocr->words, (int)(dpi + 0.5));
	rc = TessBaseAPIRecognize(ocr->words, monitor);
	if (rc == 0 && !is_late(ocr, 0))
		add_words(ocr, dpi, out);
	else
		rc = EXTRACT_OCR_LATE;
	TessBaseAPIClear(ocr->words);
	TessMonitorDelete(monitor);
	return rc;
}

/* Reads the page turned by so many right angles, in place of what was read before, if that is better. */
static int
read_turned(struct extract_ocr *ocr, PIX *pix, int turn, double dpi, struct extract_page *best)
{
	struct extract_page page = {0};
	PIX *turned = turn == 0 ? pixClone(pix) : pixRotateOrth(pix, turn);
	double degrees;
	int rc;

	if (turned == NULL)
		return EXTRACT_OCR_LATE;
	degrees = straighten(&turned);
	page.width = pixGetWidth(turned) * 72 / dpi;
	page.height = pixGetHeight(turned) * 72 / dpi;
	rc = recognize(ocr, turned, dpi, &page);
	pixDestroy(&turned);
	if (rc == EXTRACT_OCR_DONE && confidence_of(&page) >= confidence_of(best)) {
		extract_page_close(best);
		*best = page;
		ocr->turn = (struct extract_ocr_turn){turn, degrees};
		return rc;
	}
	extract_page_close(&page);
	return rc;
}

/* Where tesseract is not sure how a page lies and does not read it well so, the other ways are tried. */
static int
read_pix(struct extract_ocr *ocr, PIX *pix, double dpi, struct extract_page *out)
{
	PIX *ink = pixThresholdToBinary(pix, DARK);
	bool noise = ink == NULL || is_noise(ink), sure;
	int first, rc;

	pixDestroy(&ink);
	if (noise)
		return EXTRACT_OCR_LATE;
	sure = find_turn(ocr, pix, &first) >= turn_sure;
	rc = read_turned(ocr, pix, first, dpi, out);
	for (int i = 1; i < 4 && rc == EXTRACT_OCR_DONE && !sure && confidence_of(out) < GOOD; i++)
		rc = read_turned(ocr, pix, (first + i) % 4, dpi, out);
	if (confidence_of(out) < PAGE_CONFIDENCE_MIN || out->text.len < TEXT_BYTES_MIN)
		extract_page_close(out);
	return out->fragment_count > 0 ? EXTRACT_OCR_DONE : rc;
}

bool
extract_ocr_begin(struct extract_ocr *ocr)
{
	double now = processor_seconds();

	/* What the page before took is known now, whatever became of it. */
	if (ocr->began > 0)
		ocr->left -= now - ocr->began;
	ocr->began = now;
	ocr->page_ends = now + fmin(EXTRACT_OCR_PAGE_SECONDS, ocr->left);
	return ocr->left > 0;
}

struct extract_ocr_turn
extract_ocr_turn(const struct extract_ocr *ocr)
{
	return ocr->turn;
}

int
extract_ocr_read(struct extract_ocr *ocr, const struct extract_raster *raster,
	struct extract_page *out)
{
	PIX *pix = pix_of(raster);
	int rc;

	ocr->turn = (struct extract_ocr_turn){0};
	if (pix == NULL)
		return EXTRACT_OCR_LATE;
	rc = read_pix(ocr, pix, raster->dpi, out);
	pixDestroy(&pix);
	return rc;
}
