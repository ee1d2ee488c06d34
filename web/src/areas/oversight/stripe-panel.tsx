// SPDX-License-Identifier: Apache-2.0
// The Stripe account that is connected. Its keys go in and never come out; the mock is called what it is.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { useDo } from "@/shell/use-do";
import { Badge, Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CopyButton } from "@/ui/copy";
import { ConfirmDialog, FormDialog } from "@/ui/dialog";
import { PasswordField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Panel, Row, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { useConnectStripe, useDisconnectStripe, useStripe } from "./queries";

export function StripePanel() {
	const t = useTranslations("oversight");
	const { can } = useSession();
	const stripe = useStripe();
	const [connecting, setConnecting] = useDo("stripe");
	const [ending, setEnding] = useState(false);
	const writable = can("tenants:write");
	const now = stripe.data;
	const isMock = now?.mode === "mock";
	return (
		<Panel
			title="Stripe"
			description={t("stripeText")}
			actions={
				writable &&
				now && (
					<Row>
						<Button onClick={() => setConnecting(true)}>
							{isMock ? t("connect") : t("connectOther")}
						</Button>
						{!isMock && <Button onClick={() => setEnding(true)}>{t("disconnect")}</Button>}
					</Row>
				)
			}
		>
			{stripe.error ? (
				<ErrorPanel error={stripe.error} onRetry={() => void stripe.refetch()} />
			) : !now ? (
				<Skeleton lines={3} />
			) : (
				<Stack>
					{isMock && (
						<Callout tone="warn" title={t("mockTitle")}>
							{t("mockText")}
						</Callout>
					)}
					<DescriptionList
						items={[
							{
								term: t("mode"),
								value: (
									<Badge tone={now.mode === "live" ? "good" : isMock ? "warn" : "info"}>
										{isMock ? t("mock") : now.mode}
									</Badge>
								),
							},
							{ term: t("account"), value: now.account ?? <None /> },
							{
								term: t("connectedAt"),
								value: now.connected_at === null ? <None /> : <Time at={now.connected_at} />,
							},
							{
								term: t("webhook"),
								value: (
									<>
										<code>{now.webhook_path}</code> <CopyButton text={now.webhook_path} />
									</>
								),
							},
						]}
					/>
				</Stack>
			)}
			{connecting && writable && <ConnectDialog onClose={() => setConnecting(false)} />}
			<DisconnectDialog open={ending} onClose={() => setEnding(false)} />
		</Panel>
	);
}

function ConnectDialog({ onClose }: { onClose: () => void }) {
	const t = useTranslations("oversight");
	const toast = useToast();
	const connect = useConnectStripe();
	const [key, setKey] = useState("");
	const [secret, setSecret] = useState("");
	return (
		<FormDialog
			open
			onOpenChange={(open) => !open && onClose()}
			title={t("connectTitle")}
			description={t("connectText")}
			submit={t("connect")}
			disabled={key.trim() === "" || secret.trim() === ""}
			busy={connect.isPending}
			onSubmit={() =>
				connect.mutate(
					{ key: key.trim(), webhook_secret: secret.trim() },
					{
						onSuccess: () => {
							onClose();
							toast(t("connectedToast"));
						},
					},
				)
			}
		>
			<Stack>
				{connect.error && <ErrorPanel error={connect.error} />}
				<PasswordField
					label={t("secretKey")}
					hint={t("secretKeyHint")}
					autoComplete="off"
					value={key}
					onChange={(event) => setKey(event.target.value)}
				/>
				<PasswordField
					label={t("webhookSecret")}
					hint={t("webhookSecretHint")}
					autoComplete="off"
					value={secret}
					onChange={(event) => setSecret(event.target.value)}
				/>
			</Stack>
		</FormDialog>
	);
}

function DisconnectDialog({ open, onClose }: { open: boolean; onClose: () => void }) {
	const t = useTranslations("oversight");
	const toast = useToast();
	const disconnect = useDisconnectStripe();
	return (
		<ConfirmDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("disconnectTitle")}
			description={t("disconnectText")}
			action={t("disconnect")}
			busy={disconnect.isPending}
			onConfirm={() =>
				disconnect.mutate(undefined, {
					onSuccess: () => {
						onClose();
						toast(t("disconnectedToast"));
					},
				})
			}
		>
			{disconnect.error && <ErrorPanel error={disconnect.error} />}
		</ConfirmDialog>
	);
}
