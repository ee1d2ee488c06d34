// SPDX-License-Identifier: Apache-2.0
// From a text to a recording: written, spoken, played.
"use client";
import { Download } from "lucide-react";
import { useId, useState } from "react";
import { useFormatter, useTranslations } from "use-intl";
import type { Model } from "@/api/models";
import { Progress } from "@/ui/bits";
import { Button } from "@/ui/button";
import { TextArea, TextField } from "@/ui/field";
import { Bytes } from "@/ui/format";
import { ErrorPanel } from "@/ui/notice";
import { Grid, Panel, Row, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { Cost } from "./cost";
import { type Spoken, useObjectUrl, useSpeak } from "./queries";
import { save } from "./save";
import styles from "./speech.module.css";

const TEXT_MOST = 4096;
const FORMATS = ["mp3", "opus", "flac", "wav"] as const;
const SPEEDS = [0.5, 0.75, 1, 1.25, 1.5, 2] as const;
/** OpenAI's, and those of the installation's own that say a language; any other name may be written. */
const VOICES = ["alloy", "espeak-en", "espeak-de", "espeak-fr", "espeak-es", "espeak-it"];
/** Opus comes in Ogg. */
const ends = (format: string) => (format === "opus" ? "ogg" : format);

export function Speak({ models }: { models: Model[] }) {
	const t = useTranslations("speech");
	const number = useFormatter();
	const speak = useSpeak();
	const voices = useId();
	const preset = models.find(({ bulkhead }) => bulkhead.default) ?? models[0];
	const [model, setModel] = useState(preset?.id ?? "default");
	const [input, setInput] = useState("");
	const [voice, setVoice] = useState("alloy");
	const [speed, setSpeed] = useState(1);
	const [format, setFormat] = useState<(typeof FORMATS)[number]>("mp3");
	const ready = input.trim() !== "" && voice.trim() !== "";
	return (
		<Stack gap={5}>
			<Panel>
				<form
					onSubmit={(event) => {
						event.preventDefault();
						if (ready && !speak.isPending)
							speak.mutate({ model, input, voice: voice.trim(), speed, response_format: format });
					}}
				>
					<Stack>
						{speak.error && <ErrorPanel error={speak.error} />}
						<TextArea
							label={t("text")}
							hint={t("textHint", { count: input.length, most: TEXT_MOST })}
							rows={6}
							dir="auto"
							maxLength={TEXT_MOST}
							value={input}
							onChange={(event) => setInput(event.target.value)}
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
								label={t("voice")}
								hint={t("voiceHint")}
								autoComplete="off"
								spellCheck={false}
								maxLength={64}
								list={voices}
								value={voice}
								onChange={(event) => setVoice(event.target.value)}
							/>
							<Select
								label={t("speed")}
								value={String(speed)}
								onChange={(value) => setSpeed(Number(value))}
								options={SPEEDS.map((value) => ({
									value: String(value),
									label: t("times", { value: number.number(value) }),
								}))}
							/>
							<Select
								label={t("format")}
								value={format}
								onChange={setFormat}
								options={FORMATS.map((value) => ({ value, label: value.toUpperCase() }))}
							/>
						</Grid>
						<datalist id={voices}>
							{VOICES.map((name) => (
								<option key={name} value={name} />
							))}
						</datalist>
						<Row gap={3}>
							<Button type="submit" variant="primary" busy={speak.isPending} disabled={!ready}>
								{t("speak")}
							</Button>
							<Cost model={models.find(({ id }) => id === model)} count={[...input].length} />
						</Row>
					</Stack>
				</form>
			</Panel>
			{speak.isPending && (
				<Panel>
					<Stack gap={2}>
						<div role="status">
							<Progress label={t("speaking")} max={1} />
						</div>
						<Row>
							<Button size="s" onClick={speak.cancel}>
								{t("cancel")}
							</Button>
						</Row>
					</Stack>
				</Panel>
			)}
			{speak.data && <Player spoken={speak.data} />}
		</Stack>
	);
}

function Player({ spoken }: { spoken: Spoken }) {
	const t = useTranslations("speech");
	const { blob, format } = spoken;
	const url = useObjectUrl(blob);
	return (
		<Panel title={t("recording")}>
			<Stack>
				{/* biome-ignore lint/a11y/useMediaCaption: the text above is what is said */}
				<audio className={styles.player} src={url} controls aria-label={t("recording")} />
				<Row gap={3}>
					<Button
						size="s"
						icon={<Download size={14} />}
						onClick={() => save(blob, `speech.${ends(format)}`)}
					>
						{t("download")}
					</Button>
					<Bytes value={blob.size} />
				</Row>
			</Stack>
		</Panel>
	);
}
