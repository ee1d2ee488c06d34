// SPDX-License-Identifier: Apache-2.0
// The audit log: who did what to what, found again and taken along.
"use client";
import { Download } from "lucide-react";
import { useTranslations } from "use-intl";
import { useQueryState } from "@/api/url-state";
import { useServerNow } from "@/api/use-server-now";
import { useSession } from "@/session/session";
import { SavedViews } from "@/shell/saved-views";
import { LinkButton } from "@/ui/button";
import { CodeButton } from "@/ui/code-button";
import { Callout } from "@/ui/notice";
import { Page } from "@/ui/page";
import { AuditLog } from "./audit-log";
import { ChainStatus } from "./chain-status";
import { auditPath, exportPath, type Filter } from "./queries";
import { SPANS, spanOf } from "./span";

const seconds = (text: string) => (/^\d{1,12}$/.test(text) ? Number(text) : null);

export function AuditPage() {
	const t = useTranslations("audit");
	const { can } = useSession();
	if (!can("audit:read"))
		return (
			<Page title={t("title")}>
				<Callout title={t("forbiddenTitle")}>{t("forbiddenText")}</Callout>
			</Page>
		);
	return <Allowed />;
}

export interface AuditState {
	filter: Filter;
	set: Record<"actor" | "action" | "object" | "text" | "request", (value: string) => void>;
	span: (typeof SPANS)[number];
	setSpan: (span: string) => void;
	from: number | null;
	to: number | null;
	setFrom: (value: string) => void;
	setTo: (value: string) => void;
	clear: () => void;
}

function useAuditState(): AuditState {
	const now = useServerNow(60_000);
	const minute = Math.floor(now.getTime() / 60_000) * 60;
	const [actor, setActor] = useQueryState("actor");
	const [action, setAction] = useQueryState("action");
	const [object, setObject] = useQueryState("object");
	const [text, setText] = useQueryState("text");
	const [request, setRequest] = useQueryState("request");
	const [spanText, setSpan] = useQueryState("span", "any");
	const [from, setFrom] = useQueryState("from");
	const [to, setTo] = useQueryState("to");
	const span = SPANS.find((each) => each === spanText) ?? "any";
	const custom = { from: seconds(from), to: seconds(to) };
	const set = {
		actor: setActor,
		action: setAction,
		object: setObject,
		text: setText,
		request: setRequest,
	};
	return {
		filter: { actor, action, object, text, request, ...spanOf(span, minute, custom) },
		set,
		span,
		setSpan,
		...custom,
		setFrom,
		setTo,
		clear: () => {
			for (const write of Object.values(set)) write("");
			setSpan("any");
			setFrom("");
			setTo("");
		},
	};
}

function Allowed() {
	const t = useTranslations("audit");
	const state = useAuditState();
	return (
		<Page
			title={t("title")}
			description={t("description")}
			actions={
				<>
					<SavedViews />
					<CodeButton path={auditPath(state.filter)} />
					<LinkButton
						href={exportPath(state.filter, "csv")}
						download="audit.csv"
						icon={<Download size={16} />}
					>
						{t("csv")}
					</LinkButton>
					<LinkButton
						href={exportPath(state.filter, "ndjson")}
						download="audit.ndjson"
						icon={<Download size={16} />}
					>
						{t("json")}
					</LinkButton>
				</>
			}
		>
			<ChainStatus />
			<AuditLog state={state} />
		</Page>
	);
}
