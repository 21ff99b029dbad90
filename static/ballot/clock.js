// Counts down to the opening by the server's clock: the page is a stored copy and the device's own clock
// may be wrong. Without an answer of the server nothing is counted. Written for Chrome 61.

const part = document.querySelector(".countdown");
const MINUTE = 60;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

// How far this device is behind the server, in milliseconds. A stored answer says how old it is.
async function serverIsAhead() {
  const asked = Date.now();
  const answer = await fetch(location.pathname, { method: "HEAD", cache: "no-store", credentials: "same-origin" });
  const heard = Date.now();
  const date = Date.parse(answer.headers.get("Date"));
  if (Number.isNaN(date)) throw new Error("The server sent no date.");
  return date + 1000 * Number(answer.headers.get("Age") || 0) - (asked + heard) / 2;
}

function written(seconds) {
  const say = (name, n) => part.dataset[name].replace("{n}", n);
  if (seconds < MINUTE) return say("seconds", seconds);
  const whole = [
    ["days", Math.floor(seconds / DAY)],
    ["hours", Math.floor((seconds % DAY) / HOUR)],
    ["minutes", Math.floor((seconds % HOUR) / MINUTE)],
  ];
  return whole.filter((each) => each[1]).map((each) => say(each[0], each[1])).join(" ");
}

function begin(ahead) {
  const begins = Date.parse(part.dataset.begins);
  const left = part.querySelector(".left");
  const begun = part.querySelector(".begun");
  const again = part.querySelector(".actions");
  part.hidden = false;
  const show = () => {
    const seconds = Math.ceil((begins - Date.now() - ahead) / 1000);
    if (seconds > 0) {
      const text = part.dataset.left.replace("{left}", written(seconds));
      if (left.textContent !== text) left.textContent = text;
      return;
    }
    clearInterval(ticking);
    left.hidden = true;
    // No page loads itself: a whole province at the same second would come too.
    again.hidden = false;
    begun.textContent = begun.dataset.begun;
  };
  const ticking = setInterval(show, 1000);
  again.querySelector("button").addEventListener("click", () => location.reload());
  show();
}

if (part) serverIsAhead().then(begin).catch(() => {});
