// The voter's own check: this device works the seals (commitments) out from the picks that it shows and
// the nonces that it will send, and compares them with those that the server signed.
// voting/ledger/commitment.py says which bytes are hashed. Written for Chrome 61.

const LABEL = "shortlist/commitment/v1";
const SHORT = 12; // characters shown of a seal, as it stands in the signed confirmation
const keyOf = (poll) => `seals:${poll}`;

async function seal(poll, category, codes, nonce) {
  const lines = [LABEL, poll, category, codes.join(" "), nonce];
  const bytes = new TextEncoder().encode(lines.map((line) => `${line}\n`).join(""));
  const digest = await crypto.subtle.digest("SHA-256", bytes);
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}

async function prepareSeals(part, form) {
  const { poll } = part.dataset;
  const seals = {};
  for (const section of document.querySelectorAll(".picked[data-category]")) {
    const { category } = section.dataset;
    const codes = [...section.querySelectorAll(".number")].map((number) => number.textContent.trim()).sort();
    seals[category] = await seal(poll, category, codes, form.elements[`nonce-${category}`].value);
    part.querySelector(`[data-seal="${category}"]`).textContent = `${seals[category].slice(0, SHORT)}…`;
  }
  part.querySelector(`[data-nonces-by="${form.elements.nonces_by.value}"]`).hidden = false;
  sessionStorage.setItem(keyOf(poll), JSON.stringify(seals));
  part.hidden = false;
}

function compareSeals(pledge) {
  const poll = pledge.split("\n")[1];
  sessionStorage.removeItem(`work:${poll}`); // The next ballot from here needs a proof of work of its own.
  const kept = JSON.parse(sessionStorage.getItem(keyOf(poll)));
  if (!kept) return;
  const signed = {};
  pledge.split("\n").forEach((line) => {
    const pair = /^(\d) (\S{44})$/.exec(line);
    if (pair) signed[pair[1]] = pair[2];
  });
  const names = Object.keys(Object.assign({}, kept, signed));
  const agree = names.every((name) => kept[name] === signed[name]);
  document.getElementById(agree ? "seals-agree" : "seals-differ").hidden = false;
  sessionStorage.removeItem(keyOf(poll));
}

async function prepare() {
  const part = document.getElementById("seals");
  const pledge = document.querySelector(".pledge pre");
  if (part && window.isSecureContext) await prepareSeals(part, document.getElementById("cast"));
  if (pledge) compareSeals(pledge.textContent);
}

// A browser that cannot hash or keep anything shows no check; the vote goes on without it.
prepare().catch(() => {});
