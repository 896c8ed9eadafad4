// The dialog: a link to this place, and the list of what is kept. Names come from files of strangers
// and go in as text, with what would turn a line around written out.

import { remains, sizeOf, sound } from "./store.js";
import { read, write, ZipError } from "./zip.js";

const SCHEMA = "vmlab/kept/1";
const MANIFEST = "manifest.json";
const URL_MS = 60_000;  // the browser reads an exported file within this time

/** A name with every control and format character written out. */
export function shown(text) {
  return text.replace(/[\p{C}\u2028\u2029]/gu, (char) => `<U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`);
}

const fill = (template, values) => template.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
const fileName = (name) => name.replace(/[^\p{L}\p{N}._ ()-]+/gu, "-").slice(0, 80) || "kept";

export class Drawer {
  constructor({ ctx, dialog, close, dom, keeper }) {
    Object.assign(this, { ctx, dialog, dom, keeper, t: ctx.t });
    const { h } = dom, t = ctx.t;
    const button = (words, onclick, look = "btn") => h("button", { class: look, type: "button", onclick }, words);
    this.link = h("input", { class: "kp-link", type: "text", readonly: true, "aria-label": t.link });
    this.said = h("p", { class: "note kp-said", role: "status" });
    this.lacks = h("ul", { class: "kp-lacks" });
    this.lacking = h("p", { class: "note kp-lacking", hidden: true }, t.lacks, " ",
      button(t.save, () => ctx.root.querySelector(".w-guests .save").click(), "btn"));
    this.rows = h("tbody");
    this.table = h("table", { class: "kp-list" },
      h("thead", {}, h("tr", {}, ...t.columns.map((title) => h("th", { scope: "col" }, title)), h("td"))), this.rows);
    this.empty = h("p", { class: "note" }, t.nothing);
    this.undone = h("p", { class: "kp-undo", role: "status", hidden: true }, h("span"), " ", button(t.undo, () => this.undo(), "btn"));
    this.file = h("input", { type: "file", accept: ".zip", hidden: true });
    this.file.addEventListener("change", () => { if (this.file.files[0]) this.importAll(this.file.files[0]); this.file.value = ""; });
    this.used = h("p", { class: "note" });
    dialog.replaceChildren(
      h("header", {}, h("h2", {}, t.title), h("span", { class: "grow" }), button(t.close, close, "mini")),
      h("div", { class: "body" },
        h("h3", {}, t.link), h("div", { class: "kp-row" }, this.link, button(t.copy, () => this.copy(), "btn pri")),
        this.said, this.lacks, this.lacking,
        h("h3", {}, t.kept), this.table, this.empty, this.undone,
        h("div", { class: "kp-row" }, button(t.export_all, () => this.exportAll()), button(t.import, () => this.file.click()), this.file),
        this.used, h("p", { class: "note" }, t.privacy)));
  }

  // The link ----------------------------------------------------------------------------------------

  opened() {
    this.dom.setText(this.said, "");
    this.ask();
    this.changed();
  }
  ask() {
    const page = document.documentElement;
    this.ctx.send({ command: "share", theme: page.dataset.theme, language: page.lang, view: this.ctx.root.dataset.view ?? null });
  }

  draw(data) {
    if (!this.dialog.hidden && this.standing !== data.standing) this.ask();
    this.standing = data.standing;
    if (!data.share) return;
    const [, fragment, lacks] = data.share;
    this.link.value = location.origin + location.pathname + location.search + fragment;
    this.dom.patchList(this.lacks, lacks, () => this.dom.h("li"), this.dom.setText);
    this.lacking.hidden = !lacks.length;
  }

  async copy() {
    this.link.select();
    let done = false;
    try {
      await navigator.clipboard.writeText(this.link.value);
      done = true;
    } catch {
      done = document.execCommand("copy");  // no secure context, or not allowed
    }
    this.dom.setText(this.said, done ? this.t.copied : this.t.not_copied);
  }

  // The list ----------------------------------------------------------------------------------------

  /** What is kept has changed; it is drawn when it is seen. */
  async changed() {
    if (this.dialog.hidden) return;
    const store = await this.keeper.store();
    const list = store ? await store.list().catch(() => []) : [];
    const { h, patchList, setText } = this.dom;
    this.table.hidden = !list.length;
    this.empty.hidden = Boolean(list.length);
    patchList(this.rows, list, () => h("tr"), (row, record) => {
      const key = `${record?.id} ${record?.changed} ${record?.name}`;
      if (row.dataset.key === key) return;
      row.dataset.key = key;
      row.replaceChildren(...this.cells(record));
    });
    const { usage = 0, quota = 0 } = await navigator.storage?.estimate?.() ?? {};
    const megabytes = (bytes) => (bytes / 1e6).toLocaleString(this.ctx.root.lang, { maximumFractionDigits: 1 });
    setText(this.used, store ? fill(this.t.used, { used: megabytes(usage), all: megabytes(quota) }) : "");
  }

