// The service worker: the site without a network, and the headers that give it shared memory.
//
// A page is asked for anew, so that a rebuilt site is seen at once; without an answer the kept one
// is shown. Whatever has a digest in its name never changes: it is asked for once and then kept.
// A page names all that it uses by digest, so no tab ever mixes two versions, whichever worker
// answers it. That is why a new worker takes over at once, and why the old one's files stay until
// no tab holds them (a tab holds a lock in the name of each).
//
//   page -> worker   keep { large, jupyter }, current { urls }
//   worker -> page   keeping { done, of }, kept { large, jupyter, bytes }, full { why }, current { same }

// The build's list: pages by digest, files, large files, what JupyterLite has besides, sizes in bytes.
const SITE = "SITE";
const ROOT = new URL("./", self.location).href;
const FILES = `vmlab-files ${ROOT}`;
const PAGES = `vmlab-pages ${ROOT} `;  // and the version
const MINE = PAGES + SITE.version;
const LIST = `${ROOT}sw.js?list`;      // in a version's cache: its list, once all of it is there
const ANSWER_MS = 4000;                // a network that takes longer is as good as none
const AT_ONCE = 4;
const HAS_DIGEST = /[/-][0-9a-f]{16}[/.]/;

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET" || !request.url.startsWith(ROOT) || request.headers.has("range")) return;
  const path = new URL(request.url).href.slice(ROOT.length).replace(/[?#].*/, "");
  if (path === "sw.js") return;
  event.respondWith((HAS_DIGEST.test(path) ? file(event, path) : page(request, path)).then(isolated));
});

/** The same answer from an isolated origin: nothing of another host in it, and shared memory. */
function isolated(answer) {
  if (answer.status < 200 || answer.status === 204 || answer.status === 304) return answer;
  const headers = new Headers(answer.headers);
  headers.set("Cross-Origin-Opener-Policy", "same-origin");
  headers.set("Cross-Origin-Embedder-Policy", "require-corp");
  headers.set("Cross-Origin-Resource-Policy", "same-origin");
  return new Response(answer.body, { status: answer.status, statusText: answer.statusText, headers });
}

/** The store of that name; none in a private window, or where there is no room. */
const store = (name) => caches.open(name).catch(() => null);

async function file(event, path) {
  const files = await store(FILES);
  const kept = await files?.match(ROOT + path);
  if (kept) return kept;
  const answer = await fetch(event.request);
  if (answer.ok) event.waitUntil(files?.put(ROOT + path, answer.clone()).catch(() => {}));
  return answer;
}

async function page(request, path) {
  // Past the browser's own cache: a host may allow it to show a page for minutes after a change.
  const asked = fetch(request, { cache: "no-cache" });
  const late = new Promise((_, reject) => { setTimeout(reject, ANSWER_MS); });
  try {
    const answer = await Promise.race([asked, late]);
    if (answer.status < 500) return answer;
  } catch { /* no network */ }
  return await keptPage(path) ?? asked;
}

async function keptPage(path) {
  const name = path === "" || path.endsWith("/") ? `${path}index.html` : path;
  const complete = [];
  for (const one of await caches.keys()) {
    if (one.startsWith(PAGES) && await (await caches.open(one)).match(LIST)) complete.push(one);
  }
  complete.sort((a, b) => (b === MINE) - (a === MINE));  // the newest that is whole
  for (const one of complete) {
    const kept = await caches.open(one);
    const found = await kept.match(ROOT + name);
    if (found) return found;
    if (await kept.match(`${ROOT}${name}/index.html`)) return Response.redirect(`${ROOT}${name}/`);
  }
  return null;
}

self.addEventListener("message", (event) => {
  const say = (message) => event.source?.postMessage(message);
  if (event.data.type === "keep") event.waitUntil(keep(event.data, say).catch((why) => say({ type: "full", why: String(why) })));
  if (event.data.type === "current") {
    const mine = new Set(filesOf(SITE).map((path) => ROOT + path));
    say({ type: "current", same: event.data.urls.every((url) => mine.has(url)) });
  }
});

