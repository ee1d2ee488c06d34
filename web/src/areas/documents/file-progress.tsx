// SPDX-License-Identifier: Apache-2.0
// How far the ingestion of a file is: the stage, n of m in it, how long it takes and how long it may still take.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { useServerNow } from "@/api/use-server-now";
import { useStream } from "@/api/use-stream";
import { Duration } from "@/ui/format";
import styles from "./file-progress.module.css";
import type { FileEvent, StoreFile } from "./queries";
import { progressOf, STAGES } from "./states";

/** The newest event of the file's stream, while `follow` is set. */
export function useEvents(file: StoreFile, follow: boolean): FileEvent | undefined {
	const [event, setEvent] = useState<FileEvent | undefined>();
	const { start, leave } = useStream((events) => {
		const newest = events.at(-1)?.data as FileEvent | undefined;
		if (newest && newest.type !== "error") setEvent(newest);
	});
	const url = `/v1/vector_stores/${file.vector_store_id}/files/${file.id}/events`;
	const moving = follow && file.status === "in_progress";
	useEffect(() => {
		if (!moving) return;
		void start({ url, rejoin: (after) => (after < 0 ? url : `${url}?starting_after=${after}`) });
		return leave;
	}, [moving, url, start, leave]);
	return moving ? event : undefined;
}

interface FileProgressProps {
	file: StoreFile;
	/** Whether a stream is opened for it; otherwise it shows what the list says. */
	follow: boolean;
}

export function FileProgress({ file, follow }: FileProgressProps) {
	const t = useTranslations("documents");
	const event = useEvents(file, follow);
	const now = useServerNow(1000);
	const { stage, counted, over, remainingS } = progressOf(file, event);
	const elapsed = Math.max(0, Math.floor(now.getTime() / 1000) - file.created_at);
	const share = counted ? counted.done / counted.total : 0;
	return (
		<div className={styles.progress}>
			<div className={styles.words}>
				<span>
					{t(`stage_${stage}`)}
					{counted && ` ${t(`of_${counted.unit}`, { done: counted.done, total: counted.total })}`}
				</span>
				<span className={styles.time}>
					<Duration ms={elapsed * 1000} />
					{remainingS !== null && (
						<>
							{" · "}
							{t.rich("about", { time: () => <Duration ms={remainingS * 1000} /> })}
						</>
					)}
				</span>
			</div>
			<div
				className={styles.stages}
				role="progressbar"
				aria-label={t("progressOf", { name: file.bulkhead.filename })}
				aria-valuemin={0}
				aria-valuemax={100}
				aria-valuenow={Math.round(((over + share) / STAGES.length) * 100)}
				aria-valuetext={t(`stage_${stage}`)}
			>
				{STAGES.map((each, index) => (
					<progress
						key={each}
						aria-hidden
						className={styles.stage}
						max={1}
						value={index < over ? 1 : each === stage ? (counted ? share : undefined) : 0}
					/>
				))}
			</div>
		</div>
	);
}
