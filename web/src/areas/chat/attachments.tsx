// SPDX-License-Identifier: Apache-2.0
// Files above the text: where they go, how they are sent, and how far each has been read.
"use client";
import { useQueryClient } from "@tanstack/react-query";
import { RotateCcw, X } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { fileAddress } from "@/areas/documents/address";
import { FileProgress } from "@/areas/documents/file-progress";
import { useLeaveWarning } from "@/areas/documents/leave-warning";
import { type StoreFile, useFile } from "@/areas/documents/queries";
import { FILE_TONES } from "@/areas/documents/states";
import { useTrouble } from "@/areas/documents/trouble";
import { isActive, type UploadItem, uploads } from "@/areas/documents/uploads";
import { Badge, Progress } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { Bytes } from "@/ui/format";
import { Link } from "@/ui/link";
import { ErrorPanel } from "@/ui/notice";
import { FilterSelect } from "@/ui/select";
import styles from "./attachments.module.css";
import { useStores } from "./queries";
import { OWN, type useAttaching } from "./use-attaching";

interface AttachmentsProps {
	attaching: ReturnType<typeof useAttaching>;
	/** The chat's; "" for one without. */
	title: string;
}

export function Attachments({ attaching, title }: AttachmentsProps) {
	const t = useTranslations("chat");
	const { chosen, items } = attaching;
	useLeaveWarning(items.some((item) => isActive(item.state)));
	if (chosen.length === 0 && items.length === 0) return null;
	return (
		<section className={styles.tray} aria-label={t("files")}>
			{items.length > 0 && (
				<ul className={styles.list} aria-label={t("filesOfChat")}>
					{items.map((item) => (
						<Item key={item.id} item={item} />
					))}
				</ul>
			)}
			{chosen.length > 0 && <Chosen attaching={attaching} title={title} />}
		</section>
	);
}

function Chosen({ attaching, title }: AttachmentsProps) {
	const t = useTranslations("chat");
	const [store, setStore] = useState<string>(OWN);
	const stores = useStores();
	const { chosen, error } = attaching;
	const name = t("ownStoreName", { name: title || (chosen[0]?.file.name ?? "") });
	return (
		<>
			<ul className={styles.list} aria-label={t("chosenFiles")}>
				{chosen.map(({ file, folder }, at) => (
					<li key={`${at}.${file.name}`} className={styles.line}>
						<Name name={folder === "" ? file.name : `${folder}/${file.name}`} />
						<span className={styles.state}>
							<Bytes value={file.size} />
						</span>
						<IconButton
							size="s"
							label={t("leaveOut", { name: file.name })}
							icon={<X size={14} />}
							disabled={attaching.busy}
							onClick={() => attaching.unchoose(at)}
						/>
					</li>
				))}
			</ul>
			{error === "tooMany" && <p className={styles.trouble}>{t("tooManyStores")}</p>}
			{error !== null && error !== "tooMany" && <ErrorPanel error={error} />}
			<div className={styles.acts}>
				<FilterSelect
					label={t("addTo")}
					value={store}
					disabled={attaching.busy}
					onChange={setStore}
					options={[
						{ value: OWN, label: t("ownStore") },
						...(stores.data?.data ?? []).map(({ id, name: known }) => ({
							value: id,
							label: known || id,
						})),
					]}
				/>
				<Button
					size="s"
					variant="primary"
					busy={attaching.busy}
					onClick={() => attaching.send(store, name.slice(0, 256))}
				>
					{t("addFiles", { count: chosen.length })}
				</Button>
				<Button size="s" variant="quiet" disabled={attaching.busy} onClick={attaching.clear}>
					{t("cancel")}
				</Button>
				<span className={styles.hint}>{t("addHint")}</span>
			</div>
		</>
	);
}

function Name({ name }: { name: string }) {
	return (
		<span className={styles.name} title={name}>
			<bdi>{name}</bdi>
		</span>
	);
}

function Item({ item }: { item: UploadItem }) {
	const t = useTranslations("chat");
	const documents = useTranslations("documents");
	const trouble = useTrouble(item.error);
	const { name } = item.file;
	const { state } = item;
	const again = (state === "failed" || state === "cancelled") && typeof item.error !== "string";
	return (
		<li className={styles.line}>
			{item.attached ? (
				<Link className={styles.name} href={fileAddress(item.store, item.attached.id)} title={name}>
					<bdi>{name}</bdi>
				</Link>
			) : (
				<Name name={name} />
			)}
			<span className={styles.state}>
				{item.attached ? (
					<Reading attached={item.attached} />
				) : state === "sending" || state === "stalled" ? (
					<Progress
						label={documents(state === "stalled" ? "send_stalled" : "sending")}
						value={item.sent}
						max={item.file.size}
						tone={state === "stalled" ? "warn" : "accent"}
					/>
				) : (
					<>
						<Badge tone={state === "failed" ? "bad" : "neutral"}>
							{documents(`send_${state}`)}
						</Badge>{" "}
						{trouble !== null && <span className={styles.trouble}>{trouble}</span>}
					</>
				)}
			</span>
			{again ? (
				<IconButton
					size="s"
					label={documents("sendAgain", { name })}
					icon={<RotateCcw size={14} />}
					onClick={() => uploads.retry(item.id)}
				/>
			) : isActive(state) ? (
				<IconButton
					size="s"
					label={documents("cancelOf", { name })}
					icon={<X size={14} />}
					disabled={state === "attaching"}
					onClick={() => uploads.cancel(item.id)}
				/>
			) : (
				<IconButton
					size="s"
					label={t("hideFile", { name })}
					icon={<X size={14} />}
					onClick={() => uploads.forget(item.id)}
				/>
			)}
		</li>
	);
}

/** From the reading to the index; then the chat finds it. */
function Reading({ attached }: { attached: StoreFile }) {
	const t = useTranslations("documents");
	const client = useQueryClient();
	const query = useFile(attached.vector_store_id, attached.id);
	const file = query.data ?? attached;
	const ready = file.status === "completed";
	useEffect(() => {
		// How many files a store has is shown where stores are chosen.
		if (ready) void client.invalidateQueries({ queryKey: ["vector_stores"] });
	}, [client, ready]);
	if (file.status === "in_progress") return <FileProgress file={file} follow />;
	return (
		<>
			<Badge tone={FILE_TONES[file.status]}>{t(`status_${file.status}`)}</Badge>{" "}
			{file.last_error && <span className={styles.trouble}>{file.last_error.message}</span>}
		</>
	);
}
