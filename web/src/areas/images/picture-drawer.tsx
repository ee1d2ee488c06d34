// SPDX-License-Identifier: Apache-2.0
// One picture: what it is and was made with, its words for those who do not see it, what can be done with it, and what is in it.
"use client";
import { Download, MessageSquare, Pencil, RefreshCw, ScanSearch, Trash2 } from "lucide-react";
import { useEffect, useState } from "react";
import { useTranslations } from "use-intl";
import { toApiError } from "@/api/errors";
import { useQueryState, useSetQuery } from "@/api/url-state";
import { useSession } from "@/session/session";
import { Badge } from "@/ui/bits";
import { Button, LinkButton } from "@/ui/button";
import { CopyButton, CopyId } from "@/ui/copy";
import { ConfirmDialog, Drawer } from "@/ui/dialog";
import { TextArea } from "@/ui/field";
import { Bytes, None, Time } from "@/ui/format";
import { Image } from "@/ui/image";
import { ErrorPanel } from "@/ui/notice";
import { DescriptionList, Row, Stack } from "@/ui/page";
import { Tabs } from "@/ui/tabs";
import { useToast } from "@/ui/toast";
import { Analysis } from "./analysis";
import { useWords } from "./gallery";
import styles from "./images.module.css";
import {
	contentOf,
	isOfTestBackend,
	type Picture,
	useDeletePicture,
	usePicture,
	useSetAlt,
} from "./queries";

interface PictureDrawerProps {
	/** "": closed. */
	id: string;
	/** The pictures of the page. */
	shown: Picture[] | undefined;
	onClose: () => void;
	onReuse: (picture: Picture) => void;
	onEdit: (picture: Picture) => void;
}

export function PictureDrawer({ id, shown, onClose, ...acts }: PictureDrawerProps) {
	const t = useTranslations("images");
	const { picture, error } = usePicture(id, shown);
	// With what it holds, so that the focus begins there; the gallery behind shows what is on its way.
	const known = picture !== undefined && picture !== null;
	return (
		<Drawer
			open={id !== "" && (known || error !== null)}
			onOpenChange={(open) => !open && onClose()}
			title={t("picture")}
		>
			{error ? (
				<ErrorPanel error={error} />
			) : (
				known && <Content key={picture.id} picture={picture} onClose={onClose} {...acts} />
			)}
		</Drawer>
	);
}

type ContentProps = Pick<PictureDrawerProps, "onClose" | "onReuse" | "onEdit"> & {
	picture: Picture;
};

function Content({ picture, ...acts }: ContentProps) {
	const t = useTranslations("images");
	const { can } = useSession();
	const [view, setView] = useQueryState("view", "about");
	const about = <About picture={picture} {...acts} />;
	if (!can("images:write"))
		return (
			<Stack gap={4}>
				<Plain picture={picture} />
				{about}
			</Stack>
		);
	return (
		<Tabs
			label={t("views")}
			value={view === "analysis" ? "analysis" : "about"}
			onChange={setView}
			tabs={[
				{
					value: "about",
					label: t("about"),
					content: (
						<Stack gap={4}>
							<Plain picture={picture} />
							{about}
						</Stack>
					),
				},
				{ value: "analysis", label: t("analysis"), content: <Analysis picture={picture} /> },
			]}
		/>
	);
}

function Plain({ picture }: { picture: Picture }) {
	const words = useWords();
	return (
		<span className={styles.whole}>
			<Image
				src={contentOf(picture.file_id)}
				alt={words(picture)}
				width={picture.width}
				height={picture.height}
			/>
		</span>
	);
}

