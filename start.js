// Starts the page. In a file of its own, so that the page needs no inline script and can forbid all of them.
// Trunk.toml puts the names of the module and its code, which change with each build, into this file's address.
const TROUBLE = {
  en: "The page could not be loaded. Check the network, then load it again.",
  zh: "页面没有加载成功。请检查网络，然后重新加载。",
};
const AGAIN = { en: "Load the page again", zh: "重新加载页面" };

let { language } = navigator;
try {
  // What was chosen in the settings, before anything else is drawn. A browser may refuse to say.
  const theme = localStorage.getItem("duologue.theme");
  if (theme) document.documentElement.dataset.theme = theme;
  language = localStorage.getItem("duologue.language") ?? language;
} catch {}

const spoken = language?.startsWith("zh") ? "zh" : "en";

// It is there for whoever reads that there is no page: style.css.
const again = document.querySelector("#starting button");
if (again) {
  again.textContent = AGAIN[spoken];
  again.onclick = () => location.reload();
}

const names = new URL(import.meta.url).searchParams;
try {
  const { default: start } = await import(names.get("js"));
  await start({ module_or_path: new URL(names.get("wasm"), import.meta.url) });
} catch (error) {
  const place = document.querySelector("#starting [role=alert]");
  document.documentElement.lang = spoken;
  if (place) place.textContent = TROUBLE[spoken];
  throw error;
}
