// Starts the page. In a file of its own, so that the page needs no inline script and can forbid all of them.
// Trunk.toml puts the names of the module and its code, which change with each build, into this file's address.
const names = new URL(import.meta.url).searchParams;
const { default: start } = await import(names.get("js"));
await start({ module_or_path: new URL(names.get("wasm"), import.meta.url) });
