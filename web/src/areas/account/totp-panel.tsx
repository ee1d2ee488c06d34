// SPDX-License-Identifier: Apache-2.0
// The second factor: set up, confirmed by a code, with recovery codes that are shown once.
"use client";
import { Suspense, useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useElevation } from "@/session/elevation";
import { useRefreshSession, useSession } from "@/session/session";
import { Badge, Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CodeBlock, Secret } from "@/ui/copy";
import { ConfirmDialog, Dialog, FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { Callout, ErrorPanel } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { QrCode } from "./qr-code";
import { useBeginTotp, useConfirmTotp, useNewRecoveryCodes, useRemoveTotp } from "./queries";

export function TotpPanel() {
	const t = useTranslations("account");
	const toast = useToast();
	const elevated = useElevation();
	const refresh = useRefreshSession();
	const { session } = useSession();
	const [begun, setBegun] = useState<{ secret: string; uri: string } | null>(null);
	const [removing, setRemoving] = useState(false);
	const [codes, setCodes] = useState<string[] | null>(null);
	const begin = useBeginTotp();
	const renew = useNewRecoveryCodes();
	const remove = useRemoveTotp();
	const failed = (error: unknown) => toast(toApiError(error).message, { error: true });
	if (session.impersonation) return null;
	const { enabled, required } = session.mfa;
	return (
		<Panel
			title={t("totp")}
			mark={
				<Badge tone={enabled ? "good" : required ? "bad" : "neutral"}>
					{enabled ? t("on") : required ? t("requiredOff") : t("off")}
				</Badge>
			}
			description={t("totpText")}
			actions={
				enabled ? (
					<Row>
						<Button
							busy={renew.isPending}
							onClick={() =>
								void elevated(() => renew.mutateAsync()).then(
									(made) => setCodes(made.recovery_codes),
									failed,
								)
							}
						>
							{t("newCodes")}
						</Button>
						{!required && <Button onClick={() => setRemoving(true)}>{t("totpRemove")}</Button>}
					</Row>
				) : (
					<Button
						busy={begin.isPending}
						onClick={() => void elevated(() => begin.mutateAsync()).then(setBegun, failed)}
					>
						{t("totpSetup")}
					</Button>
				)
			}
		>
			{required && !enabled && <Callout tone="warn">{t("totpRequired")}</Callout>}
			<SetupDialog begun={begun} onClose={() => setBegun(null)} onDone={setCodes} />
			<ConfirmDialog
				open={removing}
				onOpenChange={setRemoving}
				title={t("totpRemoveTitle")}
				description={t("totpRemoveText")}
				action={t("totpRemove")}
				busy={remove.isPending}
				onConfirm={() =>
					void elevated(() => remove.mutateAsync()).then(() => {
						setRemoving(false);
						refresh();
					}, failed)
				}
			/>
			<CodesDialog
				codes={codes}
				onClose={() => {
					setCodes(null);
					refresh();
				}}
			/>
		</Panel>
	);
}

interface SetupDialogProps {
	/** What the app is told; null: closed. */
	begun: { secret: string; uri: string } | null;
	onClose: () => void;
	onDone: (codes: string[]) => void;
}

function SetupDialog({ begun, onClose, onDone }: SetupDialogProps) {
	const t = useTranslations("account");
	const confirm = useConfirmTotp();
	const [code, setCode] = useState("");
	const { reset } = confirm;
	useEffect(() => {
		if (begun === null) return;
		setCode("");
		reset();
	}, [begun, reset]);
	return (
		<FormDialog
			open={begun !== null}
			onOpenChange={(next) => !next && onClose()}
			title={t("totpSetupTitle")}
			description={t("totpSetupText")}
			submit={t("confirm")}
			busy={confirm.isPending}
			onSubmit={() =>
				confirm.mutate(code.replace(/\s/g, ""), {
					onSuccess: (made) => {
						onClose();
						onDone(made.recovery_codes);
					},
				})
			}
		>
			<Stack>
				{begun && (
					<>
						<Suspense fallback={<Skeleton block />}>
							<QrCode text={begun.uri} label={t("totpQr")} />
						</Suspense>
						<Secret value={begun.secret.replace(/(.{4})(?=.)/g, "$1 ")} label={t("totpSecret")} />
					</>
				)}
				{confirm.error && <ErrorPanel error={confirm.error} title={t("codeWrong")} />}
				<TextField
					label={t("code")}
					autoComplete="one-time-code"
					inputMode="numeric"
					value={code}
					onChange={(event) => setCode(event.target.value)}
				/>
			</Stack>
		</FormDialog>
	);
}

function CodesDialog({ codes, onClose }: { codes: string[] | null; onClose: () => void }) {
	const t = useTranslations("account");
	return (
		<Dialog
			open={codes !== null}
			onOpenChange={(open) => !open && onClose()}
			dismissible={false}
			title={t("codes")}
			description={t("codesText")}
			footer={
				<Button variant="primary" onClick={onClose}>
					{t("codesKept")}
				</Button>
			}
		>
			<CodeBlock label={t("codes")} code={(codes ?? []).join("\n")} />
		</Dialog>
	);
}