function About({ picture, onClose, onReuse, onEdit }: ContentProps) {
	const t = useTranslations("images");
	const { can } = useSession();
	const writable = can("images:write");
	const text = (value: string | null) => (value === null ? <None /> : <bdi>{value}</bdi>);
	return (
		<Stack gap={4}>
			<Acts picture={picture} onClose={onClose} onReuse={onReuse} onEdit={onEdit} />
			{writable && <Alt picture={picture} />}
			<DescriptionList
				items={[
					...(writable || picture.alt === null
						? []
						: [{ term: t("alt"), value: <span dir="auto">{picture.alt}</span> }]),
					{
						term: t("prompt"),
						value:
							picture.prompt === null ? (
								<None />
							) : (
								<span className={styles.prompt} dir="auto">
									{picture.prompt} <CopyButton text={picture.prompt} label={t("copyPrompt")} />
								</span>
							),
					},
					{
						term: t("model"),
						value: (
							<Row>
								{text(picture.model)}
								{isOfTestBackend(picture) && <Badge tone="warn">{t("testBackend")}</Badge>}
							</Row>
						),
					},
					{
						term: t("seed"),
						value: picture.seed === null ? <None /> : <code>{picture.seed}</code>,
					},
					{ term: t("size"), value: `${picture.width} × ${picture.height}` },
					{ term: t("quality"), value: text(picture.quality) },
					{
						term: t("format"),
						value: (
							<>
								{picture.format.toUpperCase()}, <Bytes value={picture.bytes} />
							</>
						),
					},
					{ term: t("origin"), value: t(`source_${picture.source}`) },
					{ term: t("createdAt"), value: <Time at={picture.created_at} /> },
					{ term: t("file"), value: <CopyId id={picture.file_id} /> },
				]}
			/>
		</Stack>
	);
}

function Acts({ picture, onClose, onReuse, onEdit }: ContentProps) {
	const t = useTranslations("images");
	const { can } = useSession();
	const set = useSetQuery();
	const toast = useToast();
	const remove = useDeletePicture();
	const [asking, setAsking] = useState(false);
	const writable = can("images:write");
	return (
		<Row>
			{writable && picture.prompt !== null && (
				<Button size="s" icon={<RefreshCw size={14} />} onClick={() => onReuse(picture)}>
					{t("reuse")}
				</Button>
			)}
			{writable && (
				<Button size="s" icon={<Pencil size={14} />} onClick={() => onEdit(picture)}>
					{t("editThis")}
				</Button>
			)}
			{can("responses:write") && (
				<LinkButton
					size="s"
					icon={<MessageSquare size={14} />}
					href={`/chat/?picture=${picture.file_id}`}
				>
					{t("useInChat")}
				</LinkButton>
			)}
			<LinkButton
				size="s"
				icon={<Download size={14} />}
				href={contentOf(picture.file_id)}
				download={`${picture.id}.${picture.format}`}
			>
				{t("download")}
			</LinkButton>
			<Button
				size="s"
				icon={<ScanSearch size={14} />}
				onClick={() => set({ like: picture.file_id, q: "", id: "" })}
			>
				{t("findSimilar")}
			</Button>
			{writable && (
				<Button size="s" icon={<Trash2 size={14} />} onClick={() => setAsking(true)}>
					{t("delete")}
				</Button>
			)}
			<ConfirmDialog
				open={asking}
				onOpenChange={setAsking}
				title={t("deleteTitle")}
				description={t("deleteText")}
				action={t("delete")}
				busy={remove.isPending}
				onConfirm={() =>
					remove.mutate(picture.id, {
						onSuccess: () => {
							setAsking(false);
							onClose();
							toast(t("deletedToast"));
						},
						onError: (error) => toast(toApiError(error).message, { error: true }),
					})
				}
			/>
		</Row>
	);
}

const ALT_MOST = 2000;

/** What is in it, for those who do not see it; asked for where it is missing. */
function Alt({ picture }: { picture: Picture }) {
	const t = useTranslations("images");
	const ui = useTranslations("ui");
	const toast = useToast();
	const save = useSetAlt();
	const kept = picture.alt ?? "";
	const [alt, setAlt] = useState(kept);
	useEffect(() => setAlt(kept), [kept]);
	const trimmed = alt.trim();
	return (
		<form
			onSubmit={(event) => {
				event.preventDefault();
				if (trimmed !== kept)
					save.mutate(
						{ id: picture.id, alt: trimmed === "" ? null : trimmed },
						{ onSuccess: () => toast(ui("saved")) },
					);
			}}
		>
			<Stack gap={2}>
				{save.error && <ErrorPanel error={save.error} />}
				<TextArea
					label={t("alt")}
					hint={picture.alt === null ? t("altAsked") : t("altHint")}
					rows={2}
					dir="auto"
					maxLength={ALT_MOST}
					value={alt}
					onChange={(event) => setAlt(event.target.value)}
				/>
				<Row>
					<Button size="s" type="submit" busy={save.isPending} disabled={trimmed === kept}>
						{ui("save")}
					</Button>
				</Row>
			</Stack>
		</form>
	);
}
