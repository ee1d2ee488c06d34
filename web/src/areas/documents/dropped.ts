// SPDX-License-Identifier: Apache-2.0
// Files of what was dropped or chosen, folders read to their ends.

export interface Dropped {
	file: File;
	/** The folder it lay in, without its own name; empty for one that was chosen alone. */
	folder: string;
}

const PICTURE = /^image\/(png|jpeg|webp|gif)$/;

/** Pictures that were given one by one; what lies in a folder is a document, whatever it is. */
export function sortDropped(files: readonly Dropped[]): {
	pictures: Dropped[];
	documents: Dropped[];
} {
	const isPicture = ({ file, folder }: Dropped) => folder === "" && PICTURE.test(file.type);
	return {
		pictures: files.filter(isPicture),
		documents: files.filter((each) => !isPicture(each)),
	};
}

/** Must be called within the event: afterwards the entries are gone. */
export function readDrop(transfer: DataTransfer): Promise<Dropped[]> {
	const entries = [...transfer.items]
		.filter((item) => item.kind === "file")
		.map((item) => item.webkitGetAsEntry());
	const files = [...transfer.files];
	if (entries.some((entry) => entry?.isDirectory))
		return Promise.all(entries.map((entry) => (entry ? readEntry(entry, "") : []))).then((all) =>
			all.flat(),
		);
	return Promise.resolve(files.map((file) => ({ file, folder: "" })));
}

/** Of an input; with `webkitdirectory`, files know their path. */
export function readChosen(files: File[]): Dropped[] {
	return files
		.map((file) => ({
			file,
			folder: (file.webkitRelativePath ?? "").split("/").slice(0, -1).join("/"),
		}))
		.filter(({ file }) => !isHidden(file.name));
}

async function readEntry(entry: FileSystemEntry, folder: string): Promise<Dropped[]> {
	if (isHidden(entry.name)) return [];
	if (entry.isFile) {
		const file = await new Promise<File>((resolve, reject) =>
			(entry as FileSystemFileEntry).file(resolve, reject),
		);
		return [{ file, folder }];
	}
	const reader = (entry as FileSystemDirectoryEntry).createReader();
	const inside: Dropped[] = [];
	const at = folder === "" ? entry.name : `${folder}/${entry.name}`;
	for (;;) {
		// A reader gives at most a hundred at a time.
		const some = await new Promise<FileSystemEntry[]>((resolve, reject) =>
			reader.readEntries(resolve, reject),
		);
		if (some.length === 0) return inside;
		for (const each of some) inside.push(...(await readEntry(each, at)));
	}
}

/** What file managers leave in folders. */
function isHidden(name: string) {
	return name.startsWith(".") || name === "Thumbs.db" || name === "desktop.ini";
}
