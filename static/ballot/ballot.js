// Comfort for voters whose browser runs scripts; every page works without this file.

const fill = (text, values) => text.replace(/\{(\w+)\}/g, (_, name) => values[name]);

// What is picked and not yet sent, kept on this device alone. `read` gives null where nothing can be kept.
const drafts = {
  read(key) {
    try {
      return JSON.parse(localStorage.getItem(key)) || [];
    } catch {
      return null;
    }
  },
  keep(key, codes) {
    try {
      localStorage.setItem(key, JSON.stringify(codes));
    } catch {
      // A browser that keeps nothing still votes; only a reload would lose the picks.
    }
  },
  forget(key) {
    try {
      localStorage.removeItem(key);
    } catch {
      // Where nothing can be kept there is nothing to forget.
    }
  },
};

function countPicks(fieldset, words) {
  const boxes = [...fieldset.querySelectorAll("input[type=checkbox]")];
  const none = boxes.find((box) => box.value === "none");
  const picks = boxes.filter((box) => box !== none);
  const { name } = fieldset.dataset;
  const most = Number(fieldset.dataset.most);
  const tally = fieldset.querySelector(".tally");
  const full = fieldset.querySelector(".full");

  const show = () => {
    const count = picks.filter((box) => box.checked).length;
    tally.querySelector(".have").textContent = fill(words.have, { name, count, most });
    const left = most - count;
    tally.querySelector(".left").textContent = left > 0 ? fill(words.left, { left }) : "";
    tally.classList.toggle("over", left < 0);
    tally.hidden = false;
  };

  fieldset.addEventListener("change", ({ target }) => {
    full.hidden = true;
    full.textContent = "";
    if (target === none && none.checked) picks.forEach((box) => { box.checked = false; });
    if (target !== none && none) none.checked = false;
    if (target !== none && target.checked && picks.filter((box) => box.checked).length > most) {
      target.checked = false;
      full.hidden = false;
      target.closest("li").append(full);
      // A live region speaks of what changes in it after it stands in its place.
      setTimeout(() => {
        full.textContent = fill(words.full, { name, most });
        full.scrollIntoView({ block: "nearest" });
      }, 50);
    }
    show();
  });
  return show;
}

function prepareBallot(form) {
  const words = document.getElementById("words").dataset;
  const key = form.dataset.draft;
  const boxes = [...form.querySelectorAll("input[type=checkbox]")];
  const shows = [...form.querySelectorAll("fieldset")].map((fieldset) => countPicks(fieldset, words));
  const keep = () => drafts.keep(key, boxes.filter((box) => box.checked).map((box) => `${box.name}=${box.value}`));

  const restore = (returned) => {
    const kept = drafts.read(key);
    // Who comes back after voting finds an empty ballot, not the picks that the browser remembers.
    if (kept && (kept.length || returned)) {
      boxes.forEach((box) => { box.checked = kept.includes(`${box.name}=${box.value}`); });
    }
  };
  if (form.dataset.redrawn) {
    keep();
  } else {
    const [arrival] = performance.getEntriesByType("navigation");
    restore(arrival && arrival.type === "back_forward");
  }
  // The draft keeps the picks, so details may open in this window.
  form.querySelectorAll("a[target]").forEach((link) => link.removeAttribute("target"));
  document.querySelectorAll(".no-script").forEach((part) => { part.hidden = true; });
  form.addEventListener("change", keep);
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted && !form.dataset.redrawn) restore(true);
    shows.forEach((show) => show());
  });
  shows.forEach((show) => show());
}

function makeNonces(form) {
  if (!window.isSecureContext || form.dataset.nonces !== "make") return;
  form.querySelectorAll("input[name^=nonce-]").forEach((field) => {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    field.value = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  });
  form.elements.nonces_by.value = "device";
  form.dataset.nonces = "keep";
}

function prepareCast(form) {
  const status = form.querySelector(".sending");
  const [confirm, edit] = form.querySelectorAll("button[type=submit]");
  let sending = false;
  let editing = false;
  makeNonces(form);

  // Older browsers do not say by which button a form is sent.
  edit.addEventListener("click", () => { editing = true; });

  form.addEventListener("submit", async (event) => {
    if (editing) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    status.textContent = status.dataset.sending;
    try {
      const body = new URLSearchParams(new FormData(form));
      const answer = await fetch(form.action, { method: "POST", body, keepalive: true });
      if (answer.redirected) {
        location.replace(answer.url);
        return;
      }
      // Whatever else the server says is a page. The same ballot may be posted twice, so the
      // browser fetches that page in the ordinary way.
      form.submit();
    } catch {
      sending = false;
      status.textContent = status.dataset.broken;
      confirm.textContent = status.dataset.again;
      confirm.focus();
    }
  });
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    sending = false;
    editing = false;
    status.textContent = "";
  });
}

const ballot = document.getElementById("ballot");
if (ballot) prepareBallot(ballot);
const cast = document.getElementById("cast");
if (cast) prepareCast(cast);
const receipt = document.querySelector("[data-forget]");
if (receipt) drafts.forget(receipt.dataset.forget);
document.getElementById("errors")?.focus();
