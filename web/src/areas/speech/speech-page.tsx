// SPDX-License-Identifier: Apache-2.0
// Speech: recordings are written down, texts are spoken.
"use client";
import { useTranslations } from "use-intl";
import { useModelsOf } from "@/api/models";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { CodeButton } from "@/ui/code-button";
import { Callout, Empty } from "@/ui/notice";
import { Page, Panel } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { speechSnippets } from "./snippets";
import { Speak } from "./speak";
import { Transcribe } from "./transcribe";

export function SpeechPage() {
	const t = useTranslations("speech");
	const { can } = useSession();
	const [tab, setTab] = useQueryState("tab", "transcribe");
	const hears = useModelsOf("transcription", can("models:read"));
	const speaks = useModelsOf("speech", can("models:read"));
	if (!can("audio:write"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	const waiting = (
		<Panel>
			<Skeleton lines={6} />
		</Panel>
	);
	// Who may not see models still may ask for one.
	const known = (models: typeof hears) => (can("models:read") ? models : []);
	const transcribers = known(hears);
	const voices = known(speaks);
	return (
		<Page
			title={t("title")}
			description={t("description")}
			actions={<CodeButton snippets={speechSnippets} />}
		>
			<Tabs
				label={t("title")}
				value={tab === "speak" ? "speak" : "transcribe"}
				onChange={setTab}
				tabs={[
					{
						value: "transcribe",
						label: t("transcribe"),
						content: !transcribers ? (
							waiting
						) : transcribers.length === 0 && can("models:read") ? (
							<Panel>
								<Empty title={t("noTranscriber")}>{t("noEngineText")}</Empty>
							</Panel>
						) : (
							<Transcribe models={transcribers} />
						),
					},
					{
						value: "speak",
						label: t("speak"),
						content: !voices ? (
							waiting
						) : voices.length === 0 && can("models:read") ? (
							<Panel>
								<Empty title={t("noVoice")}>{t("noEngineText")}</Empty>
							</Panel>
						) : (
							<Speak models={voices} />
						),
					},
				]}
			/>
		</Page>
	);
}
