// A device for everyone, at a service desk: when nobody has touched it for a while, everything of the
// voter before is cleared and the list is shown. Only a device on which staff switched the mode on loads
// this file. Written for Chrome 61.

const CLEARED_AFTER = 90; // seconds without use
const WARNED_FOR = 20; // seconds, the last of them, in which one press stops it
const SPOKEN_AT = 10; // seconds left when a screen reader hears of it once more

const place = document.getElementById("on-device");
const dialog = document.getElementById("idle");
const { list, next, draft, voted } = place.dataset;
let touched = Date.now();

function words(seconds) {
  return document.getElementById("idle-text").dataset.left.replace("{seconds}", seconds);
}

// On a list that was just opened there is nothing of anybody.
function nothingToClear() {
  return location.pathname === list && !localStorage.getItem(draft) && !sessionStorage.getItem("used");
}

function show(left) {
  document.getElementById("idle-text").textContent = words(left);
  if (left === SPOKEN_AT) document.getElementById("idle-spoken").textContent = words(left);
  if (dialog.hasAttribute("open")) return;
  if (dialog.showModal) dialog.showModal();
  else dialog.setAttribute("open", "");
  document.getElementById("stay").focus();
}

function hide() {
  if (!dialog.hasAttribute("open")) return;
  document.getElementById("idle-spoken").textContent = "";
  if (dialog.close) dialog.close();
  else dialog.removeAttribute("open");
}

function touch() {
  touched = Date.now();
  hide();
}

async function pageAt(address, options) {
  const answer = await fetch(address, Object.assign({ cache: "no-store", credentials: "same-origin" }, options));
  return new DOMParser().parseFromString(await answer.text(), "text/html");
}

// The receipt is in a cookie that no script can read: the server is asked to take it back.
async function clear() {
  sessionStorage.clear();
  try {
    const token = (await pageAt(next)).querySelector(`form[action="${next}"] [name=csrfmiddlewaretoken]`);
    if (!token) return;
    const body = new URLSearchParams({ csrfmiddlewaretoken: token.value });
    const page = await pageAt(next, { method: "POST", body });
    if (page.querySelector("[data-device=ready]")) localStorage.removeItem(voted);
  } finally {
    const onList = location.pathname === list && !location.search;
    location.replace(`${list}#cleared`);
    // A new fragment alone loads nothing.
    if (onList) location.reload();
  }
}

function tick() {
  const left = CLEARED_AFTER - Math.floor((Date.now() - touched) / 1000);
  if (left > WARNED_FOR || nothingToClear()) return;
  if (left > 0) {
    show(left);
    return;
  }
  clearInterval(ticking);
  clear().catch(() => {});
}

if (location.pathname !== list) sessionStorage.setItem("used", "yes");
const ticking = setInterval(tick, 1000);
document.getElementById("stay").addEventListener("click", touch);
// Escape closes a dialog; it is a touch like any other.
dialog.addEventListener("cancel", touch);
["pointerdown", "keydown", "input", "scroll", "touchstart"].forEach((kind) => {
  window.addEventListener(kind, () => { if (!dialog.hasAttribute("open")) touch(); }, { passive: true, capture: true });
});
