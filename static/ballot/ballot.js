// Comfort on the ballot: running counts, “None in this category”, undo, a draft. The ballot works without
// this file, and the server judges in any case. Written for Chrome 61: no newer syntax, no imports.

const form = document.getElementById("ballot");
const words = document.getElementById("words").dataset;
const { draft: key, voted: mark } = document.getElementById("on-device").dataset;
const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
const nameOf = (box) => `${box.name}=${box.value}`;
const boxesIn = (part) => Array.from(part.querySelectorAll("input[type=checkbox]"));
const boxes = boxesIn(form);
const ticked = () => boxes.filter((box) => box.checked);
const SAY_AFTER = 600; // milliseconds without another pick, so that quick picking is read out once
const SAID_FOR = 4000; // milliseconds

// Null where nothing is kept or can be kept.
function readDraft() {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch (error) {
    return null;
  }
}

function keepDraft() {
  try {
    if (ticked().length) localStorage.setItem(key, JSON.stringify(ticked().map(nameOf)));
    else localStorage.removeItem(key);
  } catch (error) {
    // A browser that keeps nothing still votes; only a reload would lose the picks.
  }
}

function hasVoted() {
  try {
    return localStorage.getItem(mark) !== null;
  } catch (error) {
    return false;
  }
}

// What was said goes again, so that nobody who reads line by line meets the count twice.
function say(status, text) {
  clearTimeout(status.later);
  status.textContent = "";
  status.later = setTimeout(() => {
    status.textContent = text;
    status.later = setTimeout(() => { status.textContent = ""; }, SAID_FOR);
  }, SAY_AFTER);
}

function prepareCategory(fieldset) {
  const none = fieldset.querySelector("input[value=none]");
  const picks = boxesIn(fieldset).filter((box) => box !== none);
  const { name } = fieldset.dataset;
  const most = Number(fieldset.dataset.most);
  const least = Number(fieldset.dataset.least);
  const tally = fieldset.querySelector(".tally");
  const spoken = fieldset.querySelector(".spoken");
  const full = fieldset.querySelector(".full");

  const advice = (count) => {
    if (count < least && !(none && none.checked)) return fill(words.few, { least, missing: least - count });
    if (none && none.checked) return none.closest("label").textContent.trim();
    if (count > most) return fill(words.over, { over: count - most });
    return count < most ? fill(words.left, { left: most - count }) : words.all;
  };

  const show = (speak) => {
    const count = picks.filter((box) => box.checked).length;
    const have = fill(words.have, { name, count, most });
    tally.querySelector(".have").textContent = have;
    tally.querySelector(".left").textContent = advice(count);
    tally.classList.toggle("over", count > most);
    tally.hidden = false;
    if (speak) say(spoken, have);
  };

  const refuse = (box) => {
    box.checked = false;
    full.hidden = false;
    box.closest("li").appendChild(full);
    // A live region speaks of what changes in it after it stands in its place.
    setTimeout(() => {
      full.textContent = fill(words.full, { name, most });
      full.scrollIntoView({ block: "nearest" });
    }, 50);
  };

  fieldset.addEventListener("change", ({ target }) => {
    full.hidden = true;
    full.textContent = "";
    if (target === none && none.checked) picks.forEach((box) => { box.checked = false; });
    if (target !== none && target.checked) {
      const count = picks.filter((box) => box.checked).length;
      if (count > most) refuse(target);
      else if (none) none.checked = false;
    }
    show(full.hidden);
  });
  return show;
}

// Whatever was ticked before picks were taken back can be had again with one press.
function prepareUndo(shows) {
  const clear = document.getElementById("clear");
  const buttons = Array.from(document.querySelectorAll(".undo"));
  let last = ticked();
  let before = null;

  const offer = (button) => {
    buttons.forEach((each) => { each.hidden = each !== button; });
  };
  const settle = (button) => {
    const now = ticked();
    const lost = last.some((box) => !now.includes(box));
    before = lost ? last : null;
    offer(lost ? button : null);
    last = now;
    document.querySelector(".clear").hidden = now.length === 0 && !lost;
    clear.disabled = now.length === 0;
  };
  const set = (wanted) => {
    boxes.forEach((box) => { box.checked = wanted.includes(box); });
    shows.forEach((show) => show(false));
    keepDraft();
  };

  form.addEventListener("change", ({ target }) => {
    keepDraft();
    settle(target.closest("fieldset").querySelector(".undo"));
  });
  clear.addEventListener("click", () => {
    set([]);
    settle(clear.parentNode.querySelector(".undo"));
  });
  buttons.forEach((button) => button.addEventListener("click", () => {
    const back = before.filter((box) => !last.includes(box));
    set(before);
    settle(null);
    // The button goes, so the focus goes to what it brought back.
    back[0].focus();
    const fieldset = back[0].closest("fieldset");
    say(fieldset.querySelector(".spoken"), fieldset.querySelector(".have").textContent);
  }));
  return () => {
    last = ticked();
    before = null;
    settle(null);
  };
}

function prepareBallot() {
  const shows = Array.from(form.querySelectorAll("fieldset")).map(prepareCategory);
  const begin = prepareUndo(shows);
  const redraw = () => {
    shows.forEach((show) => show(false));
    begin();
  };
  const restore = (returned) => {
    const draft = readDraft();
    // Who comes back after voting finds an empty ballot, not the picks that the browser remembers.
    if (draft || returned || hasVoted()) {
      boxes.forEach((box) => { box.checked = (draft || []).includes(nameOf(box)); });
    }
  };
  // The server sends picks back, but it is never told of “None in this category”.
  const restoreNone = () => {
    const draft = readDraft() || [];
    boxes.filter((box) => box.value === "none" && draft.includes(nameOf(box))).forEach((box) => {
      box.checked = box.checked || !boxesIn(box.closest("fieldset")).some((each) => each.checked);
    });
  };
  const arrival = performance.getEntriesByType("navigation")[0];
  const returned = Boolean(arrival) && arrival.type === "back_forward";
  if (form.dataset.redrawn) {
    restoreNone();
    keepDraft();
  } else {
    restore(returned);
  }
  // The draft keeps the picks, so details may open in this window.
  form.querySelectorAll("a[target]").forEach((link) => link.removeAttribute("target"));
  document.querySelectorAll(".no-script").forEach((part) => { part.hidden = true; });
  // Browsers fill in what they remember of a form only now.
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!form.dataset.redrawn) restore(persisted || returned);
    redraw();
  });
  const followOther = () => {
    restore(true);
    redraw();
  };
  // Another window picks, or sends the ballot. Then this window may be the one that removes the draft, and
  // whoever writes is told of no change.
  window.addEventListener("storage", (change) => {
    if (change.key === key && change.storageArea === localStorage) followOther();
  });
  window.addEventListener("voted-elsewhere", followOther);
  redraw();
}

prepareBallot();
const errors = document.getElementById("errors");
if (errors) errors.focus();
