// Counts clicks by way of Python, and keeps what Python sent last in data-last.
export function render({ model, el }) {
  const button = document.createElement("button");
  button.id = "count";
  const draw = () => { button.textContent = `count ${model.state.count} ${model.state.nothing}`; };
  button.addEventListener("click", () => model.send_msg({ kind: "bump", by: 2 }));
  model.on("state", draw);
  model.on("msg:custom", (message) => { button.dataset.last = JSON.stringify(message); });
  document.addEventListener("demo-bytes", () => {
    model.send_msg({ kind: "bytes", data: new Uint8Array(3_000_000).fill(7).buffer });
  });
  draw();
  el.append(button);
}
