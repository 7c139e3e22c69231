// The light table: sheets of thumbnails that turn without waiting for the server.
//
// data: {signature, page, pages, sequence, sheets: {page: {range, bands: [{title, note, groups: [{title, tone, note,
// tiles}]}]}}, tile}. The component keeps the sheets it was sent, turns at once, and asks for what it lacks with
// setStateValue("turn"). Python answers with the sequence number it has seen, so an answer to an older turn never
// turns the sheet back. All texts go in as textContent: names of classes and files are never read as markup.

const KEPT_SHEETS = 12;
const KEYS = [
  ["j  →", "next image"],
  ["k  ←", "previous image"],
  ["↓  ↑", "image below, above"],
  ["Home  End", "first, last image of the sheet"],
  ["Page Down  Page Up", "next, previous sheet"],
  ["g", "go to a sheet by its number"],
  ["Enter", "open the image with all its scores"],
  ["Esc", "close"],
  ["?", "this list"],
];

const tables = new WeakMap();

/** @param {Component<LightTableData>} component */
export default function (component) {
  const parent = component.parentElement;
  if (!tables.has(parent)) tables.set(parent, new LightTable(parent.querySelector(".table")));
  const table = tables.get(parent);
  table.receive(component.data[0], component.setStateValue, component.setTriggerValue);
  return () => {
    table.close();
    tables.delete(parent);
  };
}

class LightTable {
  /** @type {HTMLButtonElement} */
  previous;
  /** @type {HTMLButtonElement} */
  next;
  /** @type {HTMLElement} */
  range;
  /** @type {HTMLElement} */
  body;
  /** @type {HTMLDialogElement} */
  keys;
  /** @type {HTMLInputElement} */
  number;
  /** @type {HTMLElement} */
  last;
  /** @type {SetState} */
  setState;
  /** @type {SetState} */
  trigger;

  constructor(root) {
    this.root = root;
    /** @type {Map<number, SheetData>} */
    this.sheets = new Map();
    /** @type {string | null} */
    this.signature = null;
    this.page = 1;
    this.pages = 1;
    this.sequence = 0;
    this.current = -1; // index of the focused tile, -1 before any key
    /** @type {SheetData | null} */
    this.drawn = null;
    this.build();
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
  }

  build() {
    const bar = element("div", "bar");
    this.previous = this.button(bar, "◂", "Previous sheet (Page Up)", () => this.turn(-1));
    this.range = bar.appendChild(element("span", "range"));
    this.range.setAttribute("aria-live", "polite");
    this.next = this.button(bar, "▸", "Next sheet (Page Down)", () => this.turn(1));
    this.buildJump(bar);
    this.button(bar, "?", "Keys (?)", () => this.showKeys()).classList.add("help");
    this.body = element("div", "body");
    this.body.addEventListener("click", (event) => {
      const tile = tileOf(event);
      if (tile) this.open(this.tiles().indexOf(tile));
    });
    this.keys = element("dialog", "keys");
    this.keys.setAttribute("aria-label", "Keys");
    const list = this.keys.appendChild(element("dl"));
    for (const [key, meaning] of KEYS) list.append(element("dt", "", key), element("dd", "", meaning));
    this.keys.addEventListener("click", () => this.keys.close());
    this.root.replaceChildren(bar, this.body, this.keys);
    keepFitted(this.body);
  }

  // The number of the sheet, to be overwritten: any place of a million images is one number away.
  buildJump(bar) {
    const label = bar.appendChild(element("label", "jump", "sheet "));
    this.number = label.appendChild(element("input"));
    this.number.type = "text";
    this.number.inputMode = "numeric";
    this.number.title = "Go to a sheet (g)";
    this.last = label.appendChild(element("span"));
    this.number.addEventListener("focus", () => this.number.select());
    this.number.addEventListener("keydown", (event) => {
      if (event.key === "Enter") this.jump(Number.parseInt(this.number.value.replace(/\D/g, ""), 10));
      if (event.key === "Enter" || event.key === "Escape") this.number.blur();
    });
    this.number.addEventListener("blur", () => this.writeNumber());
  }

  // A number that is being typed stays: an answer of the server may come between its digits and Enter.
  writeNumber() {
    if (!this.number.matches(":focus")) this.number.value = this.page.toLocaleString("en");
    this.number.style.width = `${Math.max(String(this.pages.toLocaleString("en")).length, 2) + 2}ch`;
    this.last.textContent = ` of ${this.pages.toLocaleString("en")}`;
  }

