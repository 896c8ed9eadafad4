// What a student has done, as values: vmlab/progress/1 and vmlab/submission/1 (vmlab/course/schemas).
// A lesson's record here has one thing more, `skipped`: predictions that were not made.

export const SCHEMA = "vmlab/progress/1";
export const SUBMISSION = "vmlab/submission/1";
export const MOST_ATTEMPTS = 1000;
export const MOST_SOURCE = 200_000;  // characters

const SLUG = /^[a-z0-9][a-z0-9_-]{0,63}$/;
const NAME = /^[A-Za-z0-9_-]{0,64}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,9})?(Z|[+-]\d{2}:\d{2})$/;

export const nothing = () => ({ answers: {}, skipped: [], observed: {}, done: [], exercise: null });
export const now = () => new Date().toISOString();

const moment = (text) => text ? Date.parse(text) : 0;
const newest = (exercise) => Math.max(moment(exercise.edited), ...exercise.attempts.map(({ at }) => moment(at)));

/** What was done in both places. A program is the one that was changed last, checks are kept from both,
 *  and of two predictions the first stands (vmlab/course/progress.py says the same). */
export function merged(one, other) {
  const answers = { ...one.answers };
  for (const [id, answer] of Object.entries(other.answers)) {
    if (!(id in answers) || moment(answer.at) < moment(answers[id].at)) answers[id] = answer;
  }
  const union = (a, b) => [...new Set([...a, ...b])];
  return {
    answers,
    skipped: union(one.skipped, other.skipped).filter((id) => !(id in answers)),
    observed: { ...one.observed, ...other.observed },
    done: union(one.done, other.done).sort((a, b) => a - b),
    exercise: one.exercise && other.exercise ? mergedExercise(one.exercise, other.exercise) : one.exercise ?? other.exercise,
  };
}

function mergedExercise(one, other) {
  const kept = newest(one) >= newest(other) ? one : other;
  if (one.slug !== other.slug) return kept;
  const all = new Map([...one.attempts, ...other.attempts].map((attempt) => [JSON.stringify(attempt), attempt]));
  const attempts = [...all.values()].sort((a, b) => moment(a.at) - moment(b.at)).slice(-MOST_ATTEMPTS);
  return { ...kept, attempts };
}

/** How far a lesson is: done, begun or todo. `lesson` says what there is: cells, questions, exercise. */
export function standing(record, { cells, questions, exercise }) {
  if (!record) return "todo";
  const ran = cells.every((cell) => record.done.includes(cell));
  const answered = questions.every((id) => id in record.answers || record.skipped.includes(id));
  const built = !exercise || record.exercise?.attempts.some(({ passed }) => passed);
  if (ran && answered && built) return "done";
  const begun = record.done.length || Object.keys(record.answers).length || record.skipped.length || record.exercise;
  return begun ? "begun" : "todo";
}

// As a file --------------------------------------------------------------------------------------

/** The manifest of a submission: programs travel beside it. */
export function manifest(lessons, student, version) {
  const shown = {};
  for (const [slug, { answers, observed, done, exercise }] of lessons) {
    shown[slug] = { answers, observed, done };
    if (exercise) {
      const { source: _, ...rest } = exercise;
      shown[slug].exercise = rest;
    }
  }
  return { schema: SUBMISSION, vmlab: version, saved: now(), student, progress: { schema: SCHEMA, lessons: shown } };
}

/** What a document of somebody else says, with nothing in it that is not asked for. `Refused` says
 *  what was expected and found, and where. */
export class Refused extends Error {}

