// The page of all lessons: progress, and the file that takes a student's work elsewhere.

import { say } from "./words.js";
import { Refused } from "./progress.js";
import { Work } from "./work.js";
import { mark } from "./marks.js";

const page = document.querySelector(".course");
const panel = document.getElementById("work");
const who = panel.querySelector(".who");
const file = panel.querySelector("input[type=file]");
const said = panel.querySelector(".said");
const trouble = page.querySelector("[data-trouble]");
const button = (name) => panel.querySelector(`[data-do=${name}]`);

const work = new Work(page, (sentence) => {
  trouble.textContent = sentence;
  trouble.hidden = false;
});

function draw() {
  mark(page, work);
  button("name").hidden = !work.student;
}
work.listen(draw);
draw();
panel.hidden = false;
if (location.hash === "#work") panel.scrollIntoView();

function askName() {
  for (const field of who.elements) if (field.name) field.value = work.student?.[field.name] ?? "";
  who.hidden = false;
  who.querySelector("input").focus();
}

async function exportWork() {
  const name = await work.export();
  said.textContent = name ? say("exported", { name }) : say("nothing");
}

const acts = {
  export: () => work.student ? exportWork() : askName(),
  name: askName,
  import: () => file.click(),
  async who() {
    const fields = [...who.querySelectorAll("input")].map(({ name, value }) => [name, value.trim()]);
    await work.setStudent(Object.fromEntries(fields));
    who.hidden = true;
    draw();
    button("export").focus();
    await exportWork();
  },
};
panel.addEventListener("click", ({ target }) => acts[target.closest("[data-do]")?.dataset.do]?.());
who.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && event.target.matches("input")) acts.who();
});

file.addEventListener("change", async () => {
  const [given] = file.files;
  file.value = "";
  if (!given) return;
  try {
    const n = await work.import(given);
    said.textContent = say("imported", { n, name: given.name });
  } catch (error) {
    if (!(error instanceof Refused)) throw error;
    said.textContent = error.message;
  }
});
