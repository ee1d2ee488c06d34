// SPDX-License-Identifier: Apache-2.0
// One of many values, found by typing.
"use client";
import { Combobox as Base } from "@base-ui/react/combobox";
import { Check, ChevronsUpDown } from "lucide-react";
import { useTranslations } from "use-intl";
import control from "./control.module.css";
import { Field, type FieldText } from "./field";
import overlay from "./overlay.module.css";
import type { Option } from "./select";

interface ComboboxProps extends FieldText {
	options: Option[];
	value: string | null;
	onChange: (value: string | null) => void;
	placeholder?: string;
	disabled?: boolean;
}

export function Combobox({
	label,
	hint,
	error,
	optional,
	options,
	value,
	onChange,
	placeholder,
	disabled,
}: ComboboxProps) {
	const t = useTranslations("ui");
	return (
		<Field label={label} hint={hint} error={error} optional={optional}>
			{(aria) => (
				<Base.Root
					items={options}
					value={options.find((option) => option.value === value) ?? null}
					onValueChange={(next: Option | null) => onChange(next?.value ?? null)}
					disabled={disabled}
					// While the list is open, the rest of the page is hidden from readers: so it is out of reach for all, as with <Select>.
					modal
				>
					<Base.InputGroup className={control.combo} data-invalid={aria["aria-invalid"]}>
						<Base.Input
							{...aria}
							// A hidden label still names what refers to it by its id.
							aria-labelledby={`${aria.id}-label`}
							placeholder={placeholder}
							className={control.comboInput}
						/>
						<Base.Trigger className={control.comboMark} aria-label={t("showOptions")}>
							<ChevronsUpDown size={14} aria-hidden />
						</Base.Trigger>
					</Base.InputGroup>
					<Base.Portal>
						<Base.Positioner className={overlay.positioner} sideOffset={4}>
							<Base.Popup className={`${overlay.popup} ${overlay.fit}`}>
								<Base.Empty className={overlay.none}>{t("nothingFound")}</Base.Empty>
								<Base.List>
									{(option: Option) => (
										<Base.Item key={option.value} value={option} className={overlay.item}>
											<span className={overlay.check}>
												<Base.ItemIndicator>
													<Check size={14} aria-hidden />
												</Base.ItemIndicator>
											</span>
											<span className={overlay.itemText}>
												{option.label}
												{option.hint !== undefined && (
													<span className={overlay.itemHint}>{option.hint}</span>
												)}
											</span>
										</Base.Item>
									)}
								</Base.List>
							</Base.Popup>
						</Base.Positioner>
					</Base.Portal>
				</Base.Root>
			)}
		</Field>
	);
}
