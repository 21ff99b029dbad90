// Proof of work, unseen while the ballot is filled in: the page is one copy for everyone, so this file asks
// for a challenge, lets a worker solve it and puts the solution into the form. Nobody waits for it: without
// it the ballot goes as it is. The format is ALTCHA's. Written for Chrome 61.
//
//   work:<poll>  for this window alone, JSON: when it was asked for (milliseconds), and the solution
//
// Whoever comes back to the ballot goes on with the solution of before, which is good for the same device
// more than once; the receipt page removes it (seals.js).

const field = document.querySelector("#ballot input[name=work]");
const key = document.getElementById("on-device").dataset.voted.replace(/^voted/, "work");
const SCRIPT_RAN = "-"; // anything, so that the server knows
const GOOD_FOR = 15 * 60 * 1000; // milliseconds; the server takes it for 20 minutes
const LOOK_EVERY = 30 * 1000; // milliseconds
let worker = null;
let begun = 0;

const isGood = (since) => Math.abs(Date.now() - since) < GOOD_FOR;

function stop() {
  if (worker) worker.terminate();
  worker = null;
}

function readKept() {
  try {
    return JSON.parse(sessionStorage.getItem(key));
  } catch (error) {
    return null;
  }
}

function take({ algorithm, challenge, salt, signature }, number) {
  stop();
  if (number === null) return;
  field.value = btoa(JSON.stringify({ algorithm, challenge, number, salt, signature }));
  try {
    sessionStorage.setItem(key, JSON.stringify({ begun, solution: field.value }));
  } catch (error) {
    // A browser that keeps nothing solves another one after each reload.
  }
}

async function begin() {
  const mine = Date.now();
  begun = mine;
  stop();
  try {
    const answer = await fetch(field.dataset.challenge, { cache: "no-store" });
    if (!answer.ok || begun !== mine) return;
    const task = await answer.json();
    worker = new Worker(field.dataset.worker);
    worker.onmessage = ({ data }) => take(task, data);
    worker.onerror = stop;
    worker.postMessage({ salt: task.salt, challenge: task.challenge, most: task.maxNumber });
  } catch (error) {
    // No network or no worker: the ballot goes without a proof.
  }
}

function start() {
  const kept = readKept();
  field.value = SCRIPT_RAN;
  if (kept && isGood(kept.begun)) {
    begun = kept.begun;
    field.value = kept.solution;
  } else {
    begin();
  }
}

if (field) {
  start();
  window.addEventListener("pageshow", ({ persisted }) => {
    if (persisted) start();
  });
  window.addEventListener("pagehide", stop);
  // A slow reader's solution must not grow too old. Phones stop the clock of a page in the background.
  setInterval(() => {
    if (!isGood(begun)) begin();
  }, LOOK_EVERY);
}
