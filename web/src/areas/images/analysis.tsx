// SPDX-License-Identifier: Apache-2.0
// What programs find in a picture, and where: words and codes are drawn around on it.
"use client";
import { MapPin } from "lucide-react";
import { useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { Progress, Tag } from "@/ui/bits";
import { Button } from "@/ui/button";
import { Switch } from "@/ui/choice";
import { CodeBlock, CopyButton } from "@/ui/copy";
import { None } from "@/ui/format";
import { Image } from "@/ui/image";
import { ErrorPanel } from "@/ui/notice";
import { DescriptionList, Muted, Row, Stack } from "@/ui/page";
import { StateLink } from "@/ui/state-link";
import { useWords } from "./gallery";
import styles from "./images.module.css";
import { type Box, contentOf, type ImageAnalysis, type Picture, useAnalysis } from "./queries";

export function Analysis({ picture }: { picture: Picture }) {
	const t = useTranslations("images");
	const [place, setPlace] = useState(false);
	const [boxes, setBoxes] = useState(true);
	const query = useAnalysis(picture.file_id, place);
	const analysis = query.data;
	const found = (analysis?.words?.length ?? 0) + (analysis?.codes?.length ?? 0);
	return (
		<Stack gap={4}>
			<Marked picture={picture} analysis={boxes ? analysis : undefined} />
			{query.error ? (
				<ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
			) : analysis ? (
				<>
					{found > 0 && <Switch label={t("boxes")} checked={boxes} onChange={setBoxes} />}
					<Findings analysis={analysis} own={picture.id} />
					{!place && (
						<Row>
							<Button size="s" icon={<MapPin size={14} />} onClick={() => setPlace(true)}>
								{t("askPlace")}
							</Button>
						</Row>
					)}
				</>
			) : (
				<div role="status">
					<Progress label={t("analysing")} max={1} />
				</div>
			)}
		</Stack>
	);
}

/** The boxes are pixels of the picture as it is seen, and so is what is drawn. */
function Marked({ picture, analysis }: { picture: Picture; analysis: ImageAnalysis | undefined }) {
	const words = useWords();
	const around = ({ x, y, width, height }: Box, index: number, className: string | undefined) => (
		<g key={index}>
			<rect x={x} y={y} width={width} height={height} />
			<rect x={x} y={y} width={width} height={height} className={className} />
		</g>
	);
	return (
		<span className={styles.whole}>
			<Image
				src={contentOf(picture.file_id)}
				alt={words(picture)}
				width={picture.width}
				height={picture.height}
			/>
			{analysis && (
				<svg
					className={styles.boxes}
					viewBox={`0 0 ${analysis.width} ${analysis.height}`}
					preserveAspectRatio="none"
					aria-hidden
				>
					{analysis.words?.map(({ box }, index) => around(box, index, styles.wordBox))}
					{analysis.codes?.map(({ box }, index) => around(box, index, styles.codeBox))}
				</svg>
			)}
		</span>
	);
}

function Findings({ analysis, own }: { analysis: ImageAnalysis; own: string }) {
	const t = useTranslations("images");
	const format = useFormatter();
	const share = (value: number) =>
		format.number(value, { style: "percent", maximumFractionDigits: 0 });
	const { header, exif, place, colours, codes, near, sharpness, text } = analysis;
	const others = near?.filter(({ id }) => id !== own) ?? [];
	return (
		<Stack gap={4}>
			<DescriptionList
				items={[
					{
						term: t("header"),
						value: t("headerText", {
							type: header.media_type,
							colour: header.colour,
							bits: header.bits,
						}),
					},
					...(sharpness === undefined
						? []
						: [
								{
									term: t("sharpness"),
									value: t(sharpness < 0.5 ? "blurred" : "sharp", { share: share(sharpness) }),
								},
							]),
					...(colours && colours.length > 0
						? [{ term: t("colours"), value: <Colours colours={colours} share={share} /> }]
						: []),
					...(exif ? exifItems(exif, t) : []),
					...(place ? [{ term: t("place"), value: `${place.latitude}, ${place.longitude}` }] : []),
					...(codes && codes.length > 0
						? [
								{
									term: t("codes"),
									value: codes.map((code, index) => (
										<Row key={index}>
											<Tag>{code.kind}</Tag>
											<bdi>{code.text}</bdi>
											<CopyButton text={code.text} label={t("copyCode")} />
										</Row>
									)),
								},
							]
						: []),
					...(near
						? [
								{
									term: t("near"),
									value:
										others.length === 0 ? (
											<None>{t("noneNear")}</None>
										) : (
											<Row gap={3}>
												{others.map(({ id, file_id, distance }) => (
													<StateLink key={id} to={{ id }} aria-label={t("nearOne", { distance })}>
														<Image className={styles.thumb} src={contentOf(file_id)} alt="" />
													</StateLink>
												))}
											</Row>
										),
								},
							]
						: []),
				]}
			/>
			{text !== undefined && text.trim() !== "" && (
				<Stack gap={2}>
					<CodeBlock code={text} label={t("words")} wrap />
					<Muted>
						{t("confidence", { share: share((analysis.text_confidence ?? 0) / 100) })}
						{analysis.text_complete === false && ` ${t("incomplete")}`}
					</Muted>
				</Stack>
			)}
			{analysis.bulkhead.absent.length > 0 && (
				<Muted>{t("absent", { names: analysis.bulkhead.absent.join(", ") })}</Muted>
			)}
		</Stack>
	);
}

type T = ReturnType<typeof useTranslations<"images">>;

/** What is known of how it was taken. */
function exifItems(exif: NonNullable<ImageAnalysis["exif"]>, t: T) {
	const items = (
		["taken", "camera", "lens", "exposure", "aperture", "iso", "focal_length"] as const
	).flatMap((name) => {
		const value = exif[name];
		return value === null ? [] : [{ term: t(`exif_${name}`), value: <bdi>{String(value)}</bdi> }];
	});
	return items.length > 0 ? items : [{ term: t("exif"), value: <None key="none" /> }];
}

interface ColoursProps {
	colours: NonNullable<ImageAnalysis["colours"]>;
	share: (value: number) => string;
}

function Colours({ colours, share }: ColoursProps) {
	return (
		<Row gap={3}>
			{colours.map((colour) => {
				const name = `#${colour.rgb.replace(/^#/, "")}`;
				return (
					<span key={colour.rgb} className={styles.colour}>
						<svg viewBox="0 0 1 1" className={styles.swatch} aria-hidden>
							<rect width="1" height="1" fill={name} />
						</svg>
						<code>{name}</code> {share(colour.share)}
					</span>
				);
			})}
		</Row>
	);
}
