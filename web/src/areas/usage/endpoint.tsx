// SPDX-License-Identifier: Apache-2.0
// Where notices go: a signed webhook and mail addresses.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { Secret } from "@/ui/copy";
import { Dialog, FormDialog } from "@/ui/dialog";
import { TextArea, TextField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Panel, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type NoticeEndpoint, useEndpoint, useRotateEndpoint, useSetEndpoint } from "./queries";

export function Endpoint() {
	const t = useTranslations("usage");
	const { can } = useSession();
	const endpoint = useEndpoint();
	const [act, setAct] = useState<"edit" | "rotate" | null>(null);
	const [secret, setSecret] = useState<string | null>(null);
	const shown = endpoint.data;
	const writable = can("notices:write") && shown !== undefined;
	const keep = (answer: NoticeEndpoint) => setSecret(answer.secret ?? null);
	return (
		<Panel
			title={t("endpoint")}
			description={can("notices:write") ? t("endpointText") : t("endpointOwners")}
			actions={
				writable && (
					<>
						{shown.url !== null && (
							<Button variant="quiet" onClick={() => setAct("rotate")}>
								{t("rotateSecret")}
							</Button>
						)}
						<Button onClick={() => setAct("edit")}>{t("changeEndpoint")}</Button>
					</>
				)
			}
		>
			{endpoint.error ? (
				<ErrorPanel error={endpoint.error} onRetry={() => void endpoint.refetch()} />
			) : shown ? (
				<Facts endpoint={shown} />
			) : (
				<Skeleton lines={2} />
			)}
			{shown && (
				<>
					<EditDialog
						open={act === "edit"}
						endpoint={shown}
						onClose={() => setAct(null)}
						onSaved={keep}
					/>
					<RotateDialog open={act === "rotate"} onClose={() => setAct(null)} onRotated={keep} />
				</>
			)}
			<SecretDialog secret={secret} onClose={() => setSecret(null)} />
		</Panel>
	);
}

function Facts({ endpoint }: { endpoint: NoticeEndpoint }) {
	const t = useTranslations("usage");
	const items = [
		{ term: t("webhook"), value: endpoint.url ?? <None>{t("notSet")}</None> },
		{
			term: t("mailTo"),
			value: endpoint.emails.length > 0 ? endpoint.emails.join(", ") : <None>{t("notSet")}</None>,
		},
	];
	if (endpoint.previous_secret_until !== null)
		items.push({ term: t("oldSecret"), value: <Time at={endpoint.previous_secret_until} /> });
	return <DescriptionList items={items} />;
}

interface EditDialogProps {
	open: boolean;
	endpoint: NoticeEndpoint;
	onClose: () => void;
	onSaved: (endpoint: NoticeEndpoint) => void;
}

function EditDialog({ open, endpoint, onClose, onSaved }: EditDialogProps) {
	const t = useTranslations("usage");
	const ui = useTranslations("ui");
	const toast = useToast();
	const set = useSetEndpoint();
	const [url, setUrl] = useState("");
	const [emails, setEmails] = useState("");
	const reset = set.reset;
	useEffect(() => {
		if (!open) return;
		setUrl(endpoint.url ?? "");
		setEmails(endpoint.emails.join("\n"));
		reset();
	}, [open, endpoint, reset]);
	return (
		<FormDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("endpoint")}
			submit={ui("save")}
			busy={set.isPending}
			onSubmit={() =>
				set.mutate(
					{
						url: url.trim() === "" ? null : url.trim(),
						emails: emails.split(/[\s,;]+/).filter(Boolean),
					},
					{
						onSuccess: (answer) => {
							onClose();
							onSaved(answer);
							toast(ui("saved"));
						},
					},
				)
			}
		>
			<Stack>
				{set.error && <ErrorPanel error={set.error} />}
				<TextField
					label={t("webhook")}
					hint={t("webhookHint")}
					optional
					type="url"
					inputMode="url"
					placeholder="https://example.com/notices"
					maxLength={2000}
					value={url}
					onChange={(event) => setUrl(event.target.value)}
				/>
				<TextArea
					label={t("mailTo")}
					hint={t("mailHint")}
					optional
					rows={3}
					value={emails}
					onChange={(event) => setEmails(event.target.value)}
				/>
			</Stack>
		</FormDialog>
	);
}

interface RotateDialogProps {
	open: boolean;
	onClose: () => void;
	onRotated: (endpoint: NoticeEndpoint) => void;
}

function RotateDialog({ open, onClose, onRotated }: RotateDialogProps) {
	const t = useTranslations("usage");
	const rotate = useRotateEndpoint();
	const close = () => {
		rotate.reset();
		onClose();
	};
	return (
		<FormDialog
			open={open}
			onOpenChange={(next) => !next && close()}
			title={t("rotateTitle")}
			description={t("rotateText")}
			submit={t("rotateSecret")}
			busy={rotate.isPending}
			onSubmit={() =>
				rotate.mutate(undefined, {
					onSuccess: (answer) => {
						close();
						onRotated(answer);
					},
				})
			}
		>
			{rotate.error && <ErrorPanel error={rotate.error} />}
		</FormDialog>
	);
}

function SecretDialog({ secret, onClose }: { secret: string | null; onClose: () => void }) {
	const t = useTranslations("usage");
	return (
		<Dialog
			wide
			open={secret !== null}
			onOpenChange={(open) => !open && onClose()}
			dismissible={false}
			title={t("secretTitle")}
			footer={
				<Button variant="primary" onClick={onClose}>
					{t("secretKept")}
				</Button>
			}
		>
			<Stack>
				<Callout tone="warn">{t("secretOnce")}</Callout>
				<Secret value={secret ?? ""} label={t("copySecret")} />
			</Stack>
		</Dialog>
	);
}
