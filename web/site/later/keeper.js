// Keeps the site on this device, by way of the service worker, and says what is kept. Without one
// (a private window, an old browser, a host without https) the site works as before.

const LOOK_AGAIN_MS = 3_600_000;

/** `root`: the site's address. `urls`: the files of this version that the tab may still need.
 *  `on`: what to call with each message of the service worker. Returns how to ask it to keep more:
 *  `keep(large, jupyter)`; null if there is none. */
export async function keeper(root, urls, on) {
  if (!navigator.serviceWorker || !isSecureContext) return null;
  // As long as this tab is open, nobody throws away what it may still ask for.
  urls.forEach((url) => navigator.locks?.request(url, { mode: "shared" }, () => new Promise(() => {})).catch(() => {}));
  let registration;
  try {
    registration = await navigator.serviceWorker.register(`${root}sw.js`, { scope: root, updateViaCache: "none" });
  } catch {
    return null;
  }
  const asked = { large: false, jupyter: false };
  const tell = async (message) => (await navigator.serviceWorker.ready).active.postMessage(message);
  const keep = (large, jupyter = false) => {
    asked.large ||= large;
    asked.jupyter ||= jupyter;
    tell({ type: "keep", ...asked });
  };
  navigator.serviceWorker.addEventListener("message", ({ data }) => {
    on(data);
    if (data.type === "kept") tell({ type: "current", urls });  // and is what it keeps what we show?
  });
  // Another version's worker took over: it has its own list.
  navigator.serviceWorker.addEventListener("controllerchange", () => keep(false));
  const again = () => registration.update().catch(() => {});
  setInterval(again, LOOK_AGAIN_MS);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
  return keep;
}
