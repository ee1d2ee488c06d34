// SPDX-License-Identifier: Apache-2.0
// Where files are dropped, and what is being sent: each with its progress, to be cancelled or tried again.
"use client";
import { useQueryClient } from "@tanstack/react-query";
import { FilePlus, FolderPlus, RotateCcw, X } from "lucide-react";
import { type DragEvent, useEffect, useRef, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import { Badge, Progress } from "@/ui/bits";
import { Button, IconButton } from "@/ui/button";
import { Bytes } from "@/ui/format";
import { Muted } from "@/ui/page";
import { type Dropped, readChosen, readDrop } from "./dropped";
import { useLeaveWarning } from "./leave-warning";
import { refreshTop, type Store } from "./queries";
import { useTrouble } from "./trouble";
import styles from "./upload-panel.module.css";
import { isActive, type UploadItem, uploads, useUploads } from "./uploads";

/** Of those that wait, these many are shown; the rest is counted. */
const SHOWN = 8;
const TOLD_MS = 600;

export function UploadPanel({ store }: { store: Store }) {
	const t = useTranslations("documents");
	const [over, setOver] = useState(false);
	const files = useRef<HTMLInputElement>(null);
	const folder = useRef<HTMLInputElement>(null);
	const sum = useUploads(store.id);
	useFreshLists(store.id);
	useLeaveWarning(sum.active > 0);
	const add = (dropped: Dropped[]) => dropped.length > 0 && uploads.add(store.id, dropped);
	const drag = (on: boolean) => (event: DragEvent) => {
		event.preventDefault();
		setOver(on);
	};
	const chosen = (input: HTMLInputElement) => {
		add(readChosen([...(input.files ?? [])]));
		input.value = "";
	};
	return (
		<section
			className={styles.panel}
			data-over={over || undefined}
			aria-label={t("upload")}
			onDragOver={drag(true)}
			onDragLeave={drag(false)}
			onDrop={(event) => {
				drag(false)(event);
				void readDrop(event.dataTransfer).then(add);
			}}
		>
			<div className={styles.zone}>
				<div className={styles.text}>
					<p className={styles.title}>{t("dropTitle")}</p>
					<p className={styles.hint}>{t("dropHint")}</p>
				</div>
				<div className={styles.buttons}>
					<Button icon={<FilePlus size={16} />} onClick={() => files.current?.click()}>
						{t("chooseFiles")}
					</Button>
					<Button icon={<FolderPlus size={16} />} onClick={() => folder.current?.click()}>
						{t("chooseFolder")}
					</Button>
				</div>
				<input
					ref={files}
					type="file"
					multiple
					hidden
					data-files
					onChange={(event) => chosen(event.target)}
				/>
				<input
					ref={(input) => {
						folder.current = input;
						input?.setAttribute("webkitdirectory", "");
					}}
					type="file"
					multiple
					hidden
					onChange={(event) => chosen(event.target)}
				/>
			</div>
			{sum.items.length > 0 && <Sending store={store.id} />}
		</section>
	);
}

function Sending({ store }: { store: string }) {
	const t = useTranslations("documents");
	const sum = useUploads(store);
	const shown = order(sum.items);
	const hidden =
		sum.items.filter((item) => item.state === "waiting").length -
		shown.filter((item) => item.state === "waiting").length;
	return (
		<div className={styles.sending}>
			<div className={styles.summary}>
				<div className={styles.grow}>
					<Progress
						label={
							sum.active > 0
								? t("sendingFiles", { done: sum.done, total: sum.done + sum.active })
								: t("sentFiles", { count: sum.done })
						}
						value={sum.sent}
						max={sum.bytes}
						tone={sum.failed > 0 ? "warn" : "accent"}
						text={
							<>
								<Bytes value={sum.sent} /> / <Bytes value={sum.bytes} />
							</>
						}
					/>
				</div>
				{sum.active > 0 ? (
					<Button size="s" onClick={() => uploads.cancelAll(store)}>
						{t("cancelAll")}
					</Button>
				) : (
					<Button size="s" variant="quiet" onClick={() => uploads.clear(store)}>
						{t("clear")}
					</Button>
				)}
			</div>
			{shown.length > 0 && (
				<ul className={styles.list} aria-label={t("uploads")}>
					{shown.map((item) => (
						<Line key={item.id} item={item} />
					))}
				</ul>
			)}
			{hidden > 0 && <Muted>{t("moreWaiting", { count: hidden })}</Muted>}
		</div>
	);
}

/** What failed, then what is under way, then the first of those that wait. */
function order(items: UploadItem[]): UploadItem[] {
	const by = (state: (item: UploadItem) => boolean) => items.filter(state);
	return [
		...by((item) => item.state === "failed").slice(0, 50),
		...by((item) => isActive(item.state) && item.state !== "waiting"),
		...by((item) => item.state === "cancelled").slice(0, SHOWN),
		...by((item) => item.state === "waiting").slice(0, SHOWN),
	];
}

function Line({ item }: { item: UploadItem }) {
	const t = useTranslations("documents");
	const format = useFormatter();
	const trouble = useTrouble(item.error);
	const name = item.folder === "" ? item.file.name : `${item.folder}/${item.file.name}`;
	return (
		<li className={styles.line}>
			<span className={styles.name} title={name}>
				<bdi>{name}</bdi>
			</span>
			<span className={styles.state}>
				{item.state === "sending" || item.state === "stalled" ? (
					<Progress
						hideLabel
						label={t("progressOf", { name })}
						value={item.sent}
						max={item.file.size}
						tone={item.state === "stalled" ? "warn" : "accent"}
					/>
				) : (
					<Badge
						tone={item.state === "failed" ? "bad" : item.state === "attaching" ? "info" : "neutral"}
					>
						{t(`send_${item.state}`)}
					</Badge>
				)}
			</span>
			<span className={styles.figure}>
				{item.state === "stalled"
					? t("send_stalled")
					: item.state === "sending"
						? format.number(item.file.size === 0 ? 0 : item.sent / item.file.size, {
								style: "percent",
								maximumFractionDigits: 0,
							})
						: (trouble ?? <Bytes value={item.file.size} />)}
			</span>
			{item.state === "failed" || item.state === "cancelled" ? (
				typeof item.error !== "string" && (
					<IconButton
						size="s"
						label={t("sendAgain", { name })}
						icon={<RotateCcw size={14} />}
						onClick={() => uploads.retry(item.id)}
					/>
				)
			) : (
				<IconButton
					size="s"
					label={t("cancelOf", { name })}
					icon={<X size={14} />}
					disabled={item.state === "attaching"}
					onClick={() => uploads.cancel(item.id)}
				/>
			)}
		</li>
	);
}

/** A file that was added shows in the lists a moment later; many at once ask once. */
function useFreshLists(store: string) {
	const client = useQueryClient();
	useEffect(() => {
		let timer: ReturnType<typeof setTimeout> | undefined;
		uploads.onAttached = (changed) => {
			if (changed !== store) return;
			timer ??= setTimeout(() => {
				timer = undefined;
				void refreshTop(client, store);
			}, TOLD_MS);
		};
		return () => clearTimeout(timer);
	}, [client, store]);
}
