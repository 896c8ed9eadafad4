// What is kept on this device: IndexedDB, with revisions, a versioned schema and its migrations.
//
//   items     {id, kind: text | file, name, data, revision, changed, deleted}   what somebody made
//   sessions  {id, kind: last, name, data, position, address, source, changed}  where a tab stood
//   course    {id: "lesson SLUG" | "student", data, changed}                  what was done in lessons
//
// Whatever goes wrong is a `KeepError` with a code and values; the words are the page's. A write
// that fails has changed nothing.

export const DATABASE = "vmlab";
export const MOST_SESSIONS = 6;
const TRASH_MS = 3_600_000;  // what was deleted can be brought back for an hour
const CHANNEL = "vmlab-kept";

/** One step a version, in order: step n takes a database from version n to n + 1. Never changed once
 *  they are out; a new version is a new step. */
export const STEPS = [
  (db) => db.createObjectStore("items", { keyPath: "id" }),
  (db) => db.createObjectStore("sessions", { keyPath: "id" }),
  (db) => db.createObjectStore("course", { keyPath: "id" }),
];
export const VERSION = STEPS.length;

export class KeepError extends Error {
  constructor(code, values = {}) {
    super(code);
    this.code = code;
    this.values = values;
  }
}

const megabytes = (bytes) => (bytes / 1e6).toFixed(1);
export const sizeOf = (data) => typeof data === "string" ? new TextEncoder().encode(data).length : data?.byteLength ?? 0;

/** What the browser said, as one of ours. */
function translated(error, name = "", data = "") {
  if (error instanceof KeepError) return error;
  if (error?.name === "QuotaExceededError") return new KeepError("full", { name, size: megabytes(sizeOf(data)) });
  if (error?.name === "InvalidStateError") return new KeepError("closed", { name });
  return new KeepError("other", { name, found: `${error?.name ?? "Error"}` });
}

const asked = (request) => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result);
  request.onerror = () => reject(request.error);
});