const expect = (what, where, found) => {
  const text = JSON.stringify(found) ?? "nothing";
  throw new Refused(`${where}: expected ${what}, found ${text.length > 60 ? `${text.slice(0, 57)}...` : text}`);
};
const object = (found, where, most = Infinity) => {
  if (typeof found !== "object" || found === null || Array.isArray(found)) expect("an object", where, found);
  if (Object.keys(found).length > most) expect(`at most ${most} entries`, where, Object.keys(found).length);
  return found;
};
const list = (found, where, most) => {
  if (!Array.isArray(found)) expect("a list", where, found);
  if (found.length > most) expect(`at most ${most} entries`, where, found.length);
  return found;
};
const matching = (pattern, what) => (found, where) => typeof found === "string" && pattern.test(found) ? found : expect(what, where, found);
const slug = matching(SLUG, "a name of a-z, 0-9, - and _");
const named = matching(NAME, "a name");
const time = (found, where) => {
  matching(TIME, "a time")(found, where);
  return Number.isNaN(Date.parse(found)) ? expect("a time of the calendar", where, found) : found;
};
const between = (low, high, whole) => (found, where) => typeof found === "number" && found >= low && found <= high
  && (!whole || Number.isInteger(found)) ? found : expect(`a number from ${low} to ${high}`, where, found);
const bool = (found, where) => typeof found === "boolean" ? found : expect("true or false", where, found);
const text = (most) => (found, where) => typeof found === "string" && [...found].length <= most ? found : expect(`at most ${most} characters`, where, found);

const entries = (found, where, read) => Object.fromEntries(
  Object.entries(object(found ?? {}, where, 200)).map(([key, value]) => [slug(key, where), read(value, `${where}.${key}`)]));

function readAttempt(found, where) {
  object(found, where);
  return {
    at: time(found.at, `${where}.at`),
    seed: between(0, Number.MAX_SAFE_INTEGER, true)(found.seed, `${where}.seed`),
    passed: bool(found.passed, `${where}.passed`),
    score: between(0, 100, false)(found.score, `${where}.score`),
    failed: list(found.failed ?? [], `${where}.failed`, 100).map((bad, at) => {
      object(bad, `${where}.failed[${at}]`);
      return { property: named(bad.property, `${where}.failed[${at}].property`), hint: named(bad.hint, `${where}.failed[${at}].hint`) };
    }),
  };
}

function readExercise(found, where) {
  object(found, where);
  const made = { slug: slug(found.slug, `${where}.slug`), source: "", edited: "", attempts: [] };
  if (found.source !== undefined) made.source = text(MOST_SOURCE)(found.source, `${where}.source`);
  if (found.edited !== undefined) made.edited = time(found.edited, `${where}.edited`);
  made.attempts = list(found.attempts ?? [], `${where}.attempts`, MOST_ATTEMPTS).map((one, at) => readAttempt(one, `${where}.attempts[${at}]`));
  return made;
}

function readLesson(found, where) {
  object(found, where);
  return {
    answers: entries(found.answers, `${where}.answers`, (answer, at) => {
      object(answer, at);
      return { option: slug(answer.option, `${at}.option`), at: time(answer.at, `${at}.at`) };
    }),
    skipped: [],
    observed: entries(found.observed, `${where}.observed`, slug),
    done: [...new Set(list(found.done ?? [], `${where}.done`, 1000).map((cell, at) => between(1, 1000, true)(cell, `${where}.done[${at}]`)))]
      .sort((a, b) => a - b),
    exercise: found.exercise === undefined ? null : readExercise(found.exercise, `${where}.exercise`),
  };
}

const major = (found, name, where) => {
  const known = new RegExp(`^vmlab/${name}/1(\\.\\d{1,4})?$`);
  if (typeof found !== "string" || !known.test(found)) expect(`vmlab/${name}/1`, where, found);
};

/** The lessons and the student of a manifest. Raises `Refused`. */
export function readManifest(found) {
  object(found, "manifest");
  major(found.schema, "submission", "schema");
  time(found.saved, "saved");
  if (found.vmlab !== undefined) text(80)(found.vmlab, "vmlab");
  const student = object(found.student, "student"), who = {};
  for (const [key, most] of [["id", 200], ["first_name", 200], ["last_name", 200], ["email", 320]]) {
    who[key] = student[key] === undefined ? "" : text(most)(student[key], `student.${key}`);
  }
  const progress = object(found.progress, "progress");
  major(progress.schema, "progress", "progress.schema");
  if (progress.lessons === undefined) expect("an object", "progress.lessons", undefined);
  return { student: who, lessons: entries(progress.lessons, "lessons", readLesson) };
}
