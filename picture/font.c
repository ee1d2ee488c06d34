/* SPDX-License-Identifier: Apache-2.0 */
/* font.c: each letter is a few lines on a grid of 6 by 12; capitals stand on line 9, and small letters begin at 3. */
#include "font.h"

#include <math.h>
#include <stddef.h>

#include "utf8.h"

/* Lines are parted by blanks; a point is two hexadecimal digits, x and y. */
struct letter {
	uint32_t point;
	const char *lines;
};

static const double pen = 0.62; /* half its width, in steps of the grid */

// clang-format off
static const struct letter letters[] = {
	{'A', "093069 1656"}, {'B', "09004051534404 4455584909"}, {'C', "6150200207295968"}, {'D', "09004062674909"},
	{'E', "60000969 0444"}, {'F', "600009 0444"}, {'G', "61502002072959686535"}, {'H', "0009 6069 0464"},
	{'I', "1050 3039 1959"}, {'J', "5057391907"}, {'K', "0009 6005 2369"}, {'L', "000969"}, {'M', "0900356069"},
	{'N', "09006960"}, {'O', "204062674929070220"}, {'P', "09004062634505"}, {'Q', "204062674929070220 4669"},
	{'R', "09004062634505 3569"}, {'S', "615020020324456667491908"}, {'T', "0060 3039"}, {'U', "000729496760"},
	{'V', "003960"}, {'W', "0019335960"}, {'X', "0069 6009"}, {'Y', "003460 3439"}, {'Z', "00600969"},
	{'a', "1423435459 56260708193957"}, {'b', "0009 0523436567492907"}, {'c', "6453230507295968"},
	{'d', "6069 6543230507294967"}, {'e', "06666543230507295968"}, {'f', "51403139 1353"},
	{'g', "636a4c1c0b 6543230506284866"}, {'h', "0009 0523436569"}, {'i', "3339 30"}, {'j', "434a2c1c 40"},
	{'k', "0009 5307 2559"}, {'l', "303849"}, {'m', "0309 0413233439 3443536469"}, {'n', "0309 0523436569"},
	{'o', "234365674929070523"}, {'p', "030c 0523436567492907"}, {'q', "636c 6543230507294967"}, {'r', "1319 15335364"},
	{'s', "645313040516566768591908"}, {'t', "31374959 1353"}, {'u', "0307294967 6369"}, {'v', "033963"},
	{'w', "0319355963"}, {'x', "0369 6309"}, {'y', "0339 631c"}, {'z', "03630969"},
	{'0', "204062674929070220 1752"}, {'1', "123039 1959"}, {'2', "02204062630969"}, {'3', "01204062634424 446567492908"},
	{'4', "59500666"}, {'5', "600004446567491908"}, {'6', "514020020729496765442405"}, {'7', "006029"},
	{'8', "204061634424030120 2406072949676644"}, {'9', "634525030220406267492918"},
	{'.', "39"}, {',', "382b"}, {'!', "3036 39"}, {'?', "01204062633537 39"}, {':', "34 39"}, {';', "34 382b"},
	{'-', "1555"}, {'_', "0a6a"}, {'+', "0565 3238"}, {'/', "6009"}, {'(', "40222749"}, {')', "20424729"},
	{'\'', "3032"}, {'"', "2022 4042"}, {'&', "691211203041420607193966"}, {'%', "6009 11 58"}, {'=', "0464 0767"},
	{'*', "3238 1357 5317"}, {'#', "2029 4049 0363 0666"}, {'[', "40202949"}, {']', "20404929"}, {'<', "620568"},
	{'>', "026508"}, {'|', "303c"}, {'\\', "0069"}, {0xb7, "35"}, {0x2019, "3032"},
	{0x2013, "1555"}, {0x2014, "0565"}, {0x2026, "09 39 69"}, {0x201c, "2022 4042"}, {0x201d, "2022 4042"},
};
// clang-format on

static const char unknown[] = "0060690900";

static const char *
lines_of(uint32_t point)
{
	for (size_t i = 0; i < sizeof(letters) / sizeof(letters[0]); i++)
		if (letters[i].point == point)
			return letters[i].lines;
	return point <= ' ' || point == 0xa0 ? "" : unknown;
}

struct spot {
	double x, y;
};

static double
distance(struct spot spot, struct spot from, struct spot to)
{
	double dx = to.x - from.x, dy = to.y - from.y, len2 = dx * dx + dy * dy;
	double along = len2 == 0 ? 0 : ((spot.x - from.x) * dx + (spot.y - from.y) * dy) / len2;

	along = fmin(fmax(along, 0), 1);
	return hypot(spot.x - from.x - along * dx, spot.y - from.y - along * dy);
}

static void
draw_line(struct picture_raster *raster, struct spot from, struct spot to, double radius,
	uint32_t rgb)
{
	double left = fmax(floor(fmin(from.x, to.x) - radius - 1), 0);
	double top = fmax(floor(fmin(from.y, to.y) - radius - 1), 0);
	double right = fmin(ceil(fmax(from.x, to.x) + radius + 1), raster->width);
	double bottom = fmin(ceil(fmax(from.y, to.y) + radius + 1), raster->height);

	for (double y = top; y < bottom; y++)
		for (double x = left; x < right; x++) {
			double cover = radius + 0.5 - distance((struct spot){x + 0.5, y + 0.5}, from, to);
			uint8_t *pixel = picture_raster_at(raster, (uint32_t)x, (uint32_t)y);

			if (cover <= 0)
				continue;
			cover = fmin(cover, 1);
			for (int c = 0; c < 3; c++)
				pixel[c] = (uint8_t)lround(
					pixel[c] * (1 - cover) + (rgb >> (16 - 8 * c) & 255) * cover);
			pixel[3] = (uint8_t)lround(pixel[3] * (1 - cover) + 255 * cover);
		}
}

static int
digit(char character)
{
	return character <= '9' ? character - '0' : character - 'a' + 10;
}

static void
draw_letter(struct picture_raster *raster, double x, double y, double unit, uint32_t rgb,
	const char *lines)
{
	struct spot last = {0};
	bool begun = false;

	for (; lines[0] != '\0'; lines += begun ? 2 : 1) {
		struct spot next;

		if (lines[0] == ' ') {
			begun = false;
			continue;
		}
		next = (struct spot){x + (digit(lines[0]) + pen) * unit,
			y + (digit(lines[1]) + PICTURE_FONT_ABOVE) * unit};
		draw_line(raster, begun ? last : next, next, pen * unit, rgb);
		last = next;
		begun = true;
	}
}

void
picture_font_draw(struct picture_raster *raster, double x, double y, double unit, uint32_t rgb,
	const char *text, size_t len)
{
	for (size_t at = 0; at < len; x += PICTURE_FONT_WIDTH * unit)
		draw_letter(raster, x, y, unit, rgb, lines_of(picture_utf8_next(text, len, &at)));
}
