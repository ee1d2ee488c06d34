// SPDX-License-Identifier: Apache-2.0
// Pictures of a question: those that are about to go along, and those that went.
"use client";
import { LibraryBig, RotateCcw, X } from "lucide-react";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useModels } from "@/api/models";
import { useSession } from "@/session/session";
import { Progress } from "@/ui/bits";
import { IconButton } from "@/ui/button";
import { Image } from "@/ui/image";
import styles from "./attachments.module.css";
import type { Settings } from "./settings";
import type { Picked, usePictures } from "./use-pictures";

/** Whether the model takes pictures; null while nobody knows. */
function useSees(settings: Settings): boolean | null {
	const { can } = useSession();
	const model = useModels(can("models:read")).data?.data.find(({ id }) => id === settings.model);
	return model ? model.bulkhead.vision : null;
}

interface PickedProps {
	pictures: ReturnType<typeof usePictures>;
	settings: Settings;
	/** Instead of asking with it: into the documents of the chat. Undefined where nobody may. */
	onDocument: ((file: File) => void) | undefined;
}

export function PickedPictures({ pictures, settings, onDocument }: PickedProps) {
	const t = useTranslations("chat");
	const sees = useSees(settings);
	if (pictures.items.length === 0) return null;
	return (
		<section className={styles.tray} aria-label={t("pictures")}>
			<ul className={styles.pictures}>
				{pictures.items.map((item, index) => (
					<OnePicked
						key={item.key}
						item={item}
						name={item.name || t("pictureNumber", { number: index + 1 })}
						pictures={pictures}
						onDocument={onDocument}
					/>
				))}
			</ul>
			{sees === false && <p className={styles.note}>{t("picturesTold")}</p>}
		</section>
	);
}

function OnePicked({
	item,
	name,
	pictures,
	onDocument,
}: Omit<PickedProps, "settings"> & { item: Picked; name: string }) {
	const t = useTranslations("chat");
	const { file } = item;
	return (
		<li className={styles.picture}>
			<Image className={styles.thumb} src={item.source} alt={name} />
			<div className={styles.pictureActs}>
				<IconButton
					size="s"
					label={t("leaveOut", { name })}
					icon={<X size={14} />}
					onClick={() => pictures.remove(item)}
				/>
				{file && onDocument && (
					<IconButton
						size="s"
						label={t("asDocument", { name })}
						icon={<LibraryBig size={14} />}
						onClick={() => {
							pictures.remove(item);
							onDocument(file);
						}}
					/>
				)}
				{item.error && (
					<IconButton
						size="s"
						label={t("sendPictureAgain", { name })}
						icon={<RotateCcw size={14} />}
						onClick={() => pictures.retry(item)}
					/>
				)}
			</div>
			{item.error ? (
				<p className={styles.trouble} role="alert">
					{item.error.message}
				</p>
			) : (
				item.id === null && (
					<div className={styles.pictureState} role="status">
						<Progress label={t("sendingPicture", { name })} value={item.share} max={1} hideLabel />
					</div>
				)
			)}
		</li>
	);
}

/** Those of a question that was asked; one that is gone says so. */
export function AskedPictures({ sources }: { sources: readonly (string | null)[] }) {
	const t = useTranslations("chat");
	if (sources.length === 0) return null;
	return (
		<ul className={styles.asked} aria-label={t("pictures")}>
			{sources.map((source, index) => (
				<li key={index}>
					<Shown source={source} name={t("pictureNumber", { number: index + 1 })} />
				</li>
			))}
		</ul>
	);
}

function Shown({ source, name }: { source: string | null; name: string }) {
	const t = useTranslations("chat");
	const [failed, setFailed] = useState(false);
	if (source === null || failed)
		return (
			<span className={styles.gone}>{t(source === null ? "pictureElsewhere" : "pictureGone")}</span>
		);
	return (
		<Image
			className={styles.large}
			src={source}
			alt={name}
			loading="lazy"
			onError={() => setFailed(true)}
		/>
	);
}
