// Reset, back, step, run to the next trap, run or pause, and the speed.

import { h, icon, patchList, setAttr, setClass, setIcon, setText } from "./dom.js";

const ASK_MS = 4000;

export function transport(ctx) {
  const group = h("div", { class: "grp" });
  const value = h("b", { class: "mono" });
  const slider = h("input", {
    type: "range", min: "0", max: String(ctx.t.speeds.length - 1), step: "1",
    oninput: () => askSpeed(Number(slider.value)),
  });
  const said = h("span", { class: "vh", "aria-live": "polite" });
  ctx.host.append(group, h("label", { class: "spd" }, h("span", {}, ctx.t.speed), slider, value), said);
  let actions = [];
  let asked = 0;
  let asking = null;  // the speed asked for last: older answers must not move the slider back

  function showSpeed(level) {
    if (Number(slider.value) !== level) slider.value = String(level);
    setText(value, ctx.t.speeds[level]);
    setAttr(slider, "aria-valuetext", ctx.t.speeds_long[level]);
  }

  function askSpeed(level) {
    asking = level;
    showSpeed(level);
    ctx.send({ command: "speed", level });
  }

  /** Give a command, unless it is disabled: then say why. Reset asks once. */
  ctx.press = (name) => {
    const wanted = name === "run" || name === "pause" ? ["run", "pause"] : [name];
    const action = actions.find((one) => wanted.includes(one[0]));
    if (!action) return;
    if (action[3]) {
      setText(said, `${action[1]}: ${action[3]}`);
      return;
    }
    if (name === "reset" && Date.now() - asked > ASK_MS) {
      asked = Date.now();
      drawActions();
      setTimeout(drawActions, ASK_MS + 50);
      return;
    }
    asked = 0;
    ctx.send({ command: action[0] });
    // Our page can stop a Python that is too busy to hear this.
    if (action[0] === "pause") document.dispatchEvent(new Event("vmlab-pause"));
  };

  function drawActions() {
    patchList(group, actions, makeButton, (button, [name, title, key, reason]) => {
      const again = name === "reset" && Date.now() - asked <= ASK_MS;
      const [svg, label, cap] = button.children;
      setIcon(svg, name);
      setText(label, again ? ctx.t.reset_ask : title);
      setText(cap, key);
      setClass(button, "ask", again);
      setAttr(button, "data-command", name);
      setAttr(button, "aria-keyshortcuts", key);
      setAttr(button, "aria-disabled", reason ? "true" : null);
      setAttr(button, "aria-label", reason ? `${title}: ${reason}` : null);
      setAttr(button, "title", reason || `${title} (${key})`);
    });
  }

  function makeButton(action) {
    const main = action[0] === "run" || action[0] === "pause";
    const button = h("button", { class: main ? "btn pri" : "btn", type: "button" },
      icon(action[0]), h("span"), h("kbd"));
    button.addEventListener("click", () => ctx.press(button.dataset.command));
    return button;
  }

  ctx.faster = (by) => {
    askSpeed(Math.min(ctx.t.speeds.length - 1, Math.max(0, Number(slider.value) + by)));
  };

  return {
    draw(data) {
      actions = data.actions;
      if (actions.some((one) => one[0] === "reset" && one[3])) asked = 0;
      drawActions();
      if (asking === null || asking === data.speed) {
        asking = null;
        showSpeed(data.speed);
      }
    },
  };
}
