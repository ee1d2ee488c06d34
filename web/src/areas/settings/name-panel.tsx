// SPDX-License-Identifier: Apache-2.0
// The organisation's name.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { DescriptionList, Panel, Row, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type Settings, useChangeSettings } from "./queries";

export function NamePanel({ settings, writable }: { settings: Settings; writable: boolean }) {
	const t = useTranslations("settings");
	const ui = useTranslations("ui");
	const toast = useToast();
	const change = useChangeSettings();
	const [name, setName] = useState(settings.name);
	useEffect(() => setName(settings.name), [settings.name]);
	const trimmed = name.trim();
	if (!writable)
		return (
			<Panel title={t("organisation")}>
				<DescriptionList
					items={[{ term: t("name"), value: <span dir="auto">{settings.name}</span> }]}
				/>
			</Panel>
		);
	return (
		<Panel title={t("organisation")}>
			<form
				onSubmit={(event) => {
					event.preventDefault();
					if (trimmed !== "" && trimmed !== settings.name)
						change.mutate({ name: trimmed }, { onSuccess: () => toast(ui("saved")) });
				}}
			>
				<Stack>
					{change.error && <ErrorPanel error={change.error} />}
					<TextField
						label={t("name")}
						hint={t("nameHint")}
						value={name}
						maxLength={128}
						autoComplete="organization"
						onChange={(event) => setName(event.target.value)}
					/>
					<Row>
						<Button
							type="submit"
							busy={change.isPending}
							disabled={trimmed === "" || trimmed === settings.name}
						>
							{ui("save")}
						</Button>
					</Row>
				</Stack>
			</form>
		</Panel>
	);
}
