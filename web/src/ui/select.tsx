// SPDX-License-Identifier: Apache-2.0
// One of a few values. More than about fifteen: Combobox.
"use client";
import { Select as Base } from "@base-ui/react/select";
import { Check, ChevronsUpDown } from "lucide-react";
import type { ReactNode } from "react";
import control from "./control.module.css";
import { type Aria, Field, type FieldText } from "./field";
import overlay from "./overlay.module.css";

export interface Option<T extends string = string> {
	value: T;
	label: string;
	hint?: ReactNode;
	disabled?: boolean;
}

interface SelectProps<T extends string> extends FieldText {
	options: Option<T>[];
	value: T;
	onChange: (value: T) => void;
	disabled?: boolean;
}

export function Select<T extends string>({
	label,
	hint,
	error,
	optional,
	...rest
}: SelectProps<T>) {
	return (
		<Field label={label} hint={hint} error={error} optional={optional}>
			{(aria) => <Picker {...rest} aria={aria} />}
		</Field>
	);
}

/** Without a visible label, for the row above a table. */
export function FilterSelect<T extends string>({
	label,
	...rest
}: { label: string } & Omit<SelectProps<T>, keyof FieldText>) {
	return <Picker {...rest} aria={{ "aria-label": label }} compact />;
}

type PickerProps<T extends string> = Omit<SelectProps<T>, keyof FieldText> & {
	aria: Partial<Aria> & { "aria-label"?: string };
	compact?: boolean;
};

function Picker<T extends string>({
	options,
	value,
	onChange,
	disabled,
	aria,
	compact,
}: PickerProps<T>) {
	return (
		<Base.Root
			items={options}
			value={value}
			disabled={disabled}
			onValueChange={(next) => next !== null && onChange(next as T)}
		>
			<Base.Trigger
				{...aria}
				className={compact ? `${control.trigger} ${control.compact}` : control.trigger}
			>
				<span className={control.value}>
					<Base.Value />
				</span>
				<Base.Icon className={control.mark}>
					<ChevronsUpDown size={14} aria-hidden />
				</Base.Icon>
			</Base.Trigger>
			<Base.Portal>
				<Base.Positioner className={overlay.positioner} sideOffset={4} alignItemWithTrigger={false}>
					<Base.Popup className={`${overlay.popup} ${overlay.fit}`}>
						<Base.List>
							{options.map((option) => (
								<Base.Item
									key={option.value}
									value={option.value}
									disabled={option.disabled}
									className={overlay.item}
								>
									<span className={overlay.check}>
										<Base.ItemIndicator>
											<Check size={14} aria-hidden />
										</Base.ItemIndicator>
									</span>
									<span className={overlay.itemText}>
										<Base.ItemText>{option.label}</Base.ItemText>
										{option.hint !== undefined && (
											<span className={overlay.itemHint}>{option.hint}</span>
										)}
									</span>
								</Base.Item>
							))}
						</Base.List>
					</Base.Popup>
				</Base.Positioner>
			</Base.Portal>
		</Base.Root>
	);
}
