// What the scripts of a lesson's pages say, in the page's language: web/site/lesson/words.toml.

const words = JSON.parse(document.getElementById("lesson-words").textContent);

/** A sentence, its values filled in. */
export function say(key, values = {}) {
  return words[key].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

/** Whether there is such a sentence. */
export const known = (key) => key in words;

/** A name of somebody else's, with every control and format character written out. */
export function shown(text) {
  return text.replace(/[\p{C}\u2028\u2029]/gu, (char) => `<U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}>`);
}
