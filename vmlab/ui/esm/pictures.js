// Every picture of a session, and the bars that drive it, by kind: what draws each.

import { code } from "./code.js";
import { terminal } from "./console.js";
import { csrs } from "./csrs.js";
import { devices } from "./devices.js";
import { exits } from "./exits.js";
import { addressMap } from "./map.js";
import { memory } from "./memory.js";
import { now } from "./now.js";
import { pageTree } from "./page_tree.js";
import { points } from "./points.js";
import { registers } from "./registers.js";
import { ribbon } from "./ribbon.js";
import { shadow } from "./shadow.js";
import { stack } from "./stack.js";
import { status } from "./status.js";
import { tlb } from "./tlb.js";
import { translation } from "./translation.js";
import { transport } from "./transport.js";
import { traps } from "./traps.js";
import { walk } from "./walk.js";

export const PICTURES = {
  code, console: terminal, csrs, devices, exits, map: addressMap, memory, now, points, registers, ribbon, shadow, stack, status,
  tables: pageTree, tlb, translation, transport, traps, walk,
};