/** All files of a list, a kept one of an earlier build among them. */
const filesOf = (list) => [...list.files, ...list.large, ...list.jupyter?.files ?? []];

/** Keep all pages and what they use; with `large` the workbench, too, and with `jupyter` JupyterLite.
 *  What is there already, here or in a version before this one, is not asked for again. */
async function keep({ large, jupyter }, say) {
  const [pages, files] = [await caches.open(MINE), await caches.open(FILES)];
  const there = new Set([...await pages.keys(), ...await files.keys()].map(({ url }) => url));
  const before = await olderPages();
  // Whoever has had the workbench keeps having it, and JupyterLite, too.
  const had = (paths) => !there.has(LIST) && paths.some((path) => there.has(ROOT + path));
  large ||= had(SITE.large);
  jupyter ||= had(SITE.jupyter.files);
  const digests = { ...SITE.pages, ...jupyter ? SITE.jupyter.pages : {} };
  const chosen = [...SITE.files, ...large ? SITE.large : [], ...jupyter ? SITE.jupyter.files : []];
  const wanted = [...Object.keys(digests), ...chosen].filter((path) => !there.has(ROOT + path));
  let done = 0;
  const work = async () => {
    for (let path = wanted.shift(); path !== undefined; path = wanted.shift()) {
      const digest = digests[path];
      if (digest === undefined) await files.put(ROOT + path, await got(path));
      else await pages.put(ROOT + path, await before(path, digest) ?? await checked(path, digest));
      done += 1;
      say({ type: "keeping", done, of: done + wanted.length });
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  await pages.put(LIST, new Response(JSON.stringify(SITE)));
  await tidy();
  const all = new Set((await files.keys()).map(({ url }) => url));
  const whole = (paths) => paths.every((path) => all.has(ROOT + path));
  const kept = { type: "kept", large: whole(SITE.large), jupyter: whole(SITE.jupyter.files), bytes: SITE.bytes };
  // To every tab: the one that asked may show another page by now, which asked for less and has its answer.
  for (const tab of await self.clients.matchAll({ includeUncontrolled: true })) tab.postMessage(kept);
}

async function got(path, how = {}) {
  const answer = await fetch(ROOT + path, how);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  return answer;
}

/** A page of exactly this version: while a host changes from one to another, it may be neither. */
async function checked(path, digest) {
  const answer = await got(path, { cache: "no-cache" });
  const hash = await crypto.subtle.digest("SHA-256", await answer.clone().arrayBuffer());
  const found = [...new Uint8Array(hash, 0, 8)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  if (found !== digest) throw new Error(`${path} is of another version`);
  return answer;
}

/** Finds pages that a version before this one kept, and that are the same. */
async function olderPages() {
  const older = [];
  for (const name of (await caches.keys()).filter((one) => one.startsWith(PAGES) && one !== MINE)) {
    const cache = await caches.open(name);
    const list = await (await cache.match(LIST))?.json();
    if (list) older.push({ cache, list });
  }
  return async (path, digest) => {
    const same = older.find(({ list }) => (list.pages[path] ?? list.jupyter?.pages[path]) === digest);
    return same && same.cache.match(ROOT + path);
  };
}

/** Forget versions that no tab shows any more, and files that no version left here has. */
async function tidy() {
  const { held = [] } = await navigator.locks?.query() ?? {};
  const mine = filesOf(SITE);
  const shown = new Set(held.map(({ name }) => name));
  mine.forEach((path) => shown.delete(ROOT + path));
  const wanted = new Set(mine.map((path) => ROOT + path));
  for (const name of (await caches.keys()).filter((one) => one.startsWith(PAGES) && one !== MINE)) {
    const list = await (await (await caches.open(name)).match(LIST))?.json();
    const urls = list ? filesOf(list).map((path) => ROOT + path) : [];
    if (urls.some((url) => shown.has(url))) urls.forEach((url) => wanted.add(url));
    else await caches.delete(name);
  }
  const files = await caches.open(FILES);
  for (const request of await files.keys()) if (!wanted.has(request.url)) await files.delete(request);
}
