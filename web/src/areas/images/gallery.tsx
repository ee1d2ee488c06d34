// SPDX-License-Identifier: Apache-2.0
// Pictures side by side, each a link to itself.
"use client";
import { useTranslations } from "use-intl";
import { Badge, Tag } from "@/ui/bits";
import { Image } from "@/ui/image";
import { StateLink } from "@/ui/state-link";
import styles from "./images.module.css";
import { contentOf, isOfTestBackend, type Picture } from "./queries";

/** What stands for a picture in words. */
export function useWords(): (picture: Pick<Picture, "alt" | "prompt">) => string {
	const t = useTranslations("images");
	return ({ alt, prompt }) => alt || prompt || t("noWords");
}

export function Gallery({ pictures }: { pictures: Picture[] }) {
	const t = useTranslations("images");
	const words = useWords();
	return (
		<ul className={styles.gallery} aria-label={t("title")}>
			{pictures.map((picture) => (
				<li key={picture.id} className={styles.card}>
					<StateLink to={{ id: picture.id }}>
						<span className={styles.frame}>
							<Image
								src={contentOf(picture.file_id)}
								alt={words(picture)}
								width={picture.width}
								height={picture.height}
								loading="lazy"
								decoding="async"
							/>
						</span>
					</StateLink>
					<p className={styles.caption} dir="auto" title={words(picture)}>
						{words(picture)}
					</p>
					<p className={styles.facts}>
						<span>
							{picture.width} × {picture.height}
						</span>
						{picture.model !== null && !isOfTestBackend(picture) && (
							<bdi className={styles.model}>{picture.model}</bdi>
						)}
						{isOfTestBackend(picture) && <Badge tone="warn">{t("testBackend")}</Badge>}
						{picture.alt === null && <Tag>{t("altMissing")}</Tag>}
					</p>
				</li>
			))}
		</ul>
	);
}

const WAITING = 8;

/** As high as what comes. */
export function GallerySkeleton() {
	return (
		<div className={styles.gallery} aria-busy>
			{Array.from({ length: WAITING }, (_, index) => (
				<span key={index} className={styles.card} aria-hidden>
					<span className={styles.frame} />
					<span className={styles.caption} />
					<span className={styles.facts} />
				</span>
			))}
		</div>
	);
}
