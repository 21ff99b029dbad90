// On a list, once something is ticked to compare, the button comes to the window's edge and says how many.
// The list compares without this file. Written for Chrome 61.

const MOST = 4;
const form = document.getElementById("compare");
const boxes = Array.from(document.querySelectorAll("input[form=compare]"));
const status = form.querySelector("[role=status]");
const ask = form.querySelector(".ask");

function show() {
  const count = boxes.filter((box) => box.checked).length;
  const text = count > MOST ? status.dataset.over : status.dataset.have;
  status.textContent = count ? text.replace("{count}", count) : "";
  ask.hidden = count > 0;
  form.classList.toggle("begun", count > 0);
}

boxes.forEach((box) => box.addEventListener("change", show));
window.addEventListener("pageshow", show);
show();
