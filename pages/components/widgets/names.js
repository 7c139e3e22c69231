// Class names under a picture: each on two lines at most. What does not fit is left out in the middle, because names of
// a data set often differ at their ends alone; the whole name is in what the picture says when it is pointed at.

const MOST_LINES = 2;
const MOST_KEPT = 5000; // shortened names that are remembered
const GAP = 3; // pixels between a name and its arrow or tick, as names.css has it

const pen = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
/** @type {Map<string, string>} */
const shortened = new Map();

// The given class, with a tick where a model agrees, and after an arrow the one that the image may rather be of ("" for
// none). kind: "wrong", "suggested" or "".
/** @param {string} given @param {{other?: string, kind?: string, agreed?: boolean}} more */
function classNames(given, { other = "", kind = "", agreed = false }) {
  const made = element("span", "names");
  const first = made.appendChild(element("span", "line"));
  first.append(fittedName(given || "no label", "given"));
  if (agreed) first.append(element("span", "arrow", "✓"));
  if (other) {
    const second = made.appendChild(element("span", "line"));
    second.append(element("span", "arrow", "→"), fittedName(other, kind));
  }
  return made;
}

/** @param {string} text @param {string} kind */
function fittedName(text, kind) {
  const made = element("bdi", `fitted ${kind}`, text);
  made.dataset.whole = text;
  return made;
}

// Fits the names under an element to its lines, now and whenever its width or the font changes.
/** @param {HTMLElement} root */
function keepFitted(root) {
  let width = 0;
  new ResizeObserver(() => {
    if (root.clientWidth === width) return;
    width = root.clientWidth;
    requestAnimationFrame(() => fitNames(root)); // in the observer itself the new height would be an error
  }).observe(root);
  document.fonts.ready.then(() => fitNames(root));
}

// Everything is read before anything is written: otherwise each name would cost a layout of its own.
/** @param {HTMLElement} root */
function fitNames(root) {
  /** @type {Map<string, string>} */
  const fonts = new Map();
  const names = [.../** @type {NodeListOf<HTMLElement>} */ (root.querySelectorAll(".fitted"))];
  const rooms = names.map((name) => {
    if (!fonts.has(name.className)) fonts.set(name.className, getComputedStyle(name).font);
    const beside = /** @type {HTMLElement | null} */ (name.previousElementSibling ?? name.nextElementSibling);
    return (name.closest(".names")?.clientWidth ?? 0) - (beside ? beside.offsetWidth + GAP : 0);
  });
  names.forEach((name, index) => {
    if (rooms[index] <= 0) return; // not on the screen
    const text = shortName(name.dataset.whole ?? "", rooms[index], fonts.get(name.className) ?? "");
    if (name.textContent !== text) name.textContent = text;
  });
}

// width: pixels of a line. font: as CSS writes it.
/** @param {string} text @param {number} width @param {string} font */
function shortName(text, width, font) {
  const key = `${font} ${width} ${text}`;
  if (!shortened.has(key)) {
    if (shortened.size >= MOST_KEPT) shortened.clear();
    pen.font = font;
    shortened.set(key, shorten(text, (short) => linesOf(short, width - 1) <= MOST_LINES));
  }
  return shortened.get(key) ?? text;
}

// The text itself where it fits, else as much of both its ends as does.
/** @param {string} text @param {(text: string) => boolean} fits */
function shorten(text, fits) {
  if (fits(text)) return text;
  const letters = [...text];
  const ends = (kept) => {
    const head = letters.slice(0, Math.ceil(kept / 2)).join("").trimEnd();
    const tail = letters.slice(letters.length - Math.floor(kept / 2)).join("").trimStart();
    return `${head}…${tail}`;
  };
  let [most, none] = [0, letters.length];
  while (none - most > 1) {
    const kept = (most + none) >> 1;
    if (fits(ends(kept))) most = kept;
    else none = kept;
  }
  return ends(most);
}

// On how many lines the pen's font sets a text: broken at spaces, and a word that is longer than a line wherever that ends.
/** @param {string} text @param {number} width */
function linesOf(text, width) {
  const [space, letter] = [pen.measureText(" ").width, pen.measureText("m").width];
  let lines = 1;
  let used = 0;
  for (const word of text.split(" ")) {
    const wide = pen.measureText(word).width;
    if (used && used + space + wide <= width) {
      used += space + wide;
      continue;
    }
    if (used) lines += 1;
    const full = wide > width ? Math.ceil(wide / Math.max(width - letter, 1)) - 1 : 0;
    lines += full;
    used = wide - full * (width - letter);
  }
  return lines;
}
