// SPDX-License-Identifier: Apache-2.0
// A new secret for the same purpose, while programs still use the old one.
"use client";
import { useState } from "react";
import { useTranslations } from "use-intl";
import { RadioGroup } from "@/ui/choice";
import { FormDialog } from "@/ui/dialog";
import { ErrorPanel } from "@/ui/notice";
import { Stack } from "@/ui/page";
import { type Key, useRotateKey } from "./queries";

const GRACES = { hour: 3600, day: 86_400, week: 7 * 86_400 } as const;
type Grace = keyof typeof GRACES;

interface RotateDialogProps {
	target: Key | null;
	onClose: () => void;
	onCreated: (key: Key) => void;
}

export function RotateDialog({ target, onClose, onCreated }: RotateDialogProps) {
	const t = useTranslations("keys");
	const [grace, setGrace] = useState<Grace>("day");
	const rotate = useRotateKey();
	const close = () => {
		rotate.reset();
		onClose();
	};
	return (
		<FormDialog
			open={target !== null}
			onOpenChange={(open) => !open && close()}
			title={t("rotateTitle", { name: target?.name ?? "" })}
			description={t("rotateText")}
			submit={t("rotate")}
			busy={rotate.isPending}
			onSubmit={() =>
				target &&
				rotate.mutate(
					{ key: target, graceS: GRACES[grace] },
					{
						onSuccess: (key) => {
							close();
							onCreated(key);
						},
					},
				)
			}
		>
			<Stack>
				{rotate.error && <ErrorPanel error={rotate.error} />}
				<RadioGroup
					label={t("grace")}
					value={grace}
					onChange={setGrace}
					options={[
						{ value: "hour", label: t("graceHour") },
						{ value: "day", label: t("graceDay") },
						{ value: "week", label: t("graceWeek") },
					]}
				/>
			</Stack>
		</FormDialog>
	);
}
