// Shared memory, by which a busy Python is stopped, is there for isolated pages only. `vmlab serve`
// sends the headers for that; on a plain host our service worker adds them, once it has the page.

const TRIED = "vmlab-isolating";
const READY_MS = 5000;

/** Get the page isolated, if that takes no more than one reload. Never in a frame: whoever embeds
 *  the page decides there. Resolves if the page is to go on as it is. */
export async function isolate(site) {
  try {
    if (crossOriginIsolated) {
      sessionStorage.removeItem(TRIED);
      return;
    }
    if (window.top !== window || !isSecureContext || !navigator.serviceWorker || sessionStorage.getItem(TRIED)) return;
    sessionStorage.setItem(TRIED, "1");  // before anything else: a second reload would be a loop
    await navigator.serviceWorker.register(`${site}sw.js`, { scope: site, updateViaCache: "none" });
    const late = new Promise((_, reject) => { setTimeout(reject, READY_MS); });
    await Promise.race([navigator.serviceWorker.ready, late]);
  } catch {
    return;  // a private window, or a worker that cannot be had: it works without
  }
  location.reload();
  await new Promise(() => {});
}
