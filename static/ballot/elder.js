// The ballot of the elder mode: one candidate a screen, and where one stopped. Without this file the same
// form is one long page whose links lead from candidate to candidate. Written for Chrome 61.

const form = document.getElementById("ballot");
const { voted } = document.getElementById("on-device").dataset;
const key = voted.replace(/^voted/, "place"); // “Next voter” clears whatever names the poll
const screens = Array.from(form.querySelectorAll(".screen"));
const SMALL = 720; // CSS pixels
const parts = Array.from(form.querySelectorAll("fieldset"));

function kept() {
  try {
    return localStorage.getItem(key);
  } catch (error) {
    return null;
  }
}

function keep(place) {
  try {
    if (place) localStorage.setItem(key, place);
    else localStorage.removeItem(key);
  } catch (error) {
    // A browser that keeps nothing begins with the first candidate each time.
  }
}

// The screen that an address names: its own, or the first of its category.
function screenAt(id) {
  const target = id && document.getElementById(id);
  if (!target || !form.contains(target)) return null;
  return target.closest(".screen") || target.querySelector(".screen");
}

function show(screen, arrived) {
  screens.forEach((each) => { each.hidden = each !== screen; });
  parts.forEach((part) => { part.hidden = !part.contains(screen); });
  // The button that takes all picks back belongs to the end.
  form.classList.toggle("at-end", screen.id === "done");
  keep(screen.id);
  // On a small phone the candidate would otherwise stand half behind its own buttons.
  if (arrived || window.innerHeight < SMALL) {
    window.scrollTo(0, form.getBoundingClientRect().top + window.pageYOffset);
  }
  if (arrived) screen.querySelector("h2").focus({ preventScroll: true });
}

const wrong = form.querySelector("fieldset.wrong .screen");
const begin = screenAt(location.hash.slice(1)) || wrong || (!form.dataset.redrawn && screenAt(kept())) || screens[0];
form.classList.add("one-at-a-time");
// The words above the form make room for the candidate; screen readers still meet them.
document.documentElement.classList.add("with-screens");
show(begin, false);
window.addEventListener("hashchange", () => {
  const screen = screenAt(location.hash.slice(1));
  if (screen) show(screen, true);
});
// Whoever comes back from the page to confirm begins anew; who only closes the page goes on.
form.addEventListener("submit", () => keep(null));
