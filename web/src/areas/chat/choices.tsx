// SPDX-License-Identifier: Apache-2.0
// How a chat asks: which model, over which documents, how strictly. Kept with the chat.
"use client";
import { LibraryBig } from "lucide-react";
import { useTranslations } from "use-intl";
import { useModelsOf } from "@/api/models";
import { useSession } from "@/session/session";
import { Skeleton } from "@/ui/bits";
import { Button } from "@/ui/button";
import { Checkbox, RadioGroup } from "@/ui/choice";
import { Link } from "@/ui/link";
import { ErrorPanel } from "@/ui/notice";
import { Popover } from "@/ui/popover";
import { FilterSelect } from "@/ui/select";
import styles from "./chat.module.css";
import { useStores } from "./queries";
import { type Grounding, PRESET, type Settings } from "./settings";

interface ChoicesProps {
	settings: Settings;
	onChange: (next: Settings) => void;
}

export function Choices({ settings, onChange }: ChoicesProps) {
	const { can } = useSession();
	return (
		<>
			<Model settings={settings} onChange={onChange} />
			{can("vector_stores:read") && <Documents settings={settings} onChange={onChange} />}
		</>
	);
}

function Model({ settings, onChange }: ChoicesProps) {
	const t = useTranslations("chat");
	const { can } = useSession();
	const models = useModelsOf("chat", can("models:read")) ?? [];
	const names = new Set([PRESET.model, settings.model, ...models.map(({ id }) => id)]);
	return (
		<div className={styles.model}>
			<FilterSelect
				label={t("model")}
				value={settings.model}
				onChange={(model) => onChange({ ...settings, model })}
				options={[...names].map((name) => ({
					value: name,
					label: name === PRESET.model ? t("defaultModel") : name,
				}))}
			/>
		</div>
	);
}

function Documents({ settings, onChange }: ChoicesProps) {
	const t = useTranslations("chat");
	const count = settings.stores.length;
	return (
		<Popover
			title={t("documents")}
			trigger={
				<Button
					size="s"
					variant="quiet"
					icon={<LibraryBig size={15} aria-hidden />}
					className={count > 0 ? styles.chosen : undefined}
				>
					{t("documentsCount", { count })}
				</Button>
			}
		>
			<div className={styles.documents}>
				<Stores settings={settings} onChange={onChange} />
				{count > 0 && (
					<RadioGroup<Grounding>
						label={t("grounding")}
						value={settings.grounding}
						onChange={(grounding) => onChange({ ...settings, grounding })}
						options={(["default", "strict", "mark", "off"] as const).map((value) => ({
							value,
							label: t(`grounding_${value}`),
							hint: t(`grounding_${value}_hint`),
						}))}
					/>
				)}
			</div>
		</Popover>
	);
}

function Stores({ settings, onChange }: ChoicesProps) {
	const t = useTranslations("chat");
	const stores = useStores();
	if (stores.error)
		return <ErrorPanel error={stores.error} onRetry={() => void stores.refetch()} />;
	if (!stores.data) return <Skeleton lines={3} />;
	const known = stores.data.data;
	const gone = settings.stores.filter((id) => !known.some((store) => store.id === id));
	const toggle = (id: string, on: boolean) =>
		onChange({
			...settings,
			stores: on ? [...settings.stores, id] : settings.stores.filter((each) => each !== id),
		});
	if (known.length === 0 && gone.length === 0)
		return (
			<p className={styles.hint}>
				{t("noStores")} <Link href="/documents/">{t("toDocuments")}</Link>
			</p>
		);
	return (
		<div className={styles.storeList}>
			{known.map((store) => (
				<Checkbox
					key={store.id}
					label={<span dir="auto">{store.name || store.id}</span>}
					hint={t("storeFiles", { count: store.file_counts.completed })}
					checked={settings.stores.includes(store.id)}
					onChange={(on) => toggle(store.id, on)}
				/>
			))}
			{gone.map((id) => (
				<Checkbox
					key={id}
					label={<code>{id}</code>}
					hint={t("storeGone")}
					checked
					onChange={(on) => toggle(id, on)}
				/>
			))}
		</div>
	);
}