  button(parent, text, label, action) {
    const made = parent.appendChild(element("button", "", text));
    made.type = "button";
    made.title = label;
    made.setAttribute("aria-label", label);
    made.addEventListener("click", action);
    return made;
  }

  /**
   * @param {LightTableData} data
   * @param {SetState} setStateValue
   * @param {SetState} setTriggerValue
   */
  receive(data, setStateValue, setTriggerValue) {
    this.setState = setStateValue;
    this.trigger = setTriggerValue;
    if (data.signature !== this.signature) {
      this.signature = data.signature;
      this.sheets.clear();
      this.sequence = data.sequence;
      this.page = data.page;
      this.current = -1;
      this.drawn = null;
    }
    this.pages = data.pages;
    this.root.style.setProperty("--tile", `${data.tile}px`);
    for (const [page, sheet] of Object.entries(data.sheets)) this.keep(Number(page), sheet);
    this.root.dataset.sheets = String(this.sheets.size); // how many turn at once, for whoever waits for them
    // The address may have changed by itself (Back); an answer to an earlier turn of ours says nothing new.
    if (data.sequence === this.sequence && data.page !== this.page) {
      this.page = data.page;
      this.current = -1;
    }
    this.draw();
    if (data.sequence === this.sequence && !this.sheets.has(this.page)) this.ask();
    requestIdleCallback(() => this.prepare());
  }

  /** @param {number} page @param {SheetData} sheet */
  keep(page, sheet) {
    this.sheets.delete(page);
    this.sheets.set(page, sheet);
    for (const old of [...this.sheets.keys()]) {
      if (this.sheets.size <= KEPT_SHEETS) break;
      if (Math.abs(old - this.page) > 2) this.sheets.delete(old);
    }
  }

  turn(by) {
    this.jump(this.page + by, by > 0 ? 0 : Infinity);
  }

  jump(to, focused = 0) {
    const page = Math.min(Math.max(to, 1), this.pages);
    if (page === this.page || Number.isNaN(page)) return;
    this.page = page;
    if (this.current >= 0) this.current = focused;
    this.draw();
    this.ask();
  }

  ask() {
    this.sequence += 1;
    this.setState("turn", {
      signature: this.signature,
      page: this.page,
      sequence: this.sequence,
      have: [...this.sheets.keys()],
    });
  }

  draw() {
    this.previous.disabled = this.page <= 1;
    this.next.disabled = this.page >= this.pages;
    this.writeNumber();
    const sheet = this.sheets.get(this.page);
    this.root.classList.toggle("waiting", !sheet);
    if (!sheet) {
      this.range.textContent = `sheet ${this.page.toLocaleString("en")} …`;
      return;
    }
    if (this.drawn === sheet) return;
    this.drawn = sheet;
    this.range.textContent = sheet.range;
    this.body.replaceChildren(...this.built(sheet));
    fitNames(this.body);
    const tiles = this.tiles();
    if (tiles.length) tiles[0].tabIndex = 0;
    if (this.current >= 0) this.focus(this.current);
  }

  // A sheet's elements, made once; those of the neighbours while the viewer looks, images decoded.
  /** @param {SheetData} sheet */
  built(sheet) {
    sheet.elements ??= sheet.bands.map((band) => this.band(band));
    return sheet.elements;
  }

  // While the viewer looks: the neighbours of the sheet are asked for once, and built.
  prepare() {
    const neighbours = [this.page + 1, this.page - 1].filter((page) => page >= 1 && page <= this.pages);
    if (this.sequence === 0 && neighbours.some((page) => !this.sheets.has(page))) this.ask();
    for (const page of neighbours) {
      const sheet = this.sheets.get(page);
      if (sheet) this.built(sheet);
    }
  }

  /** @param {TileBand} band */
  band(band) {
    const made = element("section", "band");
    if (band.title) {
      const head = made.appendChild(element("h3"));
      head.append(element("bdi", "", band.title), element("small", "", band.note));
    }
    const groups = made.appendChild(element("div", "groups"));
    for (const group of band.groups) {
      const part = groups.appendChild(element("div", `group ${group.tone}`));
      part.setAttribute("role", "group");
      part.setAttribute("aria-label", `${band.title} ${group.title}`.trim());
      const head = part.appendChild(element("div", "head"));
      head.append(element("span", "end", group.title), element("span", "note", group.note));
      const tiles = part.appendChild(element("div", "tiles"));
      for (const tile of group.tiles) tiles.appendChild(this.tile(tile));
    }
    return made;
  }

