// SPDX-License-Identifier: Apache-2.0
// png.mjs: reads the browser's pictures, writes small ones with a palette, and tells how far two differ.
import { deflateSync, inflateSync } from "node:zlib";

const SIGNATURE = Buffer.from("89504e470d0a1a0a", "hex");
const CHANNELS = { 2: 3, 3: 1, 6: 4 };
const COLOURS_MAX = 256;

function* chunks(file) {
	if (!file.subarray(0, 8).equals(SIGNATURE)) throw new Error("not a PNG");
	for (let at = 8; at < file.length; ) {
		const length = file.readUInt32BE(at);
		yield [file.toString("latin1", at + 4, at + 8), file.subarray(at + 8, at + 8 + length)];
		at += length + 12;
	}
}

function paeth(left, up, corner) {
	const byLeft = Math.abs(up - corner);
	const byUp = Math.abs(left - corner);
	const byCorner = Math.abs(left + up - 2 * corner);
	if (byLeft <= byUp && byLeft <= byCorner) return left;
	return byUp <= byCorner ? up : corner;
}

/** Undoes the filters of the rows; what is left is samples. */
function unfilter(raw, width, height, channels) {
	const stride = width * channels;
	const out = Buffer.alloc(stride * height);
	for (let y = 0; y < height; y++) {
		const from = y * (stride + 1) + 1;
		const filter = raw[from - 1];
		for (let x = 0; x < stride; x++) {
			const at = y * stride + x;
			const left = x >= channels ? out[at - channels] : 0;
			const up = y > 0 ? out[at - stride] : 0;
			let by = 0;
			if (filter === 1) by = left;
			else if (filter === 2) by = up;
			else if (filter === 3) by = (left + up) >> 1;
			else if (filter === 4)
				by = paeth(left, up, x >= channels && y > 0 ? out[at - stride - channels] : 0);
			out[at] = raw[from + x] + by;
		}
	}
	return out;
}

/** {width, height, rgb}: of 8-bit pictures without interlacing, which is what the browser and encode() write. */
export function decode(file) {
	let head;
	let palette;
	const parts = [];
	for (const [type, data] of chunks(file)) {
		if (type === "IHDR") head = data;
		else if (type === "PLTE") palette = data;
		else if (type === "IDAT") parts.push(data);
	}
	const [width, height, depth, kind] = [
		head.readUInt32BE(0),
		head.readUInt32BE(4),
		head[8],
		head[9],
	];
	const channels = CHANNELS[kind];
	if (depth !== 8 || !channels || head[12] !== 0) throw new Error("a PNG of another kind");
	const samples = unfilter(inflateSync(Buffer.concat(parts)), width, height, channels);
	if (channels === 3) return { width, height, rgb: samples };
	const rgb = Buffer.alloc(width * height * 3);
	for (let i = 0; i < width * height; i++)
		if (palette) palette.copy(rgb, i * 3, samples[i] * 3, samples[i] * 3 + 3);
		else samples.copy(rgb, i * 3, i * 4, i * 4 + 3);
	return { width, height, rgb };
}

/** The most frequent colours; near ones that are rarer share an entry. */
function paletteOf(rgb) {
	const counts = new Map();
	for (let i = 0; i < rgb.length; i += 3) {
		const colour = rgb.readUIntBE(i, 3);
		counts.set(colour, (counts.get(colour) ?? 0) + 1);
	}
	const frequent = [...counts].sort((one, other) => other[1] - one[1]).map(([colour]) => colour);
	if (frequent.length <= COLOURS_MAX) return frequent;
	const exact = frequent.slice(0, COLOURS_MAX / 2);
	const bins = new Set();
	for (const colour of frequent.slice(COLOURS_MAX / 2)) {
		const bin = colour & 0xf0f0f0;
		if (bins.has(bin) || exact.length >= COLOURS_MAX) continue;
		bins.add(bin);
		exact.push(colour);
	}
	return exact;
}

function nearest(palette, colour) {
	const part = (value, shift) => (value >> shift) & 255;
	let best = 0;
	let least = Number.POSITIVE_INFINITY;
	palette.forEach((each, index) => {
		const far = [16, 8, 0].reduce(
			(sum, shift) => sum + (part(each, shift) - part(colour, shift)) ** 2,
			0,
		);
		if (far < least) [best, least] = [index, far];
	});
	return best;
}

