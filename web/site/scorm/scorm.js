// Tells a learning management system how far a student is (SCORM 1.2, Run-Time Environment, 3.3).
//
// The lesson's page is in a frame of this one, from the same package; it says what happens by the
// event `vmlab:lesson` on its document. The LMS's object is called API and lies in a frame around us.

const MOST_FRAMES = 10;  // around us, as the standard has it

function findApi(from) {
  for (let frame = from, count = 0; count < MOST_FRAMES; count += 1) {
    try {
      if (frame.API) return frame.API;
    } catch {
      return null;  // a frame of another origin
    }
    if (frame === frame.parent) break;
    frame = frame.parent;
  }
  return null;
}

function nearest() {
  const found = findApi(window.parent);
  if (found || !window.opener) return found;
  return findApi(window.opener);
}

const api = nearest();
const session = { open: false, began: Date.now(), score: -1, status: "" };

function set(name, value) {
  if (session.open) api.LMSSetValue(name, String(value));
}

/** A duration as HHHH:MM:SS. */
function elapsed() {
  const seconds = Math.floor((Date.now() - session.began) / 1000);
  const two = (number) => String(number).padStart(2, "0");
  return `${String(Math.floor(seconds / 3600)).padStart(4, "0")}:${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
}

function open() {
  if (!api || api.LMSInitialize("") !== "true") return;
  session.open = true;
  session.status = api.LMSGetValue("cmi.core.lesson_status");
  const before = Number.parseFloat(api.LMSGetValue("cmi.core.score.raw"));
  if (Number.isFinite(before)) session.score = before;
  if (["", "not attempted", "unknown"].includes(session.status)) {
    session.status = "incomplete";
    set("cmi.core.lesson_status", session.status);
  }
  api.LMSCommit("");
}

/** A better result than any before: scores never go down. */
function report(exact, passed) {
  const score = Math.round(exact * 10) / 10;  // as it is kept: what was reached on an earlier visit is no news
  if (!session.open || score <= session.score) return;
  session.score = score;
  set("cmi.core.score.min", 0);
  set("cmi.core.score.max", 100);
  set("cmi.core.score.raw", score);
  session.status = passed ? "passed" : "incomplete";
  set("cmi.core.lesson_status", session.status);
  api.LMSCommit("");
}

function close() {
  if (!session.open) return;
  set("cmi.core.session_time", elapsed());
  set("cmi.core.exit", session.status === "passed" ? "" : "suspend");
  api.LMSCommit("");
  api.LMSFinish("");
  session.open = false;
}

/** What the lesson says. Without an exercise the score is the share of questions that were observed. */
function hear(page) {
  const questions = page.querySelectorAll("[data-question]").length;
  const exercise = page.getElementById("exercise") !== null;
  page.addEventListener("vmlab:lesson", ({ detail }) => {
    if (detail.verdict) report(detail.verdict.score, detail.verdict.passed);
    else if (!exercise && questions && detail.observed) {
      const seen = Object.keys(detail.observed).length;
      if (seen) report(Math.min(100, (100 * seen) / questions), seen >= questions);
    }
  });
}

open();
const frame = document.getElementById("lesson");
const heard = new WeakSet();
/** Hear the lesson in the frame. Its links lead to other lessons, too: what is done there is no score
 *  of this one. */
const listen = () => {
  try {
    const page = frame.contentDocument, slug = page?.querySelector(".lay[data-lesson]")?.dataset.lesson;
    if (slug !== frame.dataset.lesson || heard.has(page)) return;
    heard.add(page);
    hear(page);
  } catch {
    // The student followed a link out of the package: nothing to hear there.
  }
};
frame.addEventListener("load", listen);
listen();  // it may have been there before this program
addEventListener("pagehide", close);
