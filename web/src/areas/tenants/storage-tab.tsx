// SPDX-License-Identifier: Apache-2.0
// What a tenant stores, and how much it may.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { useSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { TextField } from "@/ui/field";
import { Num } from "@/ui/format";
import { ErrorPanel } from "@/ui/notice";
import { Grid, Panel, Stack, Stat } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { Used } from "./overview-tab";
import { useSetStorage, useStorage } from "./queries";
import { typedCount } from "./state";

const GB = 1_000_000_000;

/** Gigabytes as typed, in bytes; "" sets no limit. Undefined: no number. */
export function typedGigabytes(text: string): number | undefined {
	const plain = text.trim().replace(",", ".");
	if (plain === "") return 0;
	return /^\d{1,7}(\.\d{1,3})?$/.test(plain) ? Math.round(Number(plain) * GB) : undefined;
}

export function StorageTab({ tenant }: { tenant: string }) {
	const t = useTranslations("tenants");
	const { can } = useSession();
	const storage = useStorage(tenant);
	if (storage.error && !storage.data)
		return <ErrorPanel error={storage.error} onRetry={() => void storage.refetch()} />;
	if (!storage.data) return <Skeleton lines={6} />;
	const now = storage.data;
	return (
		<Stack gap={5}>
			<Panel title={t("stored")}>
				<Stack>
					<Used label={t("bytes")} used={now.storage_used_bytes} limit={now.storage_bytes} bytes />
					<Used label={t("fileCount")} used={now.storage_used_files} limit={now.storage_files} />
					<Stat label={t("vectorStores")} value={<Num value={now.vector_stores} />} />
				</Stack>
			</Panel>
			{can("tenants:write") && (
				<StorageForm
					key={`${now.storage_bytes} ${now.storage_files}`}
					tenant={tenant}
					bytes={now.storage_bytes === 0 ? "" : String(now.storage_bytes / GB)}
					files={now.storage_files === 0 ? "" : String(now.storage_files)}
				/>
			)}
		</Stack>
	);
}

function StorageForm(was: { tenant: string; bytes: string; files: string }) {
	const t = useTranslations("tenants");
	const toast = useToast();
	const save = useSetStorage(was.tenant);
	const [bytes, setBytes] = useState(was.bytes);
	const [files, setFiles] = useState(was.files);
	const size = typedGigabytes(bytes);
	const count = typedCount(files);
	const same = bytes === was.bytes && files === was.files;
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				if (size === undefined || count === undefined || same || save.isPending) return;
				save.mutate(
					{ storage_bytes: size, storage_files: count ?? 0 },
					{ onSuccess: () => toast(t("limitsSaved")) },
				);
			}}
		>
			<Panel
				title={t("storageLimits")}
				description={t("storageLimitsText")}
				footer={
					<Button
						type="submit"
						variant="primary"
						busy={save.isPending}
						disabled={same || size === undefined || count === undefined}
					>
						{t("saveLimits")}
					</Button>
				}
			>
				<Stack>
					{save.error && <ErrorPanel error={save.error} />}
					<Grid min="s">
						<TextField
							label={t("bytes")}
							inputMode="decimal"
							suffix="GB"
							placeholder={t("noLimit")}
							value={bytes}
							error={size === undefined && t("numberError")}
							onChange={(event) => setBytes(event.target.value)}
						/>
						<TextField
							label={t("fileCount")}
							inputMode="numeric"
							placeholder={t("noLimit")}
							value={files}
							error={count === undefined && t("numberError")}
							onChange={(event) => setFiles(event.target.value)}
						/>
					</Grid>
				</Stack>
			</Panel>
		</form>
	);
}
