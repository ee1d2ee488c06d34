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
	const [setup, setSetup] = useState(false);
	const [removing, setRemoving] = useState(false);
	const [codes, setCodes] = useState<string[] | null>(null);
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
					<Button onClick={() => setSetup(true)}>{t("totpSetup")}</Button>
				)
			}
		>
			{required && !enabled && <Callout tone="warn">{t("totpRequired")}</Callout>}
			<SetupDialog open={setup} onClose={() => setSetup(false)} onDone={setCodes} />
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

function SetupDialog({
	open,
	onClose,
	onDone,
}: {
	open: boolean;
	onClose: () => void;
	onDone: (codes: string[]) => void;
}) {
	const t = useTranslations("account");
	const begin = useBeginTotp();
	const confirm = useConfirmTotp();
	const [code, setCode] = useState("");
	const { mutate, reset } = begin;
	useEffect(() => {
		if (open) mutate();
		else reset();
		setCode("");
	}, [open, mutate, reset]);
	return (
		<FormDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={t("totpSetupTitle")}
			description={t("totpSetupText")}
			submit={t("confirm")}
			busy={confirm.isPending}
			disabled={!begin.data}
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
				{begin.error && <ErrorPanel error={begin.error} onRetry={() => mutate()} />}
				{begin.data && (
					<>
						<Suspense fallback={<Skeleton block />}>
							<QrCode text={begin.data.uri} label={t("totpQr")} />
						</Suspense>
						<Secret
							value={begin.data.secret.replace(/(.{4})(?=.)/g, "$1 ")}
							label={t("totpSecret")}
						/>
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
