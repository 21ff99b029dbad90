// Confirming a ballot: nonces of the device's own, one press that is sent once, and what to do when the
// network breaks. Without this file the form is posted in the ordinary way. Written for Chrome 61.

const form = document.getElementById("cast");
const PATIENCE = 20000; // milliseconds until a voter is told that the answer is late

function makeNonces() {
  if (!window.isSecureContext || form.dataset.nonces !== "make") return;
  form.querySelectorAll("input[name^=nonce-]").forEach((field) => {
    const bytes = crypto.getRandomValues(new Uint8Array(32));
    field.value = Array.from(bytes).map((byte) => byte.toString(16).padStart(2, "0")).join("");
  });
  form.elements.nonces_by.value = "device";
  form.dataset.nonces = "keep";
}

// A page that says “busy” or “not confirmed” names its reason; a proxy's page does not.
async function reasonOf(answer) {
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const notice = page.querySelector("#cast") && page.querySelector("main [role=alert]");
  return notice ? notice.textContent.trim() : "";
}

function cameFromBallot() {
  try {
    const before = new URL(document.referrer);
    return before.origin === location.origin && before.pathname.endsWith("/ballot/") && localStorage.length > 0;
  } catch (error) {
    return false;
  }
}

function prepareCast() {
  const status = form.querySelector(".sending");
  const confirm = form.querySelector("[data-part=confirm]");
  const edit = form.querySelector("[data-part=edit]");
  let sending = false;
  let editing = false;
  let tries = 0;
  const words = confirm.textContent;

  const rest = (sentence, button) => {
    sending = false;
    status.textContent = sentence;
    confirm.textContent = button;
    confirm.removeAttribute("aria-disabled");
  };
  const broken = () => {
    rest(status.dataset.broken, status.dataset.again);
    confirm.focus();
  };

  edit.addEventListener("click", (event) => {
    const first = !editing;
    // Older browsers do not say by which button a form is sent.
    editing = true;
    if (!cameFromBallot()) return;
    // One step back is the ballot with its draft, and leaves no posted page in the browser's history.
    event.preventDefault();
    if (first) history.back();
  });

  form.addEventListener("submit", async (event) => {
    if (editing) return;
    event.preventDefault();
    if (sending) return;
    sending = true;
    tries += 1;
    const mine = tries;
    status.textContent = status.dataset.sending;
    confirm.setAttribute("aria-disabled", "true");
    // The first try may still arrive; the same ballot twice is one ballot.
    const late = setTimeout(broken, PATIENCE);
    try {
      const body = new URLSearchParams(new FormData(form));
      // Browsers before Chrome 72 send no cookies unless they are told to.
      const answer = await fetch(form.action, { method: "POST", body, keepalive: true, credentials: "same-origin" });
      if (answer.redirected) location.replace(answer.url);
      else if (answer.status >= 500) rest((await reasonOf(answer)) || status.dataset.broken, words);
      // Whatever else the server says is a page. The same ballot may be posted twice, so the
      // browser fetches that page in the ordinary way.
      else form.submit();
    } catch (error) {
      // An earlier try that fails late says nothing while a later one is under way.
      if (mine === tries) broken();
    } finally {
      clearTimeout(late);
    }
  });
  window.addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    editing = false;
    rest("", words);
  });
  window.addEventListener("voted-elsewhere", () => { form.hidden = true; });
}

makeNonces();
prepareCast();