  cells(record) {
    const { h } = this.dom, t = this.t, whole = sound(record);
    const name = shown(String(record?.name ?? record?.id ?? "?"));
    const kind = !whole ? t.errors.damaged
      : record.kind === "file" && record.name.endsWith(".vmlab") ? t.kinds.run
      : record.kind === "last" ? `${t.kinds.last}, #${Number(record.position || 0).toLocaleString(this.ctx.root.lang)}` : t.kinds[record.kind];
    const bytes = sizeOf(record?.data);
    const size = bytes < 1000 ? `${bytes} B` : `${(bytes / 1000).toLocaleString(this.ctx.root.lang, { maximumFractionDigits: 1 })} kB`;
    const when = Number.isFinite(record?.changed) && record.changed > 0 && record.changed < 8.64e15
      ? new Intl.DateTimeFormat(this.ctx.root.lang, { dateStyle: "short", timeStyle: "short" }).format(record.changed) : "";
    const act = (words, onclick) => h("button", { class: "mini", type: "button", "aria-label": `${words} ${name}`, onclick }, words);
    return [h("th", { scope: "row" }, name), h("td", {}, kind), h("td", { class: "num" }, size), h("td", { class: "nowrap" }, when),
      h("td", { class: "kp-acts" }, ...[
        whole && act(t.open, () => this.keeper.open(record)),
        whole && record.kind !== "last" && act(t.rename, (event) => this.rename(event.target.closest("tr"), record)),
        act(t.export, () => this.exportOne(record)),
        act(t.delete, () => this.delete(record, whole)),
      ].filter(Boolean))];
  }

  rename(row, record) {
    const { h } = this.dom;
    const input = h("input", { type: "text", maxlength: "120", "aria-label": fill(this.t.new_name, { name: shown(record.name) }), value: record.name });
    const done = async (keep) => {
      const name = input.value.trim();
      delete row.dataset.key;
      if (keep && name && name !== record.name) await this.keeper.trying((store) => store.rename(record.id, record.name, name));
      await this.changed();
    };
    input.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== "Escape") return;
      event.stopPropagation();
      done(event.key === "Enter");
    });
    row.cells[0].replaceChildren(input, h("button", { class: "mini", type: "button", onclick: () => done(true) }, this.t.done));
    input.select();
    input.focus();
  }

  async delete(record, whole) {
    if (!whole) { await this.keeper.trying((store) => store.removeDamaged(record.id)); await this.changed(); return; }
    const undoable = await this.keeper.trying((store) => store.remove(record));
    this.gone = undoable === true && record.kind !== "last" ? record : null;
    this.dom.setText(this.undone.firstElementChild, this.gone ? fill(this.t.deleted, { name: shown(record.name) }) : "");
    this.undone.hidden = !this.gone;
    await this.changed();
    if (this.gone) this.undone.lastElementChild.focus();
  }

  async undo() {
    const record = this.gone;
    this.undone.hidden = true;
    await this.keeper.trying((store) => store.undo(record.id, record.name));
    await this.changed();
    this.dialog.focus();
  }

  // Export and import -------------------------------------------------------------------------------

  hand(name, blob) {
    const href = URL.createObjectURL(blob);
    this.dom.h("a", { href, download: name }).click();
    setTimeout(() => URL.revokeObjectURL(href), URL_MS);
  }

  exportOne(record) {
    const name = record?.kind === "last" ? `${record.name}-${record.position}.vmlab` : String(record?.name ?? "kept");
    this.hand(fileName(name), new Blob([remains(record)], { type: "application/octet-stream" }));
  }

  /** Everything in one zip, damaged records too. What stands in the editor and could not be kept is
   *  in it as well. */
  async exportAll() {
    const store = await this.keeper.store();
    const list = store ? await store.list().catch(() => []) : [];
    const { name, text, record } = this.ctx.editor.value();
    if (text && list.find((one) => one?.id === record?.id)?.data !== text) list.push({ kind: "text", name, data: text, changed: Date.now() });
    const files = list.map((one, at) => [`${String(at + 1).padStart(3, "0")}-${fileName(String(one?.name ?? "damaged"))}`, remains(one)]);
    const items = list.map((one, at) => ({
      file: files[at][0], name: String(one?.name ?? ""), kind: sound({ id: "", ...one }) ? one.kind : "damaged",
      changed: Number(one?.changed) || 0, position: Number(one?.position) || 0,
    }));
    this.hand("vmlab-kept.zip", write([[MANIFEST, JSON.stringify({ schema: SCHEMA, items }, null, 1)], ...files]));
  }

  async importAll(file) {
    let taken = 0;
    try {
      for (const item of await itemsOf(await file.arrayBuffer())) {
        const made = item.kind === "text"
          ? await this.keeper.trying((store) => store.put({ kind: "text", name: item.name, data: new TextDecoder().decode(item.data) }))
          : await this.keeper.keepFile(item.name, item.data.slice().buffer);
        if (!made) break;
        taken += 1;
      }
      this.dom.setText(this.said, fill(this.t.imported, { n: taken }));
    } catch (error) {
      if (!(error instanceof ZipError)) throw error;
      const found = fill(this.t.found[error.code], error.values);
      this.dom.setText(this.said, fill(this.t.errors.zip, { name: shown(file.name), found }));
    }
    await this.changed();
  }
}

/** The items of an exported zip. Raises `ZipError` for anything else, before one of them is taken. */
async function itemsOf(buffer) {
  const files = await read(buffer);
  let manifest;
  try { manifest = JSON.parse(new TextDecoder().decode(files.get(MANIFEST))); } catch { manifest = null; }
  const schema = String(manifest?.schema ?? "");
  if (/^vmlab\/kept\/\d+$/.test(schema) && schema !== SCHEMA) throw new ZipError("newer_zip", { schema: shown(schema.slice(0, 40)) });
  if (schema !== SCHEMA || !Array.isArray(manifest.items)) throw new ZipError("manifest");
  return manifest.items.map((item) => {
    const data = files.get(item?.file);
    if (!data || typeof item.name !== "string") throw new ZipError("missing");
    const ending = item.kind === "last" && !item.name.endsWith(".vmlab") ? `-${Number(item.position) || 0}.vmlab` : "";
    return { kind: item.kind === "text" ? "text" : "file", name: item.name.slice(0, 120) + ending, data };
  });
}