function opened(version, hooks) {
  return new Promise((resolve, reject) => {
    let request;
    try { request = indexedDB.open(DATABASE, version); } catch (error) { reject(error); return; }
    request.onupgradeneeded = ({ oldVersion }) => {
      for (const step of STEPS.slice(oldVersion)) step(request.result);
    };
    request.onblocked = () => hooks.blocked();
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** A record that can be shown and opened. */
export function sound(record) {
  return typeof record?.id === "string" && typeof record.name === "string" && ["text", "file", "last"].includes(record.kind)
    && (record.kind === "text" ? typeof record.data === "string" : record.data instanceof ArrayBuffer);
}

/** What is left of a record, as bytes for a file. */
export function remains(record) {
  if (typeof record?.data === "string" || record?.data instanceof ArrayBuffer) return record.data;
  return JSON.stringify(record, (_key, value) => value instanceof ArrayBuffer ? [...new Uint8Array(value)] : value) ?? "";
}

export class Store {
  constructor(db, readOnly) {
    this.db = db;
    this.readOnly = readOnly;
    this.closed = false;
    this.channel = "BroadcastChannel" in globalThis ? new BroadcastChannel(CHANNEL) : null;
  }

  /** Open what is kept here. A newer database than we know is opened for reading and exporting.
   *  `hooks.blocked`: another tab holds an older one; `hooks.closed`: another tab needs a newer. */
  static async open(hooks) {
    let db, newer = null;
    try {
      db = await opened(VERSION, hooks);
    } catch (error) {
      if (error?.name !== "VersionError") throw new KeepError("blocked");
      db = await opened(undefined, hooks).catch(() => { throw new KeepError("blocked"); });
      newer = { expected: VERSION, found: db.version };
    }
    const store = new Store(db, Boolean(newer));
    db.onversionchange = () => { db.close(); store.closed = true; hooks.closed(); };
    db.onclose = () => { store.closed = true; hooks.closed(); };
    if (newer) hooks.newer(newer);
    return store;
  }

  /** Call `listener` with what another tab has changed. */
  listen(listener) { if (this.channel) this.channel.onmessage = ({ data }) => listener(data); }

  async #run(mode, name, work, what = "", data = "") {
    if (mode === "readwrite" && this.readOnly) throw new KeepError("closed", { name: what });
    if (!this.db.objectStoreNames.contains(name)) return mode === "readonly" ? [] : undefined;
    try {
      const transaction = this.db.transaction(name, mode);
      const done = new Promise((resolve, reject) => {
        transaction.oncomplete = resolve;
        transaction.onabort = () => reject(transaction.error ?? new KeepError("other", { name: what, found: "AbortError" }));
      });
      const [result] = await Promise.all([work(transaction.objectStore(name)), done]);
      return result;
    } catch (error) {
      throw translated(error, what, data);
    }
  }

  /** Everything, the newest first; what was deleted is left out. */
  async list() {
    const all = [await this.#run("readonly", "items", (store) => asked(store.getAll())),
      await this.#run("readonly", "sessions", (store) => asked(store.getAll()))].flat();
    return all.filter((one) => !one?.deleted).sort((a, b) => (Number(b?.changed) || 0) - (Number(a?.changed) || 0));
  }

  /** Keep a text or a file. `base` is the revision that it was made from: if another tab has saved
   *  since, nothing is written over and this becomes an item of its own, `conflict`. */
  async put({ id = null, kind, name, data, base = 0 }) {
    const write = () => this.#run("readwrite", "items", async (store) => {
      const there = id && await asked(store.get(id));
      const conflict = Boolean(there && !there.deleted && there.revision !== base);
      const names = conflict ? new Set((await asked(store.getAll())).map((one) => one?.name)) : null;
      const record = {
        id: there && !conflict ? id : crypto.randomUUID?.() ?? `${Date.now()}-${Math.random()}`,
        kind, name: conflict ? copyName(name, names) : name, data, revision: conflict ? 1 : base + 1,
        changed: Date.now(), deleted: 0,
      };
      await asked(store.put(record));
      return { record, conflict };
    }, name, data);
    const made = await this.#withRoom(write);
    this.channel?.postMessage({ id: made.record.id, revision: made.record.revision });
    return made;
  }

  /** What was deleted gives way before something is refused. */
  async #withRoom(write) {
    try {
      return await write();
    } catch (error) {
      if (error.code !== "full" || !await this.purge(0)) throw error;
      return write();
    }
  }

  /** Change an item by `change(record)`; one that is gone is said. */
  async #change(id, name, change) {
    await this.#run("readwrite", "items", async (store) => {
      const record = await asked(store.get(id));
      if (!record) throw new KeepError("gone", { name });
      change(record);
      await asked(store.put(record));
    }, name);
    this.channel?.postMessage({ id });
  }

  rename(id, before, name) { return this.#change(id, before, (record) => { record.name = name; }); }
  undo(id, name) { return this.#change(id, name, (record) => { record.deleted = 0; }); }

  /** Delete: an item for the time being, the run of a tab at once. Returns whether it can be undone. */
  async remove({ id, kind, name }) {
    if (kind === "last") {
      await this.#run("readwrite", "sessions", (store) => asked(store.delete(id)), name);
      this.channel?.postMessage({ id });
      return false;
    }
    await this.#change(id, name, (record) => { record.deleted = Date.now(); });
    return true;
  }

  /** Remove a record that cannot be read, wherever it is. */
  async removeDamaged(id) {
    for (const name of ["items", "sessions"]) await this.#run("readwrite", name, (store) => asked(store.delete(id)));
  }

  /** Forget what was deleted longer ago than that; how many there were. */
  purge(olderMs = TRASH_MS) {
    return this.#run("readwrite", "items", async (store) => {
      const old = (await asked(store.getAll())).filter((one) => one?.deleted && Date.now() - one.deleted >= olderMs);
      for (const one of old) await asked(store.delete(one.id));
      return old.length;
    });
  }

  /** Where this tab stands now. Of other tabs' the newest stay; `live` are tabs that are open. */
  async putSession(session, live) {
    await this.#withRoom(() => this.#run("readwrite", "sessions", async (store) => {
      await asked(store.put({ ...session, kind: "last", changed: Date.now() }));
      const all = (await asked(store.getAll())).sort((a, b) => b.changed - a.changed);
      for (const old of all.slice(MOST_SESSIONS)) if (!live.has(old.id)) await asked(store.delete(old.id));
    }, session.name, session.data));
    this.channel?.postMessage({ id: session.id });
  }

  /** Everything of the lessons. */
  course() { return this.#run("readonly", "course", (store) => asked(store.getAll())); }

  /** Change a record of the lessons by `change(data)`, which gets null where there is none. It is read
   *  and written in one transaction: two tabs do not write over each other. Returns the new data. */
  async changeCourse(id, change) {
    const data = await this.#withRoom(() => this.#run("readwrite", "course", async (store) => {
      const made = change((await asked(store.get(id)))?.data ?? null);
      await asked(store.put({ id, data: made, changed: Date.now() }));
      return made;
    }, id));
    this.channel?.postMessage({ course: id });
    return data;
  }

  close() { this.channel?.close(); this.db.close(); }
}

function copyName(name, taken) {
  const [, stem, ending] = /^(.*?)(\.[^.]*)?$/s.exec(name);
  for (let n = 2; ; n += 1) {
    const made = `${stem} (${n})${ending ?? ""}`;
    if (!taken.has(made)) return made;
  }
}