  /** @param {TileData} tile */
  tile(tile) {
    const made = tileButton(tile);
    const differs = tile.predicted && tile.predicted !== tile.given;
    // Two names are all that fit: a prediction that agrees is a tick, and one that does not goes before a suggestion.
    const other = differs ? tile.predicted : tile.suggested;
    const kind = !differs ? "suggested" : tile.wrong ? "wrong" : "";
    made.appendChild(classNames(tile.given, { other, kind, agreed: !other && tile.predicted !== "" }));
    if (tile.score) made.append(element("span", "score", `${tile.score} · ${tile.percentile} pct`));
    if (tile.note) made.append(element("span", "score", tile.note));
    made.title = this.title(tile);
    return made;
  }

  /** @param {TileData} tile */
  title(tile) {
    const lines = [tile.key, `given: ${tile.given || "no label"}`];
    if (tile.predicted) lines.push(`predicted: ${tile.predicted}${tile.trained_on ? " (trained on this image)" : ""}`);
    if (tile.suggested) lines.push(`suggested: ${tile.suggested}`);
    if (tile.score) lines.push(`score ${tile.score}, no lower than ${tile.percentile} % of its class and split`);
    if (tile.more) lines.push(tile.more);
    return lines.join("\n");
  }

  tiles() {
    return tilesIn(this.body);
  }

  focus(index) {
    const at = focusTile(this.tiles(), index);
    if (at >= 0) this.current = at;
  }

  // Past the end of a sheet comes the next one. While an image is open it must be here already, to be opened from.
  step(from, by, opened) {
    const page = this.page + by;
    const beyond = from >= 0 && (from + by < 0 || from + by >= this.tiles().length);
    if (beyond && page >= 1 && page <= this.pages && (this.sheets.has(page) || !opened)) {
      this.current = from;
      this.turn(by);
    } else this.focus(from < 0 ? 0 : from + by);
  }

  // The tile of the image that the address opens, -1 for none on this sheet.
  openedTile() {
    const key = new URLSearchParams(location.search).get("image");
    return this.tiles().findIndex((tile) => tile.dataset.key === key);
  }

  open(index) {
    const tile = this.tiles()[index];
    if (!tile) return;
    this.current = index;
    this.trigger("open", tile.dataset.key);
  }

  showKeys() {
    if (!this.keys.open) this.keys.showModal();
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.keys.open || isTyping(event)) return;
    const target = event.composedPath()[0];
    const within = target instanceof Node && this.body.contains(target);
    const opened = document.querySelector('[data-testid="stDialog"]') !== null;
    // Enter belongs to whatever has the focus, unless that is the page itself.
    if (event.key === "Enter" && (opened || within || target !== document.body)) return;
    const action = this.action(event.key, opened);
    if (!action || (opened && !["j", "k", "ArrowRight", "ArrowLeft"].includes(event.key))) return;
    event.preventDefault();
    action();
    if (opened) this.open(this.current);
  }

  action(key, opened) {
    const here = this.current >= 0 ? this.current : this.openedTile();
    const step = (by) => () => this.step(here, by, opened);
    const actions = {
      j: step(1),
      k: step(-1),
      ArrowRight: step(1),
      ArrowLeft: step(-1),
      ArrowDown: () => this.focus(this.neighbour(1)),
      ArrowUp: () => this.focus(this.neighbour(-1)),
      Home: () => this.focus(0),
      End: () => this.focus(Infinity),
      PageDown: () => this.turn(1),
      PageUp: () => this.turn(-1),
      g: () => this.number.focus(),
      Enter: () => this.open(Math.max(here, 0)),
      "?": () => this.showKeys(),
    };
    return actions[key];
  }

  // The tile nearest below (1) or above (-1) the focused one, by where they are on the screen.
  neighbour(direction) {
    const tiles = this.tiles();
    if (this.current < 0) return 0;
    const from = tiles[this.current].getBoundingClientRect();
    let best = this.current;
    let nearest = Infinity;
    tiles.forEach((tile, index) => {
      const to = tile.getBoundingClientRect();
      const down = (to.top - from.top) * direction;
      const distance = down + 4 * Math.abs(to.left - from.left);
      if (down > 4 && distance < nearest) [best, nearest] = [index, distance];
    });
    return best;
  }
}
