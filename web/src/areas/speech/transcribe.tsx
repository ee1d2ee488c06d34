// SPDX-License-Identifier: Apache-2.0
// From a recording to its text: chosen, sent, listened to, shown.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import type { Model } from "@/api/models";
import { useLeaveWarning } from "@/areas/documents/leave-warning";
import { Progress } from "@/ui/bits";
import { Button } from "@/ui/button";
import { DropZone } from "@/ui/drop-zone";
import { TextField } from "@/ui/field";
import { Bytes } from "@/ui/format";
import { Empty, ErrorPanel } from "@/ui/notice";
import { Grid, Panel, Row, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { Cost } from "./cost";
import { useObjectUrl, useTranscribe } from "./queries";
import styles from "./speech.module.css";
import { linesOf } from "./transcript";
import { TranscriptView } from "./transcript-view";

/** What the platform reads; it goes by the content. */
const READ = ".wav,.flac,.mp3,.ogg,.oga,.opus,audio/wav,audio/flac,audio/mpeg,audio/ogg";

export function Transcribe({ models }: { models: Model[] }) {
	const t = useTranslations("speech");
	const [file, setFile] = useState<File | null>(null);
	const { hearing, start, cancel } = useTranscribe();
	useLeaveWarning(hearing.state === "sending");
	const lines = hearing.state === "done" ? linesOf(hearing.transcription) : null;
	const drop = () => {
		cancel();
		setFile(null);
	};
	if (!file)
		return (
			<DropZone
				label={t("dropTitle")}
				hint={t("dropHint")}
				accept={READ}
				onFiles={([first]) => first && setFile(first)}
			/>
		);
	return (
		<Stack gap={5}>
			<Panel
				title={
					<bdi className={styles.name} title={file.name}>
						{file.name}
					</bdi>
				}
				actions={
					hearing.state !== "sending" && (
						<Button size="s" onClick={drop}>
							{t("another")}
						</Button>
					)
				}
			>
				{hearing.state === "sending" ? (
					<Stack gap={2}>
						<div role="status">
							<Progress
								label={t(hearing.share < 1 ? "sending" : "listening")}
								value={hearing.share < 1 ? hearing.share : undefined}
								max={1}
							/>
						</div>
						<Row>
							<Button size="s" onClick={cancel}>
								{t("cancel")}
							</Button>
						</Row>
					</Stack>
				) : (
					hearing.state !== "done" && (
						<Stack>
							{hearing.state === "failed" && <ErrorPanel error={hearing.error} />}
							<Options file={file} models={models} onStart={start} />
						</Stack>
					)
				)}
				{hearing.state === "done" && lines?.length === 0 && (
					<Empty title={t("silent")}>{t("silentText")}</Empty>
				)}
			</Panel>
			{hearing.state === "done" && lines && lines.length > 0 && (
				<TranscriptView
					file={file}
					lines={lines}
					language={hearing.transcription.language}
					seconds={hearing.transcription.usage.seconds}
				/>
			)}
		</Stack>
	);
}

interface OptionsProps {
	file: File;
	models: Model[];
	onStart: ReturnType<typeof useTranscribe>["start"];
}

function Options({ file, models, onStart }: OptionsProps) {
	const t = useTranslations("speech");
	const preset = models.find(({ bulkhead }) => bulkhead.default) ?? models[0];
	const [model, setModel] = useState(preset?.id ?? "default");
	const [language, setLanguage] = useState("");
	const [seconds, setSeconds] = useState<number | null>(null);
	const url = useObjectUrl(file);
	const isCode = /^([a-z]{2,3})?$/.test(language);
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				if (isCode) onStart({ file, model, language });
			}}
		>
			<Stack>
				{/* Its length, which is what is paid for. */}
				{/* biome-ignore lint/a11y/useMediaCaption: it is not played */}
				<audio
					src={url}
					preload="metadata"
					hidden
					onLoadedMetadata={({ currentTarget: { duration } }) =>
						setSeconds(Number.isFinite(duration) ? Math.ceil(duration) : null)
					}
				/>
				<Grid min="s">
					{models.length > 1 && (
						<Select
							label={t("model")}
							value={model}
							onChange={setModel}
							options={models.map(({ id }) => ({ value: id, label: id }))}
						/>
					)}
					<TextField
						label={t("language")}
						optional
						hint={t("languageHint")}
						error={!isCode && t("languageError")}
						autoComplete="off"
						maxLength={3}
						placeholder={t("detected")}
						value={language}
						onChange={(event) => setLanguage(event.target.value.trim().toLowerCase())}
					/>
				</Grid>
				<Row gap={3}>
					<Button type="submit" variant="primary">
						{t("transcribe")}
					</Button>
					<Bytes value={file.size} />
					<Cost model={models.find(({ id }) => id === model)} count={seconds} />
				</Row>
			</Stack>
		</form>
	);
}
