// SPDX-License-Identifier: Apache-2.0
// Yes or no, and one of a few that are all worth seeing.
"use client";
import { Checkbox as BaseCheckbox } from "@base-ui/react/checkbox";
import { Radio } from "@base-ui/react/radio";
import { RadioGroup as BaseRadioGroup } from "@base-ui/react/radio-group";
import { Switch as BaseSwitch } from "@base-ui/react/switch";
import { Check, Minus } from "lucide-react";
import { type ReactNode, useId } from "react";
import styles from "./control.module.css";
import type { Option } from "./select";

interface ToggleProps {
	label: ReactNode;
	hint?: ReactNode;
	checked: boolean;
	onChange: (checked: boolean) => void;
	disabled?: boolean;
}

function Beside({
	id,
	label,
	hint,
	control,
}: {
	id: string;
	label: ReactNode;
	hint?: ReactNode;
	control: ReactNode;
}) {
	return (
		<div className={styles.beside}>
			{control}
			<div className={styles.besideText}>
				<label htmlFor={id}>{label}</label>
				{hint !== undefined && (
					<p id={`${id}-hint`} className={styles.besideHint}>
						{hint}
					</p>
				)}
			</div>
		</div>
	);
}

/** Part of a form: takes effect when the form is sent. */
export function Checkbox({
	label,
	hint,
	checked,
	onChange,
	disabled,
	indeterminate,
}: ToggleProps & { indeterminate?: boolean }) {
	const id = useId();
	return (
		<Beside
			id={id}
			label={label}
			hint={hint}
			control={
				<BaseCheckbox.Root
					id={id}
					checked={checked}
					indeterminate={indeterminate}
					disabled={disabled}
					onCheckedChange={onChange}
					aria-describedby={hint !== undefined ? `${id}-hint` : undefined}
					className={styles.checkbox}
				>
					<BaseCheckbox.Indicator>
						{indeterminate ? (
							<Minus size={12} strokeWidth={3} />
						) : (
							<Check size={12} strokeWidth={3} />
						)}
					</BaseCheckbox.Indicator>
				</BaseCheckbox.Root>
			}
		/>
	);
}

/** A setting: takes effect at once. */
export function Switch({ label, hint, checked, onChange, disabled }: ToggleProps) {
	const id = useId();
	return (
		<Beside
			id={id}
			label={label}
			hint={hint}
			control={
				<BaseSwitch.Root
					id={id}
					checked={checked}
					disabled={disabled}
					onCheckedChange={onChange}
					aria-describedby={hint !== undefined ? `${id}-hint` : undefined}
					className={styles.switch}
				>
					<BaseSwitch.Thumb className={styles.thumb} />
				</BaseSwitch.Root>
			}
		/>
	);
}

interface RadioGroupProps<T extends string> {
	label: ReactNode;
	options: Option<T>[];
	value: T;
	onChange: (value: T) => void;
	disabled?: boolean;
	/** Beside each other in one frame, for short words. */
	segmented?: boolean;
}

export function RadioGroup<T extends string>({
	label,
	options,
	value,
	onChange,
	disabled,
	segmented,
}: RadioGroupProps<T>) {
	const id = useId();
	return (
		<div className={styles.radios}>
			<span id={id} className={styles.groupLabel}>
				{label}
			</span>
			<BaseRadioGroup
				aria-labelledby={id}
				value={value}
				disabled={disabled}
				onValueChange={(next) => onChange(next as T)}
				className={segmented ? styles.segments : styles.radioList}
			>
				{options.map((option) =>
					segmented ? (
						<Radio.Root
							key={option.value}
							value={option.value}
							aria-label={option.label}
							className={styles.segment}
						>
							{option.label}
						</Radio.Root>
					) : (
						<Beside
							key={option.value}
							id={`${id}-${option.value}`}
							label={option.label}
							hint={option.hint}
							control={
								<Radio.Root
									id={`${id}-${option.value}`}
									value={option.value}
									disabled={option.disabled}
									className={styles.radio}
								>
									<Radio.Indicator className={styles.dot} />
								</Radio.Root>
							}
						/>
					),
				)}
			</BaseRadioGroup>
		</div>
	);
}
