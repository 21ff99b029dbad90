// Remembers the elder mode on this device: where it was chosen, home and lists lead to it. Its addresses
// work without this file. Written for Chrome 61.

const KEY = "mode";
const ENTRY = /\/elder\/(en\/)?(p\/[^/]+\/)?$/; // home and lists, by their elder address
const link = document.querySelector(".mode");

function remember(mode) {
  try {
    if (mode) localStorage.setItem(KEY, mode);
    else localStorage.removeItem(KEY);
  } catch (error) {
    // A browser that keeps nothing shows the mode of each address.
  }
}

function remembered() {
  try {
    return localStorage.getItem(KEY);
  } catch (error) {
    return null;
  }
}

if (document.documentElement.classList.contains("elder")) {
  remember("elder");
  if (link) link.addEventListener("click", () => remember(null));
} else if (link && ENTRY.test(link.pathname) && remembered() === "elder") {
  location.replace(link.href + location.hash);
}
