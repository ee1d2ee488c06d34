// SPDX-License-Identifier: Apache-2.0
// People on the whole platform: found by their e-mail address, disabled and enabled in all tenants.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useQueryState } from "@/api/url-state";
import { useSession } from "@/session/session";
import { Badge, Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { CopyId } from "@/ui/copy";
import { ConfirmDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { None } from "@/ui/format";
import { Link } from "@/ui/link";
import { Empty, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Page, Panel, Row, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type Account, type AccountAct, useAccountAct, useAccounts } from "./queries";

export function AccountsPage() {
	const t = useTranslations("oversight");
	const [email, setEmail] = useQueryState("email");
	const [typed, setTyped] = useState(email);
	const accounts = useAccounts(email);
	return (
		<Page title={t("accounts")} description={t("accountsText")}>
			<Panel>
				<form
					role="search"
					onSubmit={(event) => {
						event.preventDefault();
						setEmail(typed.trim());
					}}
				>
					<Stack gap={3}>
						<TextField
							label={t("email")}
							hint={t("emailHint")}
							type="email"
							autoComplete="off"
							data-search
							value={typed}
							onChange={(event) => setTyped(event.target.value)}
						/>
						<Row>
							<Button type="submit" variant="primary" busy={accounts.isFetching && email !== ""}>
								{t("find")}
							</Button>
						</Row>
					</Stack>
				</form>
			</Panel>
			{email !== "" &&
				(accounts.error ? (
					<ErrorPanel error={accounts.error} onRetry={() => void accounts.refetch()} />
				) : !accounts.data ? (
					<Skeleton lines={5} />
				) : accounts.data.data.length === 0 ? (
					<Panel>
						<Empty title={t("noAccount", { email })}>{t("noAccountText")}</Empty>
					</Panel>
				) : (
					accounts.data.data.map((account) => <Person key={account.id} account={account} />)
				))}
		</Page>
	);
}

function Person({ account }: { account: Account }) {
	const t = useTranslations("oversight");
	const { can } = useSession();
	const toast = useToast();
	const write = useAccountAct();
	const [asking, setAsking] = useState<Exclude<AccountAct, "enable"> | null>(null);
	const active = account.state === "active";
	const close = () => {
		write.reset();
		setAsking(null);
	};
	return (
		<Panel
			title={account.name || account.email}
			actions={
				can("tenants:write") && (
					<Row>
						<Button onClick={() => setAsking("removeApp")}>{t("removeApp")}</Button>
						{active ? (
							<Button onClick={() => setAsking("disable")}>{t("disable")}</Button>
						) : (
							<Button
								busy={write.isPending}
								onClick={() =>
									write.mutate(
										{ id: account.id, act: "enable" },
										{ onError: (error) => toast(toApiError(error).message, { error: true }) },
									)
								}
							>
								{t("enable")}
							</Button>
						)}
					</Row>
				)
			}
		>
			<DescriptionList
				items={[
					{ term: t("email"), value: account.email },
					{
						term: t("state"),
						value: (
							<Badge tone={active ? "good" : "warn"}>{active ? t("active") : t("disabled")}</Badge>
						),
					},
					{ term: t("password"), value: account.has_password ? t("set") : t("notSet") },
					{ term: t("id"), value: <CopyId id={account.id} /> },
					{
						term: t("tenants"),
						value:
							account.tenants.length === 0 ? (
								<None />
							) : (
								<Stack gap={1}>
									{account.tenants.map((tenant) => (
										<Link
											key={String(tenant.id)}
											href={`/platform/tenants/?id=${String(tenant.id)}&tab=members`}
										>
											{String(tenant.name)}
										</Link>
									))}
								</Stack>
							),
					},
				]}
			/>
			<ConfirmDialog
				open={asking !== null}
				onOpenChange={(open) => !open && close()}
				title={t(asking === "removeApp" ? "removeAppTitle" : "disableTitle", {
					name: account.name || account.email,
				})}
				description={t(asking === "removeApp" ? "removeAppText" : "disableText")}
				action={t(asking === "removeApp" ? "removeApp" : "disable")}
				busy={write.isPending}
				onConfirm={() =>
					asking &&
					write.mutate(
						{ id: account.id, act: asking },
						{
							onSuccess: () => {
								toast(t(asking === "removeApp" ? "appRemoved" : "disabledToast"));
								close();
							},
						},
					)
				}
			>
				{write.error && <ErrorPanel error={write.error} />}
			</ConfirmDialog>
		</Panel>
	);
}
