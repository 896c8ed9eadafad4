// Search in the index of documents, without a server: the texts are one file of the site, which is
// asked for when somebody first turns to the field. What is found goes in as text.

const box = document.querySelector("[data-find]");

/** Where each term stands in a section; null if one of them does not. Headings weigh more. */
function score(title, heading, text, terms) {
  let total = 0;
  for (const term of terms) {
    const where = [[title, 8], [heading, 12], [text, 1]].filter(([said]) => said.includes(term));
    if (!where.length) return null;
    total += where.reduce((sum, [, weight]) => sum + weight, 0);
  }
  return total;
}

/** The sections that have all terms, the best first: at most `most`, and how many there are. */
export function find(documents, query, most = 40) {
  const terms = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (!terms.length) return { count: 0, hits: [] };
  const phrase = terms.join(" "), hits = [];
  for (const [place, title, sections] of documents) {
    for (const [anchor, heading, text] of sections) {
      let points = score(title.toLowerCase(), heading.toLowerCase(), text.toLowerCase(), terms);
      if (points !== null && `${heading} ${text}`.toLowerCase().includes(phrase)) points += 6;
      if (points !== null) hits.push({ place: anchor ? `${place}#${anchor}` : place, title, heading, text, points });
    }
  }
  hits.sort((one, other) => other.points - one.points);
  return { count: hits.length, hits: hits.slice(0, most), terms };
}

/** A stretch of text around the first term, with every term marked, as nodes. */
function excerpt(text, terms) {
  const low = text.toLowerCase();
  const whole = low.indexOf(terms.join(" "));
  const first = whole >= 0 ? whole : Math.min(...terms.map((term) => low.indexOf(term)).filter((at) => at >= 0));
  const from = Number.isFinite(first) ? Math.max(0, first - 60) : 0;
  const shown = text.slice(from, from + 220);
  const nodes = [from ? "\u2026" : ""];
  let at = 0;
  while (at < shown.length) {
    const next = terms.map((term) => [shown.toLowerCase().indexOf(term, at), term.length])
      .filter(([place]) => place >= 0).sort(([one], [other]) => one - other)[0];
    if (!next) break;
    const mark = document.createElement("mark");
    mark.textContent = shown.slice(next[0], next[0] + next[1]);
    nodes.push(shown.slice(at, next[0]), mark);
    at = next[0] + next[1];
  }
  nodes.push(shown.slice(at), from + 220 < text.length ? "\u2026" : "");
  return nodes;
}

function start() {
  const words = JSON.parse(document.getElementById("find-words").textContent);
  const field = box.querySelector("input"), said = box.querySelector("[data-said]"), list = box.querySelector("[data-hits]");
  let texts = null;
  const load = () => texts ??= fetch(box.dataset.find).then((answer) => {
    if (!answer.ok) throw new Error(String(answer.status));
    return answer.json();
  });
  async function search() {
    const query = field.value;
    let documents;
    try {
      documents = await load();
    } catch (error) {
      texts = null;  // the next key tries again
      said.textContent = words.failed.replace("{why}", () => error.message);
      return;
    }
    if (query !== field.value) return;  // a later key is on its way
    const { count, hits, terms } = find(documents, query);
    const asked = query.trim() !== "";
    said.textContent = !asked ? "" : count ? words.found.replace("{n}", count) : words.none;
    list.hidden = !hits.length;
    list.replaceChildren(...hits.map((hit) => {
      const row = document.createElement("li"), link = document.createElement("a"), text = document.createElement("p");
      link.href = hit.place;
      link.textContent = hit.heading === hit.title ? hit.title : `${hit.title}: ${hit.heading}`;
      text.append(...excerpt(hit.text, terms));
      row.append(link, text);
      return row;
    }));
  }
  field.addEventListener("focus", load, { once: true });
  field.addEventListener("input", search);
  box.hidden = false;
  const asked = new URLSearchParams(location.search).get("q");
  if (asked) {
    field.value = asked;
    search();
  }
}

if (box) start();
