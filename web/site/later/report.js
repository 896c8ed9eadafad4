// A report of what went wrong, as a file on this device: nothing is sent. `vmlab run --load` and
// the workbench open it where the run stood, `vmlab run --replay` plays the run.

const SAVED_MS = 60_000;  // the browser reads the file within this time

const base64 = (data) => new Promise((resolve) => {
  const reader = new FileReader();
  reader.onload = () => resolve(reader.result.slice(reader.result.indexOf(",") + 1));
  reader.readAsDataURL(new Blob([data]));
});

/** Save a report: versions, the browser, the errors and the last copy of the run. */
export async function report(plan, life, error) {
  const content = {
    schema: "vmlab/report/1",
    written: new Date().toISOString(),
    versions: plan.versions,
    browser: {
      agent: navigator.userAgent,
      cores: navigator.hardwareConcurrency,
      isolated: globalThis.crossOriginIsolated,
      language: document.documentElement.lang,
    },
    address: location.hash,
    error,
    earlier: life.errors.slice(-10),
    position: life.kept && JSON.parse(life.kept.facts).position,
    run: life.kept && await base64(life.kept.data),
  };
  const link = document.createElement("a");
  link.href = URL.createObjectURL(new Blob([JSON.stringify(content, null, 1)], { type: "application/json" }));
  link.download = "vmlab-report.json";
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), SAVED_MS);
}
