// What a page is measured with: each function returns lines that say what is wrong, none where all is well.
// The tests run this text in the page; the site never loads it.
window.probes = (() => {
  const CONTROLS = "a[href], button, input:not([type=hidden]), select, textarea, summary, [tabindex]";

  function name(element) {
    const id = element.id ? `#${element.id}` : "";
    const kind = element.className && element.className.baseVal === undefined ? `.${element.className}` : "";
    return `${element.tagName.toLowerCase()}${id}${kind} “${element.textContent.trim().slice(0, 24)}”`;
  }

  function isShown(element) {
    const style = getComputedStyle(element);
    const box = element.getBoundingClientRect();
    const folded = element.closest("details:not([open])");
    if (folded && !(element.closest("summary") && element.closest("summary").parentNode === folded)) return false;
    return style.visibility === "visible" && element.getClientRects().length > 0 && box.width > 0 && box.height > 0;
  }

  // Text that only screen readers get is one pixel large or clipped away.
  function isForReaders(element) {
    for (let each = element; each && each !== document.body; each = each.parentElement) {
      const box = each.getBoundingClientRect();
      const style = getComputedStyle(each);
      if (box.width <= 1 || box.height <= 1 || /inset\(50%\)|rect\(/.test(style.clipPath + style.clip)) return true;
    }
    return false;
  }

  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const canBeFocused = (element) => isShown(element) && !element.disabled && element.tabIndex >= 0;
  const inOrder = () => all(CONTROLS).filter(canBeFocused).filter((element) => {
    if (element.type !== "radio") return true;
    const group = all(`input[type=radio][name="${element.name}"]`);
    return element === (group.find((each) => each.checked) || group[0]);
  });

  function look(element) {
    const style = getComputedStyle(element);
    const ring = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
    return { ring, shadow: style.boxShadow };
  }

  // The focus goes on from where it was last, also after that is gone: from the top of the page.
  function goToTop() {
    const top = document.createElement("span");
    top.tabIndex = -1;
    document.body.prepend(top);
    top.focus();
    top.remove();
    window.scrollTo(0, 0);
  }

  // Called before the tab key is pressed for the first time; `focused` after each press.
  function watchFocus() {
    goToTop();
    window.expected = inOrder();
    window.resting = new Map(window.expected.map((element) => [element, look(element)]));
    window.visited = [];
    return window.expected.length;
  }

  async function focused() {
    // What the focus has scrolled stands in its place once it is drawn.
    await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
    const element = document.activeElement;
    if (!element || element === document.body || element === document.documentElement) return { left: true, faults: [] };
    const faults = [];
    const now = look(element);
    const before = window.resting.get(element);
    if (!now.ring && (now.shadow === "none" || (before && before.shadow === now.shadow))) {
      faults.push(`focus cannot be seen: ${name(element)}`);
    }
    // A link that breaks over lines has a box of its own in each, and nothing between its lines. What has
    // the focus may be hidden in part, not as a whole (WCAG 2.2, 2.4.11).
    const parts = [element, ...Array.from(element.labels || [])];
    const isSeen = (x, y) => {
      const top = document.elementFromPoint(x, y);
      return top && parts.some((each) => each.contains(top));
    };
    const spots = [.1, .25, .5, .75, .9];
    const seen = Array.from(element.getClientRects()).some((box) => spots.some((across) => spots.some((down) =>
      isSeen(box.left + box.width * across, box.top + box.height * down))));
    if (!seen) faults.push(`focus is hidden behind something: ${name(element)}`);
    const place = window.expected.indexOf(element);
    const again = window.visited.includes(element);
    if (!again && place !== window.visited.length) faults.push(`out of order: ${name(element)}`);
    window.visited.push(element);
    return { left: again, faults };
  }

  function neverReached() {
    return window.expected.filter((element) => !window.visited.includes(element)).map((element) => `never reached: ${name(element)}`);
  }

  // No scrolling in two directions, and no text that is cut off or runs out of the window.
  function overflow() {
    const root = document.documentElement;
    const faults = [];
    if (root.scrollWidth > root.clientWidth) faults.push(`the page is ${root.scrollWidth} wide in ${root.clientWidth}`);
    all("body *").filter((element) => isShown(element) && !isForReaders(element) && !element.closest("svg svg, svg *")).forEach((element) => {
      const style = getComputedStyle(element);
      const box = element.getBoundingClientRect();
      let scroller = element.parentElement;
      while (scroller && !/auto|scroll/.test(getComputedStyle(scroller).overflowX)) scroller = scroller.parentElement;
      if (!scroller && (box.right > root.clientWidth + 1 || box.left < -1) && style.position !== "absolute") {
        faults.push(`runs out of the window (${Math.round(box.left)}–${Math.round(box.right)}): ${name(element)}`);
      }
      const clips = /hidden|clip/.test(style.overflowX + style.overflowY) && element.textContent.trim();
      if (clips && element.tagName !== "svg" && (element.scrollWidth > element.clientWidth + 1 || element.scrollHeight > element.clientHeight + 1)) {
        faults.push(`is cut off: ${name(element)}`);
      }
      const field = /^(INPUT|BUTTON)$/.test(element.tagName);
      if (field && element.scrollWidth > element.clientWidth + 1 && element.tagName === "BUTTON") faults.push(`is cut off: ${name(element)}`);
    });
    return faults;
  }

  // Motion that lasts longer than this many milliseconds.
  function motion(most) {
    const slow = (text) => text.split(",").some((part) => parseFloat(part) * (part.includes("ms") ? 1 : 1000) > most);
    const faults = [];
    if (getComputedStyle(document.documentElement).scrollBehavior === "smooth") faults.push("the page scrolls smoothly");
    all("*").forEach((element) => [null, "::before", "::after"].forEach((part) => {
      const style = getComputedStyle(element, part);
      const moves = style.animationName !== "none" && slow(style.animationDuration);
      if (moves || slow(style.transitionDuration)) faults.push(`moves: ${name(element)}${part || ""}`);
    }));
    return faults;
  }

  // Words of a sentence around a link excuse its height, as WCAG 2.2 (2.5.8) has it.
  function isInSentence(element) {
    if (!getComputedStyle(element).display.startsWith("inline")) return false;
    const block = element.closest("p, li, td, th, dd, dt, figcaption, h1, h2, h3, h4, div, q, cite, caption");
    return Boolean(block) && block.textContent.trim().length > element.textContent.trim().length;
  }

  // A label belongs to the target of its box.
  function targetOf(element) {
    const boxes = [element, ...(element.labels || [])].map((each) => each.getBoundingClientRect());
    return {
      width: Math.max(...boxes.map((box) => box.width)),
      height: Math.max(...boxes.map((box) => box.height)),
    };
  }

  function targets({ least, which }) {
    return all(which).filter(isShown)
      .filter((element) => !isForReaders(element) && !isInSentence(element) && !element.closest(".skip"))
      .map((element) => [element, targetOf(element)])
      .filter(([, box]) => box.width < least - .5 || box.height < least - .5)
      .map(([element, box]) => `${Math.round(box.width)}×${Math.round(box.height)}: ${name(element)}`);
  }

  function addStyle(text) {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(text);
    document.adoptedStyleSheets = document.adoptedStyleSheets.concat(sheet);
  }

  return { watchFocus, focused, neverReached, overflow, motion, targets, addStyle };
})();
