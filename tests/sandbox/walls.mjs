// Tries from inside, with JavaScript itself, all that a process may not do. Started as the runner
// is; prints one line of JSON: what came of each attempt, before and after the right to read is given
// back.   walls.mjs CANARY_FILE PORT ["only these"]

const [canary, port, only] = Deno.args;
const deno = Deno;
const host = "127.0.0.1";
const seen = {};
const attempts = {
  "read a file": () => deno.readTextFileSync(canary),
  "read a file by node": async () => (await import("node:fs")).readFileSync(canary, "utf8"),
  "read a file by process": () => process.getBuiltinModule("fs").readFileSync(canary, "utf8"),
  "read through /proc": () => deno.readTextFileSync("/proc/self/environ"),
  "list a folder": () => [...deno.readDirSync("/")].length,
  "look at a file": () => deno.statSync(canary).size,
  "import a file": async () => (await import(`file://${canary}`, { with: { type: "json" } })).default,
  "import a text": async () => (await import(`file://${canary}`, { with: { type: "text" } })).default,
  "import a program": async () => await import(`file://${canary}`),
  "fetch a file": async () => (await fetch(`file://${canary}`)).text(),
  "write a file": () => deno.writeTextFileSync(`${canary}.new`, "x"),
  "write here": () => deno.writeTextFileSync("new", "x"),
  "write by node": async () => (await import("node:fs")).writeFileSync(`${canary}.new`, "x"),
  "remove a file": () => deno.removeSync(canary),
  "make a folder": () => deno.makeTempDirSync(),
  "connect": async () => await deno.connect({ hostname: host, port: +port }),
  "connect by node": async () => {
    const net = await import("node:net");
    return await new Promise((good, bad) => {
      net.connect(+port, host).on("connect", () => good("connected")).on("error", bad);
    });
  },
  "connect to a socket file": async () => await deno.connect({ transport: "unix", path: canary }),
  "send a datagram": async () => {
    const socket = (await import("node:dgram")).createSocket("udp4");
    return await new Promise((good, bad) => {
      const caught = (event) => { event.preventDefault(); bad(event.reason ?? event.error); };
      addEventListener("unhandledrejection", caught);
      addEventListener("error", caught);
      socket.on("error", bad);
      socket.send("x", +port, host, (error) => error ? bad(error) : good("sent"));
    });
  },
  "listen": () => deno.listen({ port: 0 }),
  "fetch": async () => (await fetch(`http://${host}:${port}/`)).status,
  "web socket": async () => {
    const socket = new WebSocket(`ws://${host}:${port}/`);
    return await new Promise((good, bad) => {
      socket.onopen = good;
      socket.onerror = (event) => bad(new Error(event.message));
    });
  },
  "ask a name server": async () => await deno.resolveDns("localhost", "A"),
  "import from a host": async () => await import(`http://${host}:${port}/mod.js`),
  "import from a known host": async () => await import("https://esm.sh/left-pad"),
  "import from npm": async () => await import("npm:left-pad"),
  "import from jsr": async () => await import("jsr:@std/path"),
  "start a process": () => new deno.Command("/bin/sh", { args: ["-c", "exit 0"] }).outputSync(),
  "start by node": async () => {
    const done = (await import("node:child_process")).spawnSync("/bin/sh", ["-c", "exit 0"]);
    if (done.error) throw done.error;
    return done.status;
  },
  "end our parent": () => deno.kill(deno.ppid, "SIGTERM"),
  "end our parent by node": () => process.kill(deno.ppid, "SIGTERM"),
  "load a library": () => deno.dlopen("libc.so.6", { getpid: { parameters: [], result: "i32" } }),
  "load a library by node": () => process.dlopen({ exports: {} }, canary),
  "the environment": () => JSON.stringify(deno.env.toObject()),
  "a variable": () => deno.env.get("HOME"),
  "a variable by node": () => process.env.HOME,
  "the machine's name": () => deno.hostname(),
  "who we are": () => deno.uid(),
  "the machine's memory": () => deno.systemMemoryInfo(),
  "ask for a right": async () => {
    const found = await deno.permissions.request({ name: "read" });
    if (found.state !== "granted") throw new Error(found.state);
  },
  "a worker": async () => await inWorker("Deno.readTextFileSync(name)"),
  "keep for the next": () => { localStorage.setItem("a", "x".repeat(1000)); return localStorage.length; },
  "keep in a cache": async () => {
    await (await caches.open("a")).put("https://example.org/", new Response("x".repeat(1000)));
    return "kept";
  },
  "keep in a database": async () => await deno.openKv(),
};

async function inWorker(code) {
  const text = `self.onmessage = ({data: name}) => {
    try { self.postMessage([true, String(${code})]); } catch (e) { self.postMessage([false, String(e)]); }
  };`;
  const worker = new Worker(`data:text/javascript,${encodeURIComponent(text)}`, { type: "module" });
  worker.postMessage(canary);
  const [good, said] = await new Promise((answer, bad) => {
    worker.onmessage = (event) => answer(event.data);
    worker.onerror = (event) => { event.preventDefault(); bad(new Error(event.message)); };
  });
  worker.terminate();
  if (!good) throw new Error(said);
  return said;
}

const chosen = only ? JSON.parse(only) : Object.keys(attempts);
for (const when of ["before", "after"]) {
  for (const name of chosen) {
    const late = new Promise((_, bad) => setTimeout(() => bad(new Error("no end")), 3000));
    try {
      const found = await Promise.race([Promise.resolve().then(attempts[name]), late]);
      seen[`${name}, ${when}`] = [true, String(found).slice(0, 200)];
    } catch (error) {
      seen[`${name}, ${when}`] = [false, `${error.name}: ${error.message}`.slice(0, 300)];
    }
  }
  try {
    seen[`read our folder, ${when}`] = [true, deno.readTextFileSync("walls.mjs").slice(0, 20)];
  } catch (error) {
    seen[`read our folder, ${when}`] = [false, `${error.name}: ${error.message}`];
  }
  await deno.permissions.revoke({ name: "read", path: "." });
  await deno.permissions.revoke({ name: "read" });
}
console.log(JSON.stringify(seen));
deno.exit(0);
