// What the header of every page does: the theme, the presentation, printing, and a menu of the site's
// parts where they have no room beside each other. theme.js has chosen before the first paint.

const root = document.documentElement;
const header = document.querySelector("header.app");
const looks = header.querySelector(".looks");
const nav = header.querySelector(".nav");

// The address says what is shown; a choice made here is said there too, if the address said one.
function say(name, value) {
  const address = new URL(location.href);
  const hash = new URLSearchParams(address.hash.slice(1));
  if (address.searchParams.has(name)) {
    if (value === null) address.searchParams.delete(name);
    else address.searchParams.set(name, value);
  }
  if (hash.has(name)) {
    if (value === null) hash.delete(name);
    else hash.set(name, value);
    address.hash = hash.toString();
  }
  if (address.href === location.href) return;
  history.replaceState(history.state, "", address);
  dispatchEvent(new Event("vmlab-address"));  // replaceState has no event of its own
}

function mark() {
  const chosen = globalThis.vmlabLooks.theme() ?? "system";
  for (const button of looks.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === chosen));
  }
  looks.querySelector("[data-stage-choice]").setAttribute("aria-pressed", String(root.dataset.stage === "on"));
}

looks.hidden = false;
looks.addEventListener("click", (event) => {
  const button = event.target.closest("button");
  if (!button) return;
  if ("themeChoice" in button.dataset) {
    const theme = button.dataset.themeChoice === "system" ? null : button.dataset.themeChoice;
    globalThis.vmlabLooks.choose(theme);
    say("theme", theme);
  } else if ("stageChoice" in button.dataset) {
    const on = root.dataset.stage !== "on";
    globalThis.vmlabLooks.present(on);
    say("present", on ? "1" : null);
    fold();
  } else {
    looks.open = false;
    // The workbench has to fetch its text twins first, and prints then.
    if (document.dispatchEvent(new CustomEvent("vmlab-print", { cancelable: true }))) print();
  }
  mark();
});

// Esc, and a click or a focus elsewhere, close what is open.
const menu = document.createElement("button");
menu.className = "btn quiet parts";
menu.type = "button";
menu.setAttribute("aria-expanded", "false");
nav.id = "parts";
menu.setAttribute("aria-controls", "parts");
nav.before(menu);
const open = (on) => {
  nav.toggleAttribute("data-open", on);
  menu.setAttribute("aria-expanded", String(on));
};
menu.addEventListener("click", () => open(!nav.hasAttribute("data-open")));
addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  if (looks.open) { looks.open = false; looks.querySelector("summary").focus(); }
  if (nav.hasAttribute("data-open")) { open(false); menu.focus(); }
});
for (const kind of ["pointerdown", "focusin"]) {
  document.addEventListener(kind, (event) => {
    if (!looks.contains(event.target)) looks.open = false;
    if (!nav.contains(event.target) && !menu.contains(event.target)) open(false);
  });
}

/** Fold the parts into a menu where they do not fit: how many there are, and how long their names
 *  are in a language, is nothing that a style sheet knows. */
function fold() {
  header.dataset.measured = "";  // until then a narrow page hides them
  delete header.dataset.folded;
  const here = nav.querySelector("[aria-current]") ?? nav.firstElementChild;
  menu.textContent = here?.textContent ?? "";
  menu.setAttribute("aria-label", `${nav.getAttribute("aria-label")}: ${menu.textContent}`);
  if (nav.scrollWidth > nav.clientWidth) header.dataset.folded = "";
  else open(false);
}
new ResizeObserver(fold).observe(header);
new MutationObserver(() => setTimeout(fold)).observe(root, { attributeFilter: ["lang"] });
new MutationObserver(() => setTimeout(fold)).observe(nav, { attributeFilter: ["aria-label"] });  // translated later
addEventListener("vmlab-theme", mark);
mark();
