// SPDX-License-Identifier: Apache-2.0
// The form of a picture to be made: what it holds, what is sent for it, and what it will cost.
import { decimalToNanos } from "@/api/decimal";
import type { Model } from "@/api/models";
import type { EditCreate, GenerationCreate, Picture } from "./queries";

export const PROMPT_MOST = 32_000;
export const SOURCES_MOST = 16;
export const PARTIALS = 2;
export const SIZES = ["auto", "512x512", "1024x1024", "1536x1024", "1024x1536"] as const;
export const QUALITIES = ["auto", "low", "medium", "high"] as const;
export const FORMATS = ["png", "jpeg", "webp"] as const;
export const BACKGROUNDS = ["auto", "opaque", "transparent"] as const;
const SEED_MOST = 2_147_483_647;

export interface PictureForm {
	prompt: string;
	/** "": the default one. */
	model: string;
	n: number;
	size: string;
	quality: (typeof QUALITIES)[number];
	format: (typeof FORMATS)[number];
	background: (typeof BACKGROUNDS)[number];
	/** As it is typed. */
	seed: string;
	/** Files from which it is made. */
	sources: string[];
	/** A file as large as the first of them: what is transparent in it is made anew. "": none. */
	mask: string;
}

export const EMPTY: PictureForm = {
	prompt: "",
	model: "",
	n: 1,
	size: "auto",
	quality: "auto",
	format: "png",
	background: "auto",
	seed: "",
	sources: [],
	mask: "",
};

/** Undefined: it is none. */
export function seedOf(text: string): number | null | undefined {
	const plain = text.trim();
	if (plain === "") return null;
	return /^\d{1,10}$/.test(plain) && Number(plain) <= SEED_MOST ? Number(plain) : undefined;
}

/** Whether a JPEG is asked to be transparent, which none can be. */
export const isContrary = (form: PictureForm) =>
	form.format === "jpeg" && form.background === "transparent";

/** Null while something is missing or wrong. */
export function toRequest(form: PictureForm): GenerationCreate | EditCreate | null {
	const prompt = form.prompt.trim();
	const seed = seedOf(form.seed);
	if (prompt === "" || prompt.length > PROMPT_MOST || seed === undefined || isContrary(form))
		return null;
	const [first] = form.sources;
	return {
		prompt,
		n: form.n,
		size: form.size,
		quality: form.quality,
		output_format: form.format,
		background: form.background,
		partial_images: PARTIALS,
		bulkhead: { detached: true, ...(seed !== null && { seed }) },
		...(form.model !== "" && { model: form.model }),
		...(first !== undefined && {
			images: form.sources.map((file_id) => ({ file_id })),
			...(form.mask !== "" && { mask: { file_id: form.mask } }),
		}),
	} as GenerationCreate | EditCreate;
}

/** The form that makes such a picture again; a model that is gone is not asked for. */
export function formOf(picture: Picture, models: readonly Model[]): PictureForm {
	const pick = <T extends string>(all: readonly T[], value: string | null, preset: T): T =>
		all.find((each) => each === value) ?? preset;
	return {
		...EMPTY,
		prompt: picture.prompt ?? "",
		model: models.some(({ id }) => id === picture.model) ? (picture.model ?? "") : "",
		size: `${picture.width}x${picture.height}`,
		quality: pick(QUALITIES, picture.quality, "auto"),
		format: pick(FORMATS, picture.format, "png"),
		seed: picture.seed === null ? "" : String(picture.seed),
	};
}

const MILLION = 1_000_000n;

/** Nanos of `count` units at the price of a million; null: the model has no price of its own. */
export function costOf(model: Model | undefined, count: number): bigint | null {
	const price = model?.bulkhead.price;
	const nanos = price ? decimalToNanos(price.units) : null;
	return nanos === null ? null : (nanos * BigInt(Math.ceil(count)) + MILLION - 1n) / MILLION;
}
