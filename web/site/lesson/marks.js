// How far each lesson is, drawn where lessons are listed: the index, and the column beside a lesson.

import { say } from "./words.js";
import { standing } from "./progress.js";

const CLASSES = { done: "pass", begun: "half", todo: "todo" };
const words = (list) => list.split(" ").filter(Boolean);

/** Draw the marks of `page` from what is kept. */
export function mark(page, work) {
  const rows = [...page.querySelectorAll("[data-lesson][data-cells]")];
  const found = rows.map((row) => standing(work.lesson(row.dataset.lesson), {
    cells: words(row.dataset.cells).map(Number), questions: words(row.dataset.questions), exercise: row.dataset.exercise,
  }));
  rows.forEach((row, at) => {
    const sign = row.querySelector("[data-mark]");
    const here = row.getAttribute("aria-current") === "page";
    sign.className = here && found[at] !== "done" ? "here" : `mark ${CLASSES[found[at]]}`;
    if (row.tagName === "LI") sign.textContent = say(`lesson_${found[at]}`);
    else sign.title = say(`lesson_${found[at]}`);
    sign.hidden = false;
  });
  const total = page.querySelector("[data-total]");
  if (!total) return;
  const done = found.filter((one) => one === "done").length;
  const bar = total.querySelector(".pr");
  bar.setAttribute("aria-valuenow", done);
  bar.firstElementChild.style.setProperty("--p", `${100 * done / rows.length}%`);
  total.querySelector(".note").textContent = say("lessons_done", { n: done, all: rows.length });
  total.hidden = false;
}
