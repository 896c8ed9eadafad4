// Passes a question of the test to Python, and the answer back. One at a time.
export function render({ model }) {
  document.addEventListener("lab", ({ detail }) => model.send_msg(detail));
  model.on("msg:custom", (detail) => {
    document.dispatchEvent(new CustomEvent("lab-answer", { detail }));
  });
}
