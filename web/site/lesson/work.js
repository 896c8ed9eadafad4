// A student's work on this device: kept by the site's store, exported to a file, taken from one.
// What is kept is read once and then held here, so that a page draws without waiting.

import { known, say, shown } from "./words.js";
import { manifest, merged, nothing, readManifest, Refused } from "./progress.js";

const LESSON = "lesson ";
const STUDENT = "student";
const MANIFEST = "manifest.json";
const PROGRAM = /^exercises\/([a-z0-9][a-z0-9_-]{0,63})\.py$/;
const MOST = { members: 200, bytes: 8 * 1024 * 1024 };  // as vmlab/course/submission.py has it
const MOST_MANIFEST = 4 * 1024 * 1024, MOST_PROGRAM = 256 * 1024;
const URL_MS = 60_000;  // the browser reads an exported file within this time

export class Work {
  /** `place` says where the store and the zip are; `tell` gets what is wrong with keeping. Until the
   *  store is open, and if it never is, what is done is held here. */
  constructor(place, tell) {
    Object.assign(this, { place, tell, store: null, lessons: new Map(), pending: new Map(), student: null, listeners: [] });
    this.opening = this.open();
    this.last = this.opening;
  }

  async open() {
    try {
      const { Store } = await import(new URL(this.place.dataset.store, document.baseURI));
      const store = await Store.open({
        blocked: () => this.trouble({ code: "waiting" }),
        closed: () => this.trouble({ code: "closed" }),
        newer: (values) => this.trouble({ code: "newer", values }),
      });
      store.listen((news) => { if (news?.course) this.read().then(() => this.changed()); });
      this.store = store;
      await this.read();
      this.changed();
    } catch (error) {
      this.trouble(error);
    }
  }

  trouble(error) {
    const key = `errors.${error?.code}`;
    this.tell(known(key) ? say(key, error.values) : say("errors.other", { found: error?.name ?? "Error" }));
  }

  async read() {
    for (const { id, data } of await this.store.course()) {
      if (id === STUDENT) this.student = data;
      else if (id.startsWith(LESSON)) {
        const slug = id.slice(LESSON.length), found = { ...nothing(), ...data };
        this.lessons.set(slug, this.pending.has(slug) ? merged(found, this.lessons.get(slug)) : found);
      }
    }
  }

  /** Call `listener` when what is kept has changed, here or in another tab. */
  listen(listener) { this.listeners.push(listener); }
  changed() { this.listeners.forEach((listener) => listener()); }

  /** A lesson's record; null if nothing was done. */
  lesson(slug) { return this.lessons.get(slug) ?? null; }

  /** Change a lesson by `change(record)`. What this page knows changes at once, what is kept in its
   *  turn: there `change` gets what another tab may have made of it. False if it could not be kept. */
  change(slug, change) {
    const apply = (data) => change(structuredClone({ ...nothing(), ...data }));
    const count = (by) => {
      const left = (this.pending.get(slug) ?? 0) + by;
      if (left) this.pending.set(slug, left);
      else this.pending.delete(slug);
      this.place.toggleAttribute("data-keeping", this.pending.size > 0);
      return left;
    };
    count(1);
    this.lessons.set(slug, apply(this.lesson(slug)));
    this.changed();
    this.last = this.last.then(async () => {
      const kept = await this.keep(LESSON + slug, apply);
      if (!count(-1) && kept) this.lessons.set(slug, kept);
      return Boolean(kept);
    });
    return this.last;
  }

  /** What stands in the store afterwards; null if it could not be kept. */
  async keep(id, apply) {
    await this.opening;
    if (!this.store) return null;
    try {
      return await this.store.changeCourse(id, apply);
    } catch (error) {
      this.trouble(error);
      return null;
    }
  }

  setStudent(student) {
    this.student = student;
    return this.keep(STUDENT, () => student);
  }

  /** Keep a text beside the lessons, as the workbench keeps texts. */
  async putText(name, data) { await this.store.put({ kind: "text", name, data }); }

  // Files ------------------------------------------------------------------------------------------

  /** Hand the browser all that was done, as a file. Returns its name; null if there is nothing. */
  async export() {
    await this.last;
    const lessons = [...this.lessons].sort(([a], [b]) => a < b ? -1 : 1);
    if (!lessons.length) return null;
    const { write } = await import(new URL(this.place.dataset.zip, document.baseURI));
    const student = { id: "", first_name: "", last_name: "", email: "", ...this.student };
    const programs = lessons.map(([, { exercise }]) => exercise).filter((one) => one?.source);
    const head = manifest(lessons, student, this.place.dataset.version);
    const blob = write([[MANIFEST, `${JSON.stringify(head, null, 1)}\n`],
      ...programs.map(({ slug, source }) => [`exercises/${slug}.py`, source])]);
    const name = fileName(student), link = document.createElement("a");
    link.href = URL.createObjectURL(blob);
    link.download = name;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), URL_MS);
    return name;
  }

  /** Take over what a file has: how many lessons that were. What cannot be taken is refused before
   *  anything is changed, with a sentence. */
  async import(file) {
    const zip = await import(new URL(this.place.dataset.zip, document.baseURI));
    const refuse = (code, values = {}) => { throw new zip.ZipError(code, values); };
    try {
      const { student, lessons } = await readSubmission(file, zip, refuse);
      for (const [slug, found] of Object.entries(lessons)) await this.change(slug, (record) => merged(record, found));
      if (!this.student && Object.values(student).some(Boolean)) await this.setStudent(student);
      return Object.keys(lessons).length;
    } catch (error) {
      if (!(error instanceof zip.ZipError)) throw error;
      throw new Refused(say("refused", { name: shown(file.name), why: say(`zip.${error.code}`, error.values) }));
    }
  }
}

async function readSubmission(file, zip, refuse) {
  if (file.size > MOST.bytes) refuse("large", { limit: MOST.bytes / 1024 / 1024 });
  const members = await zip.read(await file.arrayBuffer(), MOST, (name, size) => {
    if (name === "exercises/") return;
    if (name !== MANIFEST && !PROGRAM.test(name)) refuse("name", { found: shown(JSON.stringify(name.slice(0, 80))) });
    const most = name === MANIFEST ? MOST_MANIFEST : MOST_PROGRAM;
    if (size > most) refuse("large", { limit: most / 1024 / 1024 });
  });
  if (!members.has(MANIFEST)) refuse("name", { found: "-" });
  let read;
  try {
    const found = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(members.get(MANIFEST)));
    const schema = String(found?.schema ?? "");
    if (/^vmlab\/submission\/\d+/.test(schema) && !/^vmlab\/submission\/1(\.|$)/.test(schema)) refuse("newer", { found: shown(schema.slice(0, 40)) });
    read = readManifest(found);
  } catch (error) {
    if (error instanceof zip.ZipError) throw error;
    refuse("manifest", { found: shown(error instanceof Refused ? error.message : error.name) });
  }
  for (const { exercise } of Object.values(read.lessons)) {
    const program = exercise && members.get(`exercises/${exercise.slug}.py`);
    if (!program) continue;
    try {
      exercise.source = new TextDecoder("utf-8", { fatal: true }).decode(program);
    } catch { refuse("utf8"); }
  }
  return read;
}

/** As vmlab/course/submission.py calls it. */
export function fileName({ id, first_name, last_name }) {
  const said = [last_name, first_name].filter(Boolean).join("-") || id;
  const plain = said.replace(/[^\p{L}\p{N}_-]+/gu, "-").replace(/^[-_]+|[-_]+$/g, "").slice(0, 60);
  return `${plain || "submission"}.vmlab.zip`;
}