const CRC = Uint32Array.from({ length: 256 }, (_, n) => {
	let c = n;
	for (let k = 0; k < 8; k++) c = c & 1 ? 0xedb88320 ^ (c >>> 1) : c >>> 1;
	return c;
});

function chunk(type, data) {
	const body = Buffer.concat([Buffer.from(type, "latin1"), data]);
	let crc = 0xffffffff;
	for (const byte of body) crc = CRC[(crc ^ byte) & 255] ^ (crc >>> 8);
	const [length, sum] = [Buffer.alloc(4), Buffer.alloc(4)];
	length.writeUInt32BE(data.length);
	sum.writeUInt32BE(~crc >>> 0);
	return Buffer.concat([length, body, sum]);
}

/** A PNG with at most 256 colours. */
export function encode({ width, height, rgb }) {
	const palette = paletteOf(rgb);
	const indexes = new Map(palette.map((colour, index) => [colour, index]));
	const raw = Buffer.alloc((width + 1) * height);
	for (let i = 0; i < width * height; i++) {
		const colour = rgb.readUIntBE(i * 3, 3);
		if (!indexes.has(colour)) indexes.set(colour, nearest(palette, colour));
		raw[Math.floor(i / width) * (width + 1) + 1 + (i % width)] = indexes.get(colour);
	}
	const head = Buffer.alloc(13);
	head.writeUInt32BE(width, 0);
	head.writeUInt32BE(height, 4);
	head.set([8, 3], 8);
	const table = Buffer.alloc(palette.length * 3);
	palette.forEach((colour, index) => {
		table.writeUIntBE(colour, index * 3, 3);
	});
	return Buffer.concat([
		SIGNATURE,
		chunk("IHDR", head),
		chunk("PLTE", table),
		chunk("IDAT", deflateSync(raw, { level: 9 })),
		chunk("IEND", Buffer.alloc(0)),
	]);
}

/** Colours that the eye tells apart; the palette's own error is less. */
const SAME = 24;
/** From here on it is the edge of a letter: what lies between its two sides is the business of the font's renderer. */
const EDGE = 96;

const light = (rgb, at) => (rgb[at] * 77 + rgb[at + 1] * 151 + rgb[at + 2] * 28) >> 8;

/** The darkest and the lightest around a pixel. */
function around({ width, height, rgb }, x, y) {
	let [least, most] = [255, 0];
	for (let v = Math.max(0, y - 1); v <= Math.min(height - 1, y + 1); v++)
		for (let u = Math.max(0, x - 1); u <= Math.min(width - 1, x + 1); u++) {
			const value = light(rgb, (v * width + u) * 3);
			least = Math.min(least, value);
			most = Math.max(most, value);
		}
	return [least, most];
}

/** Both have an edge here, and each one's pixel lies within the other's. */
function isEdge(one, other, x, y) {
	const at = (y * one.width + x) * 3;
	return [
		[one, other],
		[other, one],
	].every(([mine, its]) => {
		const [least, most] = around(mine, x, y);
		const value = light(its.rgb, at);
		return most - least >= EDGE && value >= least - SAME && value <= most + SAME;
	});
}

/** {share, box}: the share of pixels that differ, and where. */
export function compare(one, other) {
	if (one.width !== other.width || one.height !== other.height)
		return { share: 1, box: `${one.width}×${one.height} and ${other.width}×${other.height}` };
	let count = 0;
	const box = [one.width, one.height, 0, 0];
	for (let y = 0; y < one.height; y++)
		for (let x = 0; x < one.width; x++) {
			const at = (y * one.width + x) * 3;
			const far = Math.max(
				Math.abs(one.rgb[at] - other.rgb[at]),
				Math.abs(one.rgb[at + 1] - other.rgb[at + 1]),
				Math.abs(one.rgb[at + 2] - other.rgb[at + 2]),
			);
			if (far <= SAME || isEdge(one, other, x, y)) continue;
			count++;
			box[0] = Math.min(box[0], x);
			box[1] = Math.min(box[1], y);
			box[2] = Math.max(box[2], x);
			box[3] = Math.max(box[3], y);
		}
	return { share: count / (one.width * one.height), box: box.join(",") };
}
