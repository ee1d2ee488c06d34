// SPDX-License-Identifier: Apache-2.0
import { expect, test } from "vitest";
import { compare, decode, encode } from "./png.mjs";

/** A picture from a function of the place. */
function draw(colourAt, width = 64, height = 48) {
	const rgb = Buffer.alloc(width * height * 3);
	for (let y = 0; y < height; y++)
		for (let x = 0; x < width; x++) rgb.writeUIntBE(colourAt(x, y), (y * width + x) * 3, 3);
	return { width, height, rgb };
}

const frame = (left, colour = 0xd8dee0) =>
	draw((x, y) => ((x === left || x === 60) && y > 4 && y < 40 ? colour : 0xffffff));

test("what is written is read again", () => {
	const picture = draw((x, y) => ((x * 4 + y) % 200) << 8);
	expect(decode(encode(picture))).toEqual(picture);
});

test("more colours than a palette holds come back nearly the same", () => {
	const ramps = [0x010101, 0x010000, 0x000101];
	const picture = draw((x, y) => ((x * 4 + y) & 255) * ramps[y % 3]);
	expect(compare(picture, decode(encode(picture))).share).toBe(0);
});

test("a faint line that moves by one pixel is a difference, and where it is gets told", () => {
	const { share, box } = compare(frame(10), frame(11));
	expect(share).toBe((35 * 2) / (64 * 48));
	expect(box).toBe("10,5,11,39");
});

test("how an edge is smoothed is none", () => {
	const edge = (grey) => draw((x) => (x < 20 ? 0 : x > 20 ? 0xffffff : grey * 0x010101));
	expect(compare(edge(0x60), edge(0xa0)).share).toBe(0);
	expect(
		compare(
			edge(0x60),
			draw((x) => (x < 24 ? 0 : 0xffffff)),
		).share,
	).toBeGreaterThan(0);
});

test("another size is all different", () => {
	expect(
		compare(
			frame(1),
			draw(() => 0, 64, 47),
		).share,
	).toBe(1);
});
