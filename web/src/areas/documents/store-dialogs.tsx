// SPDX-License-Identifier: Apache-2.0
// Making, changing and deleting a store.
"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useRouter } from "next/navigation";
import { useEffect, useState } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import { z } from "zod/mini";
import { useModelsOf } from "@/api/models";
import { ConfirmDialog, FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { storeAddress } from "./address";
import {
	type Receipt,
	type Store,
	useCreateStore,
	useDeleteStore,
	useUpdateStore,
} from "./queries";
import { ReceiptDialog } from "./receipt";

const schema = z.object({
	name: z.string().check(z.trim(), z.minLength(1), z.maxLength(256)),
	days: z.string().check(z.regex(/^$|^([1-9]|[1-9]\d|[12]\d\d|3[0-5]\d|36[0-5])$/)),
	model: z.string(),
});

type Form = z.infer<typeof schema>;

const expiry = (days: string) =>
	days === "" ? null : { anchor: "last_active_at" as const, days: Number(days) };

interface StoreDialogProps {
	open: boolean;
	/** Null: a new one. */
	store: Store | null;
	onClose: () => void;
}

export function StoreDialog({ open, store, onClose }: StoreDialogProps) {
	const t = useTranslations("documents");
	const router = useRouter();
	const create = useCreateStore();
	const update = useUpdateStore();
	const models = useModelsOf("embedding");
	const form = useForm<Form>({ resolver: zodResolver(schema) });
	const { reset } = form;
	const resets = [create.reset, update.reset] as const;
	// biome-ignore lint/correctness/useExhaustiveDependencies: as it is when the dialog opens
	useEffect(() => {
		if (!open) return;
		for (const each of resets) each();
		reset({
			name: store?.name ?? "",
			days: store?.expires_after ? String(store.expires_after.days) : "",
			model: store?.bulkhead.embedding_model ?? "",
		});
	}, [open, store?.id, reset]);
	const submit = form.handleSubmit((values) => {
		const model = values.model === "" ? null : { embedding_model: values.model };
		if (store)
			update.mutate(
				{
					id: store.id,
					body: {
						name: values.name,
						expires_after: expiry(values.days),
						...(model && values.model !== store.bulkhead.embedding_model
							? { bulkhead: model }
							: {}),
					},
				},
				{ onSuccess: onClose },
			);
		else
			create.mutate(
				{ name: values.name, expires_after: expiry(values.days), bulkhead: model },
				{ onSuccess: (made) => router.push(storeAddress(made.id)) },
			);
	});
	const { errors } = form.formState;
	const error = create.error ?? update.error;
	const preset = { value: "", label: t("modelPreset") };
	return (
		<FormDialog
			open={open}
			onOpenChange={(next) => !next && onClose()}
			title={store ? t("editTitle") : t("createStore")}
			submit={store ? t("save") : t("create")}
			onSubmit={submit}
			busy={create.isPending || update.isPending}
		>
			<Stack>
				{error && <ErrorPanel error={error} />}
				<TextField
					label={t("name")}
					hint={t("nameHint")}
					error={errors.name && t("nameError")}
					autoComplete="off"
					{...form.register("name")}
				/>
				<TextField
					label={t("expiresAfter")}
					hint={t("expiresHint")}
					optional
					inputMode="numeric"
					suffix={t("daysUnit")}
					error={errors.days && t("daysError")}
					{...form.register("days")}
				/>
				<Controller
					control={form.control}
					name="model"
					render={({ field }) => (
						<Select
							label={t("embeddingModel")}
							hint={store ? t("modelChangeHint") : t("modelHint")}
							value={field.value ?? ""}
							onChange={field.onChange}
							options={[
								...(store ? [] : [preset]),
								...(models ?? []).map((model) => ({ value: model.id, label: model.id })),
								...(store && !models?.some((model) => model.id === store.bulkhead.embedding_model)
									? [
											{
												value: store.bulkhead.embedding_model,
												label: store.bulkhead.embedding_model,
											},
										]
									: []),
							]}
						/>
					)}
				/>
			</Stack>
		</FormDialog>
	);
}

interface DeleteStoreDialogProps {
	store: Store | null;
	onClose: () => void;
	/** After the receipt was seen. */
	onDeleted?: () => void;
}

export function DeleteStoreDialog({ store, onClose, onDeleted }: DeleteStoreDialogProps) {
	const t = useTranslations("documents");
	const remove = useDeleteStore();
	const [receipt, setReceipt] = useState<Receipt | null>(null);
	return (
		<>
			<ConfirmDialog
				open={store !== null}
				onOpenChange={(open) => {
					if (open) return;
					remove.reset();
					onClose();
				}}
				title={t("deleteStoreTitle")}
				description={t("deleteStoreText", { count: store?.file_counts.total ?? 0 })}
				action={t("delete")}
				name={store?.name.trim() || t("unnamed")}
				busy={remove.isPending}
				onConfirm={() =>
					store &&
					remove.mutate(store.id, {
						onSuccess: (gone) => {
							setReceipt(gone.bulkhead.receipt);
							onClose();
						},
					})
				}
			>
				{remove.error && <ErrorPanel error={remove.error} />}
			</ConfirmDialog>
			<ReceiptDialog
				receipt={receipt}
				onClose={() => {
					setReceipt(null);
					onDeleted?.();
				}}
			/>
		</>
	);
}
