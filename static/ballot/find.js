// A receipt's QR code leads here with the code behind `#`, which no browser sends to a server.

const CODE = /^[0-9A-Z*~$=-]{16,24}$/i;

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
