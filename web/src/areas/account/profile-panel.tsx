// SPDX-License-Identifier: Apache-2.0
// Name and time zone; language, theme and shortcuts. They go along to every browser.
"use client";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { LOCALES, useLocale } from "@/i18n/locale";
import { setTheme, type Theme } from "@/session/theme";
import { CHOSEN_UTC, UNCHOSEN_ZONE } from "@/session/zone";
import { useThemeChoice } from "@/shell/use-theme-choice";
import { Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { RadioGroup, Switch } from "@/ui/choice";
import { Combobox } from "@/ui/combobox";
import { TextField } from "@/ui/field";
import { ErrorPanel } from "@/ui/notice";
import { Panel, Row, Stack } from "@/ui/page";
import { Select } from "@/ui/select";
import { useToast } from "@/ui/toast";
import { type Profile, useChangeProfile, useProfile } from "./queries";

export function ProfilePanel() {
	const t = useTranslations("account");
	const profile = useProfile();
	return (
		<Panel title={t("profile")}>
			{profile.data ? (
				<Form profile={profile.data} />
			) : profile.error ? (
				<ErrorPanel error={profile.error} onRetry={() => void profile.refetch()} />
			) : (
				<Skeleton lines={4} />
			)}
		</Panel>
	);
}

function Form({ profile }: { profile: Profile }) {
	const t = useTranslations("account");
	const ui = useTranslations("ui");
	const toast = useToast();
	const browserZone = Intl.DateTimeFormat().resolvedOptions().timeZone;
	const change = useChangeProfile();
	const [name, setName] = useState(profile.name);
	const [zone, setZone] = useState(profile.time_zone === UNCHOSEN_ZONE ? null : profile.time_zone);
	useEffect(() => setName(profile.name), [profile.name]);
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				change.mutate(
					{ name: name.trim(), time_zone: zone ?? UNCHOSEN_ZONE },
					{ onSuccess: () => toast(ui("saved")) },
				);
			}}
		>
			<Stack>
				{change.error && <ErrorPanel error={change.error} />}
				<TextField
					label={t("name")}
					autoComplete="name"
					maxLength={128}
					value={name}
					onChange={(event) => setName(event.target.value)}
				/>
				<Combobox
					label={t("timeZone")}
					hint={t("timeZoneHint", { zone: browserZone })}
					optional
					options={zones()}
					value={zone}
					onChange={setZone}
				/>
				<Row>
					<Button type="submit" variant="primary" busy={change.isPending}>
						{ui("save")}
					</Button>
				</Row>
			</Stack>
		</form>
	);
}

/** Takes effect at once, here and with the account in other browsers. */
export function LookPanel() {
	const t = useTranslations("account");
	const profile = useProfile();
	const { locale, setLocale } = useLocale();
	const [theme] = useThemeChoice();
	const change = useChangeProfile();
	return (
		<Panel title={t("look")} description={t("lookText")}>
			<Stack>
				{change.error && <ErrorPanel error={change.error} />}
				<Select
					label={t("language")}
					value={locale === "en-XA" ? "en" : locale}
					onChange={(value) => {
						setLocale(value);
						change.mutate({ locale: value });
					}}
					options={(["en", "de"] as const).map((value) => ({ value, label: LOCALES[value] }))}
				/>
				<RadioGroup<Theme>
					label={t("theme")}
					segmented
					value={theme}
					onChange={(value) => {
						setTheme(value);
						change.mutate({ theme: value });
					}}
					options={[
						{ value: "light", label: t("light") },
						{ value: "dark", label: t("dark") },
						{ value: "system", label: t("system") },
					]}
				/>
				<Switch
					label={t("shortcuts")}
					hint={t("shortcutsHint")}
					checked={profile.data?.shortcuts ?? false}
					disabled={!profile.data || change.isPending}
					onChange={(shortcuts) => change.mutate({ shortcuts })}
				/>
			</Stack>
		</Panel>
	);
}

function zones() {
	return [
		{ value: CHOSEN_UTC, label: "UTC" },
		...Intl.supportedValuesOf("timeZone")
			.filter((zone) => zone !== UNCHOSEN_ZONE && zone !== CHOSEN_UTC)
			.map((zone) => ({ value: zone, label: zone.replaceAll("_", " ") })),
	];
}
