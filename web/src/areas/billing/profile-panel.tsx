// SPDX-License-Identifier: Apache-2.0
// Who is billed.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { TextArea, TextField } from "@/ui/field";
import { None, Time } from "@/ui/format";
import { Callout, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Grid, Panel, Row, Stack } from "@/ui/page";
import { useToast } from "@/ui/toast";
import { type Profile, useProfile, useSetProfile } from "./queries";

export function ProfilePanel({ writable }: { writable: boolean }) {
	const t = useTranslations("billing");
	const profile = useProfile();
	return (
		<Panel title={t("profile")} description={writable ? t("profileText") : t("profileOwner")}>
			{profile.error ? (
				<ErrorPanel error={profile.error} onRetry={() => void profile.refetch()} />
			) : !profile.data ? (
				<Skeleton lines={6} />
			) : writable ? (
				<Form profile={profile.data} />
			) : (
				<Shown profile={profile.data} />
			)}
		</Panel>
	);
}

function Shown({ profile }: { profile: Profile }) {
	const t = useTranslations("billing");
	const fields = ["name", "address", "country", "vat_id", "email"] as const;
	return (
		<DescriptionList
			items={fields.map((name) => ({
				term: t(`field_${name}`),
				value: profile[name] ? <span dir="auto">{profile[name]}</span> : <None />,
			}))}
		/>
	);
}

const FIELDS = ["name", "address", "country", "vat_id", "email"] as const;
type Fields = Record<(typeof FIELDS)[number], string>;

function fieldsOf(profile: Profile): Fields {
	return {
		name: profile.name ?? "",
		address: profile.address ?? "",
		country: profile.country ?? "",
		vat_id: profile.vat_id ?? "",
		email: profile.email ?? "",
	};
}

function Form({ profile }: { profile: Profile }) {
	const t = useTranslations("billing");
	const ui = useTranslations("ui");
	const toast = useToast();
	const set = useSetProfile();
	const [fields, setFields] = useState(fieldsOf(profile));
	useEffect(() => setFields(fieldsOf(profile)), [profile]);
	const text = (name: keyof Fields) => ({
		label: t(`field_${name}`),
		value: fields[name],
		error: set.error && paramOf(set.error) === name ? set.error.message : undefined,
		onChange: (event: { target: { value: string } }) =>
			setFields({ ...fields, [name]: event.target.value }),
	});
	return (
		<form
			noValidate
			onSubmit={(event) => {
				event.preventDefault();
				const body = { ...fields, country: fields.country.trim().toUpperCase() };
				set.mutate(body, { onSuccess: () => toast(ui("saved")) });
			}}
		>
			<Stack>
				{set.error && <ErrorPanel error={set.error} />}
				<TextField {...text("name")} maxLength={200} autoComplete="organization" />
				<TextArea {...text("address")} rows={3} maxLength={1000} autoComplete="street-address" />
				<Grid min="s">
					<TextField
						{...text("country")}
						hint={t("countryHint")}
						maxLength={2}
						autoComplete="country"
					/>
					<TextField
						{...text("vat_id")}
						hint={t("vatHint")}
						maxLength={15}
						autoComplete="off"
						spellCheck={false}
					/>
				</Grid>
				<TextField {...text("email")} type="email" maxLength={320} autoComplete="email" />
				<Vat profile={profile} />
				<Row>
					<Button type="submit" variant="primary" busy={set.isPending}>
						{ui("save")}
					</Button>
				</Row>
			</Stack>
		</form>
	);
}

function paramOf(error: unknown): string | undefined {
	return typeof error === "object" && error !== null && "param" in error
		? String(error.param)
		: undefined;
}

function Vat({ profile }: { profile: Profile }) {
	const t = useTranslations("billing");
	if (!profile.vat_id) return null;
	const at = profile.vat_confirmed_at;
	return at ? (
		<Callout tone="good">
			{t.rich("vatConfirmed", { time: () => <Time at={at} dateOnly /> })}
		</Callout>
	) : (
		<Callout tone="warn">{t("vatWaits")}</Callout>
	);
}
