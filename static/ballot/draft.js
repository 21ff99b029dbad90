// What this device alone keeps of a poll, on every page of that poll: the picks that are not sent yet, and
// that it has voted. Nothing of it is ever sent. Pages work without this file. Written for Chrome 61.
//
//   ballot:<poll>:<plan>  JSON array, "picks-1=101" for a pick, "picks-3=none" for “None in this category”
//   voted:<poll>          "always", or until when (milliseconds) where one may vote daily
//
// That it has voted is a mark of the receipt page and no request: list and ballot are stored pages which a
// whole province reads at once, and review, which asks the server, has the last word anyway.

const place = document.getElementById("on-device");

const store = {
  read(key) {
    try {
      return localStorage.getItem(key);
    } catch (error) {
      return null;
    }
  },
  write(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, value);
    } catch (error) {
      // A browser that keeps nothing still votes; only a reload would lose the picks.
    }
  },
};

function readDraft() {
  try {
    const draft = JSON.parse(store.read(place.dataset.draft));
    return Array.isArray(draft) ? draft : [];
  } catch (error) {
    return [];
  }
}

function hasVoted() {
  const until = store.read(place.dataset.voted);
  return until === "always" || Number(until) > Date.now();
}

function show(name, shown) {
  const part = place.querySelector(`[data-part=${name}]`);
  if (part) part.hidden = !shown;
  return part;
}

function redraw() {
  const draft = readDraft();
  const own = document.querySelector("#cast, [data-device]:not([data-device=ready])");
  const voted = hasVoted();
  const unsent = show("unsent", draft.length > 0 && !voted && !own && !document.getElementById("ballot"));
  show("voted", voted && !own);
  if (!unsent) return;
  const text = unsent.querySelector("[data-picks]");
  const count = draft.filter((pick) => !pick.endsWith("=none")).length;
  text.textContent = count ? text.dataset.picks.replace("{count}", count) : text.dataset.none;
}

// Receipt, “next voter” and “already voted” say on the server's word what holds for this device.
function learn(device) {
  if (device === "voted" || device === "already") {
    const { until } = document.querySelector("[data-device]").dataset;
    store.write(place.dataset.voted, until ? String(Date.parse(until)) : "always");
  }
  if (device === "ready") store.write(place.dataset.voted, null);
  if (device === "voted" || device === "closed") store.write(place.dataset.draft, null);
}

// “Next voter” was pressed, here or by the clock of a shared device: whatever was kept of this poll goes,
// once. That the device has voted is the device's and not a person's.
function clearAfterPress() {
  if (location.hash !== "#cleared") return;
  history.replaceState(history.state, "", location.pathname + location.search);
  const poll = place.dataset.voted.split(":")[1];
  try {
    Object.keys(localStorage)
      .filter((key) => key.includes(poll) && key !== place.dataset.voted)
      .forEach((key) => localStorage.removeItem(key));
  } catch (error) {
    // Where nothing can be kept there is nothing to clear.
  }
}

function prepareShared() {
  const asked = /[?&]shared=([01])\b/.exec(location.search);
  if (asked) {
    store.write("shared", asked[1] === "1" ? "yes" : null);
    const rest = location.search.replace(/([?&])shared=[01]&?/, "$1").replace(/[?&]$/, "");
    history.replaceState(history.state, "", location.pathname + rest + location.hash);
  }
  if (store.read("shared") !== "yes") return;
  show("shared", true);
  const script = document.createElement("script");
  script.type = "module";
  script.src = place.dataset.shared;
  document.head.appendChild(script);
}

function prepare() {
  const told = document.querySelector("[data-device]");
  if (told) learn(told.dataset.device);
  clearAfterPress();
  if (!place.dataset.open) {
    if (readDraft().length) show("late", true);
    store.write(place.dataset.draft, null);
  }
  redraw();
  prepareShared();
  window.addEventListener("draft", redraw);
  window.addEventListener("pageshow", redraw);
  window.addEventListener("storage", ({ key, newValue }) => {
    if (key === place.dataset.voted && newValue && !told) {
      store.write(place.dataset.draft, null);
      show("elsewhere", true);
      window.dispatchEvent(new Event("voted-elsewhere"));
    }
    if (key === place.dataset.voted || key === place.dataset.draft) redraw();
  });
}

if (place) prepare();
