// SPDX-License-Identifier: Apache-2.0
// The origins whose pages may use the organisation's credentials in a browser.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { TextArea } from "@/ui/field";
import { None } from "@/ui/format";
import { ErrorPanel } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { useCors, useSetCors } from "./queries";

export function CorsPanel({ writable }: { writable: boolean }) {
	const t = useTranslations("settings");
	const cors = useCors();
	const origins = cors.data?.origins;
	return (
		<Panel title={t("cors")} description={t("corsText")}>
			{cors.error ? (
				<ErrorPanel error={cors.error} onRetry={() => void cors.refetch()} />
			) : !origins ? (
				<Skeleton lines={3} />
			) : writable ? (
				<Form origins={origins} />
			) : origins.length === 0 ? (
				<None />
			) : (
				<ul>
					{origins.map((origin) => (
						<li key={origin}>
							<code>{origin}</code>
						</li>
					))}
				</ul>
			)}
		</Panel>
	);
}

function Form({ origins }: { origins: string[] }) {
	const t = useTranslations("settings");
	const ui = useTranslations("ui");
	const toast = useToast();
	const set = useSetCors();
	const kept = origins.join("\n");
	const [text, setText] = useState(kept);
	useEffect(() => setText(kept), [kept]);
	const lines = text.split(/\s+/).filter(Boolean);
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				set.mutate(lines, { onSuccess: () => toast(ui("saved")) });
			}}
		>
			<Stack>
				{set.error && <ErrorPanel error={set.error} />}
				<TextArea
					label={t("origins")}
					hint={t("originsHint")}
					optional
					rows={3}
					value={text}
					spellCheck={false}
					placeholder="https://app.example.com"
					onChange={(event) => setText(event.target.value)}
				/>
				<Row>
					<Button type="submit" busy={set.isPending} disabled={lines.join("\n") === kept}>
						{ui("save")}
					</Button>
				</Row>
			</Stack>
		</form>
	);
}
