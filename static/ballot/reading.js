// What was read and what is picked, marked on list and candidate pages: from this device, for this
// device alone. Every page works without this file. Written for Chrome 61 (docs/design.md).

const place = document.getElementById("reading");
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// A list of texts kept on this device; a browser that keeps nothing reads an empty one.
function kept(key) {
  try {
    const list = JSON.parse(localStorage.getItem(key));
    return Array.isArray(list) ? list : [];
  } catch (error) {
    return [];
  }
}

function keep(key, list) {
  try {
    localStorage.setItem(key, JSON.stringify(list));
    return true;
  } catch (error) {
    return false;
  }
}

const readCodes = () => kept(place.dataset.read);
const draft = () => kept(place.dataset.draft);
const nameOf = (code) => `picks-${code[0]}=${code}`;

function prepareList(filter) {
  const stories = Array.from(document.querySelectorAll(".story"));
  const buttons = Array.from(filter.querySelectorAll("button"));
  const progress = document.querySelector(".progress");
  let shown = "all";

  const mark = (story, state) => {
    let label = story.querySelector(".mark");
    if (!label) {
      label = document.createElement("span");
      label.className = "mark";
      story.querySelector("h4").appendChild(label);
    }
    label.textContent = state === "unread" ? "" : place.dataset[state === "read" ? "seen" : "picked"];
    story.dataset.state = state;
  };

  const show = () => {
    const seen = new Set(readCodes());
    const picks = new Set(draft());
    const counts = { all: stories.length, unread: 0, read: 0, picked: 0 };
    stories.forEach((story) => {
      const { code } = story.dataset;
      const read = seen.has(code);
      const picked = picks.has(nameOf(code));
      counts[read ? "read" : "unread"] += 1;
      if (picked) counts.picked += 1;
      mark(story, picked ? "picked" : read ? "read" : "unread");
      const states = { all: true, unread: !read, read, picked };
      story.hidden = !states[shown];
    });
    document.querySelectorAll(".category").forEach((part) => {
      const none = part.querySelector(".none-left");
      if (none) none.hidden = part.querySelectorAll(".story:not([hidden])").length > 0;
    });
    buttons.forEach((button) => {
      button.setAttribute("aria-pressed", String(button.dataset.show === shown));
      button.querySelector(".amount").textContent = counts[button.dataset.show];
    });
    const words = counts.unread ? fill(progress.dataset.left, { count: counts.unread }) : progress.dataset.none;
    progress.querySelector(".words").textContent = words;
    progress.hidden = counts.unread === counts.all;
  };

  buttons.forEach((button) => button.addEventListener("click", () => {
    shown = button.dataset.show;
    show();
  }));
  document.querySelector("[data-forget-reading]").addEventListener("click", () => {
    try {
      localStorage.removeItem(place.dataset.read);
    } catch (error) {
      // Where nothing can be kept there is nothing to forget.
    }
    show();
    buttons[0].focus();
  });
  filter.hidden = false;
  show();
  return show;
}

// Says whether this browser keeps anything.
function rememberReading({ dataset: { code } }) {
  return keep(place.dataset.read, readCodes().filter((read) => read !== code).concat(code));
}

function hasVoted() {
  try {
    const until = localStorage.getItem(place.dataset.voted);
    return until === "always" || Number(until) > Date.now();
  } catch (error) {
    return false;
  }
}

function preparePick(part, remembers) {
  const { code, name, most } = part.dataset;
  const [button, status] = [part.querySelector("button"), part.querySelector(".have")];
  const category = `picks-${code[0]}=`;
  const inCategory = (picks) => picks.filter((pick) => pick.startsWith(category) && pick !== `${category}none`);

  const show = () => {
    // Who has voted, or whose browser keeps no pick, finds the link to the ballot alone.
    button.hidden = hasVoted() || !remembers;
    const picks = button.hidden ? [] : draft();
    const picked = picks.includes(nameOf(code));
    button.textContent = picked ? part.dataset.unpick : part.dataset.pick;
    button.classList.toggle("second", picked);
    part.querySelector("a").classList.toggle("second", !picked && !button.hidden);
    const count = inCategory(picks).length;
    status.textContent = count ? fill(part.dataset.have, { name, count, most }) : "";
  };

  button.addEventListener("click", () => {
    const picks = draft();
    if (picks.includes(nameOf(code))) {
      keep(place.dataset.draft, picks.filter((pick) => pick !== nameOf(code)));
    } else if (inCategory(picks).length >= Number(most)) {
      status.textContent = fill(part.dataset.full, { name, most });
      return;
    } else {
      keep(place.dataset.draft, picks.filter((pick) => pick !== `${category}none`).concat(nameOf(code)));
    }
    show();
    // The line on top of the page that speaks of an unsent ballot listens to this.
    window.dispatchEvent(new Event("draft"));
  });
  show();
  return show;
}

// Choosing a quote lights up its evidence, and choosing an evidence its quotes, all pieces of them.
function lightUp() {
  const target = document.getElementById(location.hash.slice(1));
  const [, number] = location.hash.match(/^#(?:evidence|quote|figure)-(\d+)/) || [];
  document.querySelectorAll(".lit").forEach((part) => part.classList.remove("lit"));
  if (!number) return;
  document.querySelectorAll(`[data-evidence~="${number}"]`).forEach((part) => part.classList.add("lit"));
  const folded = target && target.closest("details");
  if (folded && !folded.open) {
    folded.open = true;
    target.scrollIntoView();
  }
}

function prepareCitation(button) {
  const cite = button.closest(".cite");
  const status = cite.querySelector("[role=status]");
  const link = cite.querySelector(".permalink");
  link.textContent = link.href;
  button.parentNode.hidden = false;
  button.addEventListener("click", () => {
    const range = document.createRange();
    range.selectNodeContents(cite.querySelector(".cite-text"));
    const selection = window.getSelection();
    selection.removeAllRanges();
    selection.addRange(range);
    let done = false;
    try {
      done = document.execCommand("copy");
    } catch (error) {
      // The words stay selected, and the sentence says what to do with them.
    }
    status.textContent = done ? button.dataset.done : button.dataset.failed;
  });
}

const shows = [];
const filter = document.querySelector(".filter");
if (filter) shows.push(prepareList(filter));
const reading = document.querySelector(".reading");
const remembers = reading ? rememberReading(reading) : false;
const pick = document.querySelector(".pick");
if (pick) shows.push(preparePick(pick, remembers));
document.querySelectorAll("[data-copy]").forEach(prepareCitation);
window.addEventListener("hashchange", lightUp);
lightUp();
// Another tab, or the way back, may have changed what is kept.
const showAll = () => shows.forEach((show) => show());
window.addEventListener("pageshow", showAll);
window.addEventListener("storage", showAll);
