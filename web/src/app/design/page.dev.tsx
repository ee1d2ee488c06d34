// SPDX-License-Identifier: Apache-2.0
// Every component with its states; in development builds only. Its words are samples and not translated.
"use client";
import { Ellipsis, Plus, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { ApiError } from "@/api/errors";
import { currentTheme, setTheme, type Theme } from "@/session/theme";
import { Badge, Kbd, Progress, Skeleton, Tag } from "@/ui/bits";
import { Button, IconButton, LinkButton } from "@/ui/button";
import { Checkbox, RadioGroup, Switch } from "@/ui/choice";
import { Combobox } from "@/ui/combobox";
import { CodeBlock, CopyId, Secret } from "@/ui/copy";
import { ConfirmDialog, Dialog, Drawer } from "@/ui/dialog";
import { DropZone } from "@/ui/drop-zone";
import { PasswordField, SearchField, TextArea, TextField } from "@/ui/field";
import { Bytes, Duration, Money, None, Num, Time } from "@/ui/format";
import { Chart } from "@/ui/lazy-chart";
import { Menu } from "@/ui/menu";
import { Banner, Callout, Empty, ErrorPanel } from "@/ui/notice";
import { DescriptionList, Grid, Muted, Page, Panel, Row, Stack, Stat } from "@/ui/page";
import { Popover } from "@/ui/popover";
import { FilterSelect, Select } from "@/ui/select";
import { Sparkline } from "@/ui/spark";
import { type Column, Filters, Pager, Table } from "@/ui/table";
import { Tabs } from "@/ui/tabs";
import { useToast } from "@/ui/toast";
import { Tooltip } from "@/ui/tooltip";
import { VirtualTable } from "@/ui/virtual-table";

const DAY = 86_400;
const START = 1_793_491_200;
const FRUIT = ["Apple", "Banana", "Cherry", "Damson"].map((label) => ({
	value: label.toLowerCase(),
	label,
}));
const LIMITED = new ApiError("The request rate of this key was reached.", {
	status: 429,
	code: "rate_limit_exceeded",
	requestId: "4bf92f3577b34da6a3ce929d0e0e4736",
	retryAfterS: 12,
	limit: "key requests per minute",
});

interface Sample {
	id: string;
	name: string;
	size: number;
	cost: number;
	at: number;
}

const ROWS: Sample[] = Array.from({ length: 10_000 }, (_, n) => ({
	id: `file_${n}`,
	name: `Report ${n + 1}.pdf`,
	size: (n * 7919) % 9_000_000,
	cost: n * 1_250_000,
	at: START + n * 60,
}));

const COLUMNS: Column<Sample>[] = [
	{ id: "name", header: "Name", primary: true, cell: (row) => row.name, sort: (row) => row.name },
	{
		id: "size",
		header: "Size",
		align: "end",
		cell: (row) => <Bytes value={row.size} />,
		sort: (row) => row.size,
	},
	{
		id: "cost",
		header: "Cost",
		align: "end",
		cell: (row) => <Money nanos={row.cost} currency="eur" />,
		sort: (row) => row.cost,
	},
	{ id: "at", header: "Time", cell: (row) => <Time at={row.at} />, sort: (row) => row.at },
];

function wave(n: number, shift: number) {
	return Array.from({ length: n }, (_, x) =>
		Math.round(4000 + 2500 * Math.sin((x + shift) / 3) + ((x * 997) % 900)),
	);
}

export default function Design() {
	const [theme, choose] = useState<Theme>("system");
	useEffect(() => choose(currentTheme()), []);
	return (
		<Page
			title="Components"
			description="Each with its states. Only in development builds."
			actions={
				<RadioGroup<Theme>
					label={<span className="visually-hidden">Theme</span>}
					segmented
					value={theme}
					onChange={(value) => {
						setTheme(value);
						choose(value);
					}}
					options={[
						{ value: "light", label: "Light" },
						{ value: "dark", label: "Dark" },
						{ value: "system", label: "System" },
					]}
				/>
			}
		>
			<Banner tone="warn" actions={<Button size="s">End</Button>}>
				You act in Northwind Research as Ada until 14:30.
			</Banner>
			<Buttons />
			<Fields />
			<Marks />
			<Values />
			<Overlays />
			<Notices />
			<Tables />
			<Charts />
		</Page>
	);
}

function Buttons() {
	return (
		<Panel title="Buttons">
			<Stack>
				<Row>
					<Button variant="primary" icon={<Plus size={16} />}>
						Primary
					</Button>
					<Button>Secondary</Button>
					<Button variant="quiet">Quiet</Button>
					<Button variant="danger" icon={<Trash2 size={16} />}>
						Danger
					</Button>
					<LinkButton href="/">Link</LinkButton>
					<IconButton label="More" icon={<Ellipsis size={16} />} />
				</Row>
				<Row>
					<Button variant="primary" busy>
						Busy
					</Button>
					<Button variant="primary" disabled>
						Disabled
					</Button>
					<Button size="s">Small</Button>
					<IconButton size="s" label="More" icon={<Ellipsis size={16} />} />
				</Row>
			</Stack>
		</Panel>
	);
}

function Fields() {
	const [fruit, setFruit] = useState("apple");
	const [found, setFound] = useState<string | null>(null);
	const [on, setOn] = useState(true);
	return (
		<Panel title="Fields">
			<Stack>
				<Grid>
					<TextField label="Name" hint="What uses it." defaultValue="Billing export" />
					<TextField label="Limit" optional suffix="per minute" placeholder="No limit" />
					<TextField label="E-mail" error="This is not an address." defaultValue="ada@" />
					<TextField label="Disabled" disabled defaultValue="Cannot be changed" />
					<PasswordField label="Password" defaultValue="secret" />
					<Select label="Fruit" options={FRUIT} value={fruit} onChange={setFruit} />
					<Combobox
						label="Found by typing"
						options={FRUIT}
						value={found}
						onChange={setFound}
						placeholder="Fruit"
					/>
					<TextArea label="Instructions" rows={3} />
					<Stack gap={3}>
						<Checkbox
							label="Checked"
							hint="Takes effect with the form."
							checked={on}
							onChange={setOn}
						/>
						<Checkbox label="Some" indeterminate checked={false} onChange={setOn} />
						<Checkbox label="Disabled" disabled checked={false} onChange={setOn} />
						<Switch label="Switch" hint="Takes effect at once." checked={on} onChange={setOn} />
					</Stack>
					<RadioGroup
						label="One of a few"
						options={FRUIT.slice(0, 3)}
						value={fruit}
						onChange={setFruit}
					/>
					<RadioGroup
						label="Beside each other"
						segmented
						options={FRUIT.slice(0, 3)}
						value={fruit}
						onChange={setFruit}
					/>
				</Grid>
				<DropZone
					label="Drop documents here"
					hint="PDF, DOCX, Markdown, up to 100 MB each."
					multiple
					onFiles={() => undefined}
				/>
			</Stack>
		</Panel>
	);
}

function Marks() {
	return (
		<Panel title="Marks">
			<Stack>
				<Row>
					<Badge>Neutral</Badge>
					<Badge tone="good">Ready</Badge>
					<Badge tone="warn">Expires soon</Badge>
					<Badge tone="bad">Failed</Badge>
					<Badge tone="info">Running</Badge>
					<Tag>owner</Tag>
					<Kbd>Ctrl K</Kbd>
				</Row>
				<Grid>
					<Progress label="Embedding" value={18} max={40} text="18 of 40 passages" />
					<Progress label="Budget" value={91} max={100} tone="warn" />
					<Progress label="Budget" value={104} max={100} tone="bad" />
					<Progress label="Reading" max={1} />
				</Grid>
				<Skeleton lines={3} />
			</Stack>
		</Panel>
	);
}

function Values() {
	return (
		<Panel title="Values">
			<Stack>
				<Grid min="s">
					<Stat
						label="Requests"
						value={<Num value={1_204_331} compact />}
						note="+12 % to last month"
					>
						<Sparkline
							values={wave(30, 0)}
							label="Requests of 30 days, between 1,500 and 7,400 a day"
						/>
					</Stat>
					<Stat
						label="Cost"
						value={<Money nanos="48230000000" currency="eur" />}
						note="of €100.00"
					/>
					<Stat label="Errors" value={<Num value={0} />} />
				</Grid>
				<DescriptionList
					items={[
						{ term: "Id", value: <CopyId id="0192f3a4-5b6c-7d8e-9f00-112233445566" /> },
						{ term: "Small amount", value: <Money nanos={42_000} currency="usd" /> },
						{ term: "Size", value: <Bytes value={7_340_032} /> },
						{ term: "Time", value: <Time at={START} /> },
						{ term: "Relative", value: <Time at={Date.now() / 1000 - 7200} relative /> },
						{ term: "Duration", value: <Duration ms={245_000} /> },
						{ term: "Absent", value: <None /> },
						{ term: "Aside", value: <Muted>Text that steps back</Muted> },
					]}
				/>
				<Secret
					value="bh_sk_3f9a7c1e5b2d4860_9d0c4b7a6e5f1823aa54c0de77f2b6108c31"
					label="Copy the key"
				/>
				<CodeBlock
					label="curl"
					code={
						'curl http://127.0.0.1:8080/v1/models \\\n  -H "Authorization: Bearer $BULKHEAD_API_KEY"'
					}
				/>
			</Stack>
		</Panel>
	);
}

function Overlays() {
	const toast = useToast();
	const [open, setOpen] = useState<"dialog" | "confirm" | "drawer" | null>(null);
	const [tab, setTab] = useState("a");
	const close = (next: boolean) => !next && setOpen(null);
	return (
		<Panel title="Above the page">
			<Stack>
				<Row>
					<Button onClick={() => setOpen("dialog")}>Dialog</Button>
					<Button onClick={() => setOpen("confirm")}>Confirm</Button>
					<Button onClick={() => setOpen("drawer")}>Drawer</Button>
					<Menu
						trigger={<Button>Menu</Button>}
						groups={[
							{ label: "Acts", items: [{ label: "Rename" }, { label: "Chosen", checked: true }] },
							{ items: [{ label: "Delete", danger: true }] },
						]}
					/>
					<Popover trigger={<Button>Popover</Button>} title="What is this?">
						<p>A grounded answer states only what a passage states.</p>
					</Popover>
					<Tooltip text="Names or explains">
						<Button>Tooltip</Button>
					</Tooltip>
					<Button onClick={() => toast("Key revoked", { description: "Billing export" })}>
						Toast
					</Button>
					<Button onClick={() => toast("The key was not revoked", { error: true })}>
						Error toast
					</Button>
				</Row>
				<Tabs
					label="Views"
					value={tab}
					onChange={setTab}
					tabs={[
						{ value: "a", label: "Overview", content: <Muted>The first view.</Muted> },
						{ value: "b", label: "Files", count: 12, content: <Muted>The second view.</Muted> },
					]}
				/>
				<Dialog
					open={open === "dialog"}
					onOpenChange={close}
					title="Rename"
					description="The id stays."
					footer={<Button variant="primary">Rename</Button>}
				>
					<TextField label="Name" />
				</Dialog>
				<ConfirmDialog
					open={open === "confirm"}
					onOpenChange={close}
					title="Delete the store?"
					description="Its 12 documents are removed. This cannot be undone."
					action="Delete"
					name="handbook"
					onConfirm={() => setOpen(null)}
				/>
				<Drawer
					open={open === "drawer"}
					onOpenChange={close}
					title="Request"
					description="As it was audited"
				>
					<DescriptionList items={[{ term: "Actor", value: "ada@example.com" }]} />
				</Drawer>
			</Stack>
		</Panel>
	);
}

function Notices() {
	return (
		<Panel title="News">
			<Stack>
				<Callout title="Indexing is under way">Answers may miss the newest documents.</Callout>
				<Callout tone="good">The domain is verified.</Callout>
				<Callout tone="warn" title="Store it now">
					This is the only time the key is shown.
				</Callout>
				<ErrorPanel error={LIMITED} onRetry={() => undefined} />
				<Empty title="No documents yet" action={<Button variant="primary">Add documents</Button>}>
					What you add can be asked about in the chat.
				</Empty>
			</Stack>
		</Panel>
	);
}

function Tables() {
	const [kind, setKind] = useState("apple");
	return (
		<>
			<Filters>
				<SearchField label="Search files" />
				<FilterSelect label="Fruit" options={FRUIT} value={kind} onChange={setKind} />
			</Filters>
			<Panel flush title="A page of rows">
				<Table
					label="Files"
					columns={COLUMNS}
					rows={ROWS.slice(0, 5)}
					rowKey={(row) => row.id}
					empty={null}
					initialSort={{ id: "cost", descending: true }}
				/>
			</Panel>
			<Pager page={2} hasMore onNext={() => undefined} onPrevious={() => undefined} />
			<Panel flush title="On its way">
				<Table
					label="Files"
					columns={COLUMNS}
					rows={undefined}
					rowKey={(row) => row.id}
					empty={null}
				/>
			</Panel>
			<Panel flush title="Ten thousand rows">
				<VirtualTable
					label="All files"
					columns={COLUMNS}
					rows={ROWS}
					rowKey={(row) => row.id}
					empty={null}
				/>
			</Panel>
		</>
	);
}

function Charts() {
	const times = Array.from({ length: 30 }, (_, n) => START + n * DAY);
	return (
		<Grid min="l">
			<Panel>
				<Chart
					label="Tokens per day"
					summary="128,400 tokens in 30 days, most on 14 November."
					times={times}
					series={[
						{ label: "Input", values: wave(30, 0) },
						{ label: "Output", values: wave(30, 5) },
					]}
					utc
				/>
			</Panel>
			<Panel>
				<Chart
					label="Latency"
					summary="The median is 140 ms."
					kind="line"
					times={times}
					series={[
						{ label: "p50", values: wave(30, 2) },
						{ label: "p95", values: wave(30, 9).map((value) => value * 1.6) },
					]}
				/>
			</Panel>
		</Grid>
	);
}
