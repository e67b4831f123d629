// The page's service worker: opens the page without a network, from copies of all of its files.
//
// A version of the page is kept whole or not at all: each file has to be the one that was built together with the
// others, by its hash. A browser installs a worker whose text has changed beside the old one, which goes on serving its
// own version until no tab is open any more, or until somebody presses "Use it now" in one (`use`).
//
// Everything that is not in the list goes to the network, as if there were no worker: the relay's /v1/ above all.

// Both lines are written when the page is built (packing/src/list.rs).
const VERSION = "";
const FILES = {};

const HOME = self.registration.scope;
// Other pages of the same origin have caches beside these.
const OURS = `duologue ${HOME} `;
const CACHE = OURS + VERSION;
const INDEX = "index.html";

const address = (name) => new URL(name, HOME).href;
// The system has copies of its own of the icons that it shows.
const kept = Object.keys(FILES).filter((name) => name !== INDEX && !name.startsWith("icons/"));
const addresses = new Set(kept.map(address));

addEventListener("install", (event) => event.waitUntil(install()));
addEventListener("activate", (event) => event.waitUntil(activate()));
addEventListener("message", (event) => {
  if (event.data === "use") skipWaiting();
});
addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  const bare = origin + pathname;
  if (request.method !== "GET") return;
  if (request.mode === "navigate" && (bare === HOME || bare === address(INDEX))) {
    event.respondWith(answer(HOME, request));
    event.waitUntil(refreshIndex().catch(() => {}));
  } else if (addresses.has(bare)) {
    event.respondWith(answer(bare, request));
  }
});

async function install() {
  try {
    const cache = await caches.open(CACHE);
    await Promise.all([refreshIndex(), ...kept.map(async (name) => cache.put(address(name), await obtain(name)))]);
  } catch (error) {
    // The browser tries again when it next looks for a new worker.
    await caches.delete(CACHE);
    throw error;
  }
}

async function activate() {
  for (const name of await caches.keys()) {
    if (name.startsWith(OURS) && name !== CACHE) await caches.delete(name);
  }
  await clients.claim();
}

async function answer(address, request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(address, { ignoreVary: true })) ?? fetch(request);
}

// The file that the list means: from another version's copies, from what the browser has anyway, from the network.
async function obtain(name) {
  const url = address(name);
  const sources = [
    () => caches.match(url, { ignoreVary: true }),
    () => fetch(url),
    () => fetch(url, { cache: "reload" }),
  ];
  for (const source of sources) {
    const response = await source();
    if (!response?.ok) continue;
    const bytes = await response.arrayBuffer();
    if ((await hash(bytes)) === FILES[name]) return copy(bytes, response);
  }
  throw new Error(`${name} is not the one that this version was built with`);
}

// index.html has no hash in the list: whoever deploys the page writes into it where the relay is. It may be any that
// names files of this version; not one of another, and nothing that a network puts in its place before one logs in.
async function refreshIndex() {
  const response = await fetch(HOME, { cache: "no-cache" });
  const bytes = await response.arrayBuffer();
  const named = new TextDecoder().decode(bytes).match(/[\w-]+-[0-9a-f]{16}(_bg)?\.\w+/g) ?? [];
  if (!response.ok || named.length === 0 || !named.every((name) => name in FILES)) {
    throw new Error("there is another version's index.html, or none");
  }
  await (await caches.open(CACHE)).put(HOME, copy(bytes, response));
}

// With its headers, and so its Content-Security-Policy. Without its address, so that it has the one that it is asked
// for by: start.js reads that.
function copy(bytes, { headers }) {
  headers = new Headers(headers);
  headers.delete("content-encoding");
  headers.delete("content-length");
  return new Response(bytes, { headers });
}

// As much of SHA-256 as tells two builds apart.
async function hash(bytes) {
  const all = new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
  return [...all.subarray(0, 16)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
