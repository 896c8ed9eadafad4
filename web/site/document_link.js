// Keeps the page's Bokeh document and Python's the same: patches as JSON text go both ways.
// The worker answers each of our patches with "idle"; until then changes wait here, and of two
// changes of one property only the later one is sent.

// Bokeh wraps binary data, which JSON cannot carry; base64 is the form Python's side reads too.
const plain = (_key, value) => typeof value?.to_base64 === "function" ? value.to_base64() : value;

export class DocumentLink {
  constructor(worker) {
    this.worker = worker;
    this.waiting = [];
    this.busy = false;
    this.applying = false;
    this.started = new Promise((resolve) => { this.onStarted = resolve; });
    this.first = new Promise((resolve, reject) => { this.onDocument = resolve; this.onFailure = reject; });
    worker.addEventListener("message", ({ data }) => this.receive(data));
  }

  receive(message) {
    if (message.type === "starting") this.onStarted();
    else if (message.type === "document") this.onDocument(message);
    else if (message.type === "patch") this.apply(JSON.parse(message.patch));
    else if (message.type === "idle") this.idle();
    else if (message.type === "trouble" && message.fatal) this.onFailure(null);  // said by `Life`
  }

  /** Wait for Python's document and draw its roots into `place`, one element each, by name. What an
   *  older link drew there stands until then. */
  async draw(place, older = null) {
    const message = await this.first;
    older?.views.forEach((view) => view.remove());
    const documents = JSON.parse(message.documents);
    const items = JSON.parse(message.items);
    const names = Object.fromEntries(
      Object.values(documents)[0].roots.map((root) => [root.id, root.attributes?.name ?? ""]));
    const roots = {};
    place.replaceChildren(...JSON.parse(message.roots).map((id) => {
      const element = document.createElement("div");
      element.className = "root";
      element.dataset.root = names[id];
      element.id = roots[id] = `root-${id}`;
      return element;
    }));
    Object.assign(items[0], { roots, root_ids: Object.keys(roots) });
    const [views] = await Bokeh.embed.embed_items(documents, items);
    place.removeAttribute("aria-busy");
    this.views = [...views.roots.values()];
    this.document = this.views[0].model.document;
    this.document.on_change((event) => this.changed(event), false);
    this.worker.postMessage({ type: "drawn" });
    dispatchEvent(new Event("vmlab-listens"));  // who spoke while it was drawn was not heard
  }

  /** Its worker is gone: nothing is sent any more. What was drawn stands until it is replaced. */
  close() {
    this.closed = true;
    this.waiting = [];
  }

  apply(patch) {
    this.applying = true;  // these changes came from Python: do not send them back
    try {
      this.document.apply_json_patch(patch);
    } finally {
      this.applying = false;
    }
  }

  changed(event) {
    // A change that came from Python is known there; a message that somebody sends because of it is not.
    if (this.closed || (this.applying && event.msg_type === undefined)) return;
    const same = (old) => event.attr && old.model === event.model && old.attr === event.attr;
    this.waiting = this.waiting.filter((old) => !same(old));
    this.waiting.push(event);
    if (!this.busy) this.send();
  }

  send() {
    const patch = JSON.stringify(this.document.create_json_patch(this.waiting), plain);
    this.waiting = [];
    this.busy = true;
    this.worker.postMessage({ type: "patch", patch });
  }

  idle() {
    this.busy = false;
    if (this.waiting.length) this.send();
  }
}
