// The keeper: keeps the run where it stands, texts and files on this device, offers to go on, and
// draws the dialog to share and keep from. The page has one; a view that is built anew (another
// language) takes over from the one before.

import { Drawer, shown } from "./drawer.js";
import { KeepError, sizeOf, Store } from "./store.js";

const TEXT_MS = 800;  // after the last letter
const MOST_FILE_BYTES = 128 * 1024 * 1024;
const LOCK = "vmlab-tab-";

// The page's, whichever view is drawn.
const tab = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`;
let storing = null, trouble = null, view = null, offered = null, offering = null;
let edited = null;  // the editor whose text waits to be kept
let writing = Promise.resolve(), written = null;

/** Say that this tab is open for as long as it is: its record is nobody else's to offer. */
if (navigator.locks) navigator.locks.request(LOCK + tab, () => new Promise(() => {}));

async function liveTabs() {
  const held = (await navigator.locks?.query())?.held ?? [];
  return new Set(held.map(({ name }) => name.startsWith(LOCK) ? name.slice(LOCK.length) : ""));
}

function openStore() {
  storing ??= Store.open({
    blocked: () => tell(new KeepError("waiting")),
    closed: () => tell(new KeepError("closed", { name: view?.running() ?? "" })),
    newer: (values) => tell(new KeepError("newer", values)),
  }).then(async (store) => {
    store.listen((news) => view?.news(news));
    await store.purge().catch(() => {});
    return store;
  }, (error) => {
    tell(error);
    return null;
  });
  return storing;
}

/** Something went wrong with keeping: it stands in the page until it is dismissed or over. */
function tell(error) {
  trouble = error;
  view?.showTrouble();
}

/** The run of another visit to go on with: the newest that no open tab has. An address that asks for
 *  something wins, unless this page wrote it itself and was only loaded anew. */
async function findOffer(store) {
  const live = await liveTabs();
  const runs = (await store.list()).filter((one) => one?.kind === "last" && !live.has(one.id) && one.data instanceof ArrayBuffer);
  if (!location.hash) return runs[0] ?? null;
  const [arrival] = performance.getEntriesByType("navigation");
  return arrival?.type === "reload" ? runs.find((one) => one.address === location.hash) ?? null : null;
}

class View {
  constructor({ ctx, dialog, close, dom }) {
    Object.assign(this, { ctx, dialog, close, dom, t: ctx.t });
    this.pieces = [];
    this.drawer = new Drawer({ ctx, dialog, close, dom, keeper: this });
    const { h } = dom;
    this.offer = h("div", { class: "offer", role: "status", hidden: true }, h("span"),
      h("button", { class: "btn", type: "button", onclick: () => this.goOn() }, this.t.go_on),
      h("button", { class: "btn quiet", type: "button", onclick: () => this.showOffer(null) }, this.t.not_now));
    this.bar = h("div", { class: "kp-msg", role: "alert", hidden: true }, h("span"),
      h("button", { class: "mini", type: "button", onclick: () => this.drawer.exportAll() }, this.t.export_all),
      h("button", { class: "mini", type: "button", onclick: () => { trouble = null; this.showTrouble(); } }, this.t.close));
    ctx.messageHost.prepend(this.offer, this.bar);
    ctx.onfile = (name, data) => this.keepFile(name, data);
    ctx.editor.onchange = () => this.textChanged();
    ctx.editor.onreplace = () => { if (edited) this.keepText(); };
    this.leaving = () => { if (document.visibilityState === "hidden") this.keepText(); };
    document.addEventListener("visibilitychange", this.leaving);
    this.copied = ({ detail }) => this.takeCopy(detail);
    document.addEventListener("vmlab-copy", this.copied);
    view = this;
    this.showTrouble();
    this.showOffer(offering);
  }

  running() { return shown(this.ctx.root.querySelector(".w-guests select")?.value ?? ""); }
  store() { return openStore(); }

  /** Do something with the store; what goes wrong is said, and null comes back. */
  async trying(work) {
    const store = await openStore();
    if (!store) { this.showTrouble(); return null; }
    try {
      const made = await work(store);
      if (trouble?.code === "full") tell(null);
      return made ?? true;
    } catch (error) {
      tell(error instanceof KeepError ? error : new KeepError("other", { name: "", found: error?.name ?? "Error" }));
      return null;
    }
  }

  words(error) {
    const values = Object.fromEntries(Object.entries(error.values ?? {}).map(([key, value]) => [key, shown(String(value))]));
    return fill(this.t.errors[error.code] ?? this.t.errors.other, values);
  }

  showTrouble() {
    this.dom.setText(this.bar.firstElementChild, trouble ? this.words(trouble) : "");
    this.bar.hidden = !trouble;
  }

  // The run -----------------------------------------------------------------------------------------

  draw(data) {
    if (data.standing !== this.standing || data.idle_ms === null) {
      this.standing = data.standing;
      clearTimeout(this.timer);
      this.timer = null;
      if (data.idle_ms !== null && storing && document.visibilityState !== "prerender") {
        this.timer = setTimeout(() => this.ctx.send({ command: "run" }), data.idle_ms);
      }
    } else if (this.timer === null && data.idle_ms !== null && this.kept !== data.standing) {
      this.timer = setTimeout(() => this.ctx.send({ command: "run" }), data.idle_ms);
    }
    if (data.piece) this.takePiece(data.piece, data.standing);
    this.drawer.draw(data);
  }

  /** A run that nobody pauses is kept by the copies that the page gets for another worker. */
  takeCopy({ facts, data }) {
    const { position } = JSON.parse(facts);
    if (!storing || !position || this.pieces.length) return;
    const name = this.running();
    this.keepRun({ name, position, source: this.head?.name === name ? this.head.source : null }, data.slice().buffer);
  }

  keepRun({ name, position, source }, data) {
    return this.trying(async (store) => {
      await store.putSession({ id: tab, name, position, source, address: location.hash, data }, await liveTabs());
      this.dom.setAttr(this.ctx.root, "data-kept", `${name} ${position}`);
      this.drawer.changed();
    });
  }

  takePiece(piece, standing) {
    const key = `${piece.number}.${piece.at}`;
    if (key === this.taken) return;
    this.taken = key;
    if (piece.at === 0) { this.pieces = []; this.head = piece; }
    this.pieces.push(Uint8Array.from(atob(piece.data), (char) => char.charCodeAt(0)));
    this.ctx.send({ command: "piece", number: piece.number });
    if (!piece.last) return;
    this.kept = standing;
    const blob = new Blob(this.pieces), { head } = this;
    this.pieces = [];
    blob.arrayBuffer().then((data) => this.keepRun(head, data));
  }

  /** Once a page: offer to go on, and put the last text into the editor. */
  async begin() {
    if (offered) return;
    offered = true;
    await this.trying(async (store) => {
      const found = await findOffer(store);
      const last = (await store.list()).find((one) => one?.kind === "text" && typeof one.data === "string");
      if (last) this.ctx.editor.restore({ ...last, name: shown(last.name), text: last.data });
      if (found) this.showOffer(found);
    });
  }

  showOffer(record) {
    offering = record;
    this.offer.hidden = !record;
    if (!record) return;
    const when = new Intl.DateTimeFormat(this.ctx.root.lang, { dateStyle: "medium", timeStyle: "short" }).format(record.changed);
    this.dom.setText(this.offer.firstElementChild, fill(this.t.offer, {
      name: shown(record.name), position: Number(record.position || 0).toLocaleString(this.ctx.root.lang), when,
    }));
  }

  goOn() {
    this.open(offering);
    this.showOffer(null);
  }

  /** Open what is kept, whatever it is. */
  open(record) {
    const name = shown(record.name);
    if (!this.dialog.hidden) this.close();
    if (record.kind === "text") this.ctx.editor.open({ ...record, name, text: record.data });
    else if (record.kind === "last") this.ctx.send({ command: "restore", name, data: record.data, source: record.source ?? null });
    else this.ctx.send({ command: "file", name, data: record.data });
  }

  // Files and texts ---------------------------------------------------------------------------------

  keepFile(name, data) {
    if (data.byteLength > MOST_FILE_BYTES) {
      const limit = MOST_FILE_BYTES / 1024 / 1024;
      tell(new KeepError("too_large", { limit, name, size: Math.round(data.byteLength / 1024 / 1024) }));
      return Promise.resolve(null);
    }
    const copy = data.slice(0);  // the message to Python may take the buffer itself
    return this.trying(async (store) => {
      const same = (await store.list()).find((one) => one?.kind === "file" && one.name === name && equal(one.data, copy));
      if (!same) await store.put({ kind: "file", name, data: copy });
      this.drawer.changed();
    });
  }

  textChanged() {
    edited = this.ctx.editor;
    clearTimeout(this.textTimer);
    this.textTimer = setTimeout(() => this.keepText(), TEXT_MS);
  }

  /** Keep the text that is written now. What stands there is taken at once, and written in its turn. */
  keepText() {
    clearTimeout(this.textTimer);
    if (!edited) return;
    const editor = edited, taken = editor.value();
    edited = null;
    if (taken.text || taken.record) writing = writing.then(() => this.writeText(editor, taken));
  }

  /** Over a newer text of another tab it becomes one of its own. */
  async writeText(editor, { name, text, record, filled }) {
    // The one before this may have been written since this was taken.
    const known = written?.filled === filled ? written.record : record;
    const made = await this.trying((store) => store.put({
      id: known?.id, kind: "text", name: name || "program.S", data: text, base: known?.revision ?? 0,
    }));
    const same = editor.value().filled === filled;
    if (!made) { if (same) edited ??= editor; return; }
    written = { filled, record: made.record };
    if (same) {
      editor.kept(made.record);
      const values = { name: shown(name), copy: shown(made.record.name) };
      if (made.conflict) editor.rename(made.record.name);
      editor.say(fill(made.conflict ? this.t.both : this.t.saved, made.conflict ? values : { name: values.copy }));
    }
    this.drawer.changed();
  }

  /** Another tab has changed something. */
  news({ id, revision }) {
    const { record, name } = this.ctx.editor.value();
    if (record && record.id === id && revision > record.revision) this.ctx.editor.say(fill(this.t.elsewhere, { name: shown(name) }));
    this.drawer.changed();
  }

  opened() { this.drawer.opened(); }
  remove() {
    clearTimeout(this.timer);
    clearTimeout(this.textTimer);
    this.keepText();
    document.removeEventListener("visibilitychange", this.leaving);
    document.removeEventListener("vmlab-copy", this.copied);
    if (view === this) view = null;
  }
}

/** Words with their values in the braces. */
export function fill(template, values) {
  return template.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole);
}

function equal(a, b) {
  if (sizeOf(a) !== sizeOf(b)) return false;
  const one = new Uint8Array(a), other = new Uint8Array(b);
  return one.every((byte, at) => byte === other[at]);
}

/** Make the view; `parts` are the component's. */
export async function keeping(parts) {
  const made = new View(parts);
  await openStore();
  made.begin();
  return made;
}
