// SPDX-License-Identifier: Apache-2.0
// The form of a new key.
"use client";
import { zodResolver } from "@hookform/resolvers/zod";
import { useEffect } from "react";
import { Controller, useForm } from "react-hook-form";
import { useTranslations } from "use-intl";
import { z } from "zod/mini";
import { serverNowS } from "@/api/server-clock";
import { useSession } from "@/session/session";
import { Checkbox, RadioGroup } from "@/ui/choice";
import { FormDialog } from "@/ui/dialog";
import { TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Grid, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { type Key, type KeyCreate, useCreateKey } from "./queries";

const DAY_S = 86_400;

const schema = z.object({
	name: z.string().check(z.trim(), z.minLength(1), z.maxLength(128)),
	days: z.enum(["30", "90", "365", "never"]),
	requestsPerMinute: z.string().check(z.regex(/^\d{0,9}$/)),
	rights: z.enum(["standard", "chosen"]),
	scopes: z.array(z.string()),
});

type Form = z.infer<typeof schema>;

const EMPTY: Form = { name: "", days: "90", requestsPerMinute: "", rights: "standard", scopes: [] };

export function toRequest(form: Form, nowS: number): KeyCreate {
	return {
		name: form.name,
		expires_at: form.days === "never" ? null : Math.floor(nowS) + Number(form.days) * DAY_S,
		requests_per_minute: form.requestsPerMinute === "" ? null : Number(form.requestsPerMinute),
		scopes: form.rights === "standard" ? null : form.scopes,
	};
}

interface CreateDialogProps {
	open: boolean;
	onOpenChange: (open: boolean) => void;
	onCreated: (key: Key) => void;
}

export function CreateDialog({ open, onOpenChange, onCreated }: CreateDialogProps) {
	const t = useTranslations("keys");
	const create = useCreateKey();
	const form = useForm<Form>({ resolver: zodResolver(schema), defaultValues: EMPTY });
	const { errors } = form.formState;
	const { reset } = form;
	const resetCall = create.reset;
	useEffect(() => {
		if (!open) return;
		reset(EMPTY);
		resetCall();
	}, [open, reset, resetCall]);

	const submit = form.handleSubmit((values) =>
		create.mutate(toRequest(values, serverNowS()), {
			onSuccess: (key) => {
				onOpenChange(false);
				onCreated(key);
			},
		}),
	);
	return (
		<FormDialog
			open={open}
			onOpenChange={onOpenChange}
			title={t("createTitle")}
			submit={t("create")}
			onSubmit={submit}
			busy={create.isPending}
		>
			<Stack>
				{create.error && <ErrorPanel error={create.error} />}
				<TextField
					label={t("name")}
					hint={t("nameHint")}
					error={errors.name && t("nameError")}
					autoComplete="off"
					{...form.register("name")}
				/>
				<Grid min="s">
					<Controller
						control={form.control}
						name="days"
						render={({ field }) => (
							<Select
								label={t("expiresAfter")}
								value={field.value}
								onChange={field.onChange}
								options={[
									{ value: "30", label: t("days", { count: 30 }) },
									{ value: "90", label: t("days", { count: 90 }) },
									{ value: "365", label: t("days", { count: 365 }) },
									{ value: "never", label: t("never") },
								]}
							/>
						)}
					/>
					<TextField
						label={t("requestsPerMinute")}
						optional
						inputMode="numeric"
						placeholder={t("unlimited")}
						error={errors.requestsPerMinute && t("numberError")}
						{...form.register("requestsPerMinute")}
					/>
				</Grid>
				<Rights form={form} />
			</Stack>
		</FormDialog>
	);
}

function Rights({ form }: { form: ReturnType<typeof useForm<Form>> }) {
	const t = useTranslations("keys");
	const { session } = useSession();
	const rights = form.watch("rights");
	const scopes = form.watch("scopes");
	return (
		<>
			<Controller
				control={form.control}
				name="rights"
				render={({ field }) => (
					<RadioGroup
						label={t("rights")}
						value={field.value}
						onChange={field.onChange}
						options={[
							{ value: "standard", label: t("rightsStandard"), hint: t("rightsStandardHint") },
							{ value: "chosen", label: t("rightsChosen"), hint: t("rightsChosenHint") },
						]}
					/>
				)}
			/>
			{rights === "chosen" && (
				<Grid min="s">
					{session.scopes.map((scope) => (
						<Checkbox
							key={scope}
							label={<code>{scope}</code>}
							checked={scopes.includes(scope)}
							onChange={(on) =>
								form.setValue(
									"scopes",
									on ? [...scopes, scope] : scopes.filter((each) => each !== scope),
								)
							}
						/>
					))}
				</Grid>
			)}
		</>
	);
}
