// A card's QR code leads to the entrance with the link code behind `#`, which no browser sends to a server.

const CODE = /^[2-9A-HJKMNP-Z-]{20,33}$/i;

function takeCode() {
  let code;
  try {
    code = decodeURIComponent(location.hash.slice(1));
  } catch (error) {
    return;
  }
  const field = document.getElementById("id_code");
  if (!field || !CODE.test(code)) return;
  field.value = code;
  // The address bar, the history and a shared link shall not hold the code.
  history.replaceState(history.state, "", location.pathname + location.search);
  document.getElementById("from-picture").hidden = false;
  field.form.querySelector("[type=submit]").focus();
}

takeCode();
window.addEventListener("hashchange", takeCode);
