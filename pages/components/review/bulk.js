// 48 images at once: some or all are marked, and one action decides them together.
//
// data: what `answers` in outbox.py gives, and {signature, page, pages, tile, sheets: {page: {range, tiles}}, states,
// total, decided, progress, predicate, runs}. All of the selection is sent as its predicate, never as a list of images.

const KEPT_SHEETS = 8;
const KEYS = [
  ["click  x", "mark the image, or take its mark off"],
  ["shift+click", "mark everything from the last one marked"],
  ["ctrl+a  Esc", "mark the whole sheet, mark nothing"],
  ["← → ↑ ↓  j k", "another image"],
  ["space", "confirm the given labels of the marked images"],
  ["1 … 9", "relabel them to the suggestion of that number"],
  ["/", "relabel them to any class: type a part of its name"],
  ["a  e  t", "ambiguous, exclude, tag"],
  ["u  shift+u", "undo, redo"],
  ["Page Down  Page Up", "next, previous sheet"],
  ["Enter", "open the image with all its scores"],
  ["?", "this list"],
];
const OFFERS = 3;
const TURNS = [
  { text: "◂", label: "Previous sheet (Page Up)", by: -1 },
  { text: "▸", label: "Next sheet (Page Down)", by: 1 },
];

export default function (component) {
  return mounted(component, ".review", (root) => new Bulk(root, KEYS));
}

class Bulk extends Desk {
  /** @type {HTMLElement} */
  tools;
  /** @type {HTMLElement} */
  sheet;
  /** @type {HTMLElement | null} */
  panel;
  /** @type {BulkSheet | null | undefined} */
  drawn;
  /** @type {string | undefined} */
  toolsSay;
  /** @type {Map<number, BulkSheet>} */
  sheets = new Map();
  page = 1;
  pages = 1;
  /** @type {Set<string>} */
  marked = new Set();
  whole = false; // everything of the selection is meant
  /** @type {{text: string, action: () => void} | null} */
  sure = null; // the action on all of it that waits for a second press
  current = -1;
  anchor = -1; // where a range begins
  states = {};

  reclassed() {
    this.sheets.clear(); // tiles name classes: they come anew
    this.drawn = null;
  }

  receive(data, setStateValue, setTriggerValue) {
    this.take(data, setStateValue, setTriggerValue);
    if (!this.sheet) this.frame();
    if (this.anew(data.signature)) {
      this.sheets.clear();
      this.page = data.page;
      this.unmark();
      this.drawn = null;
      this.done = [];
    } else if (!this.flight && data.page !== this.page) {
      this.page = data.page; // Back
      this.unmark();
    }
    this.pages = data.pages;
    this.root.style.setProperty("--tile", `${data.tile}px`);
    for (const [page, sheet] of Object.entries(data.sheets)) this.sheets.set(Number(page), sheet);
    for (const page of this.sheets.keys()) {
      if (this.sheets.size > KEPT_SHEETS && Math.abs(page - this.page) > 2) this.sheets.delete(page);
    }
    this.root.dataset.sheets = String(this.sheets.size); // how many turn at once, for whoever waits for them
    this.states = data.states;
    this.draw();
    this.wait();
  }

  frame() {
    this.tools = this.body.appendChild(element("div", "tools"));
    this.sheet = this.body.appendChild(element("div", "tiles"));
    keepFitted(this.sheet);
    this.sheet.addEventListener("click", (event) => {
      const tile = tileOf(event);
      if (tile) this.toggle(this.tiles().indexOf(tile), event.shiftKey);
    });
    this.sheet.addEventListener("mousedown", (event) => event.shiftKey && event.preventDefault()); // selects no text
  }

  short() {
    return !this.sheets.has(this.page) || (this.page < this.pages && !this.sheets.has(this.page + 1));
  }

  asks() {
    return { page: this.page, have: [...this.sheets.keys()] };
  }

  tiles() {
    return tilesIn(this.sheet);
  }

  shown() {
    return this.sheets.get(this.page)?.tiles ?? [];
  }

  draw() {
    this.drawState();
    const sheet = this.sheets.get(this.page);
    this.root.classList.toggle("waiting", !sheet);
    if (sheet && this.drawn !== sheet) {
      this.drawn = sheet;
      sheet.elements ??= sheet.tiles.map(tileElement);
      this.sheet.replaceChildren(...sheet.elements);
      fitNames(this.sheet);
      if (sheet.elements.length) sheet.elements[0].tabIndex = 0;
    }
    this.drawMarks();
  }

  drawMarks() {
    for (const made of this.tiles()) {
      showState(made, this.stateOf(keyOf(made)), this.whole || this.marked.has(keyOf(made)));
    }
    this.drawTools();
  }

  // What is on its way counts already; what came back counts as the journal has it.
  stateOf(key) {
    const sent = this.done.findLast((one) => one.status === "sending" && one.kind === "bulk" && (one.keys ?? [key]).includes(key));
    if (!sent) return this.states[key] ?? null;
    return { verdict: sent.verdict, label: sent.label };
  }

  toggle(index, range) {
    const tiles = this.tiles();
    const to = Math.min(Math.max(index, 0), tiles.length - 1);
    this.whole = false;
    this.sure = null;
    if (range && this.anchor >= 0) {
      const [from, until] = [Math.min(this.anchor, to), Math.max(this.anchor, to)];
      for (const tile of tiles.slice(from, until + 1)) this.marked.add(keyOf(tile));
    } else {
      const key = keyOf(tiles[to]);
      if (!this.marked.delete(key)) this.marked.add(key);
      this.anchor = to;
    }
    this.focus(to);
    this.drawMarks();
  }

  markAll() {
    for (const tile of this.shown()) this.marked.add(tile.key);
    this.drawMarks();
  }

  unmark() {
    this.marked.clear();
    this.whole = false;
    this.sure = null;
    this.anchor = -1;
  }

  focus(index) {
    const at = focusTile(this.tiles(), index);
    if (at >= 0) this.current = at;
  }

  columns() {
    const tiles = this.tiles();
    const top = tiles[0]?.offsetTop;
    return Math.max(tiles.findIndex((tile) => tile.offsetTop !== top), 1);
  }

  turn(by) {
    const page = Math.min(Math.max(this.page + by, 1), this.pages);
    if (page === this.page) return;
    this.page = page;
    this.current = -1;
    this.unmark();
    this.draw();
    this.send();
  }

  // The labels suggested for the marked images, commonest first.
  offers() {
    const counts = new Map();
    for (const tile of this.shown()) {
      const name = otherLabel(tile);
      if (name && (this.whole || this.marked.has(tile.key))) counts.set(name, (counts.get(name) ?? 0) + 1);
    }
    return [...counts].sort((a, b) => b[1] - a[1]).slice(0, OFFERS);
  }

  drawTools() {
    if (this.panel) return; // a name is being typed there
    const n = this.whole ? this.data.total : this.marked.size;
    const many = n.toLocaleString("en");
    // Left alone unless it says something else: a button that is made anew while it is pressed loses the click.
    const { total, decided } = this.data;
    const range = this.sheets.get(this.page)?.range ?? "";
    const says = JSON.stringify([n, this.whole, this.sure?.text, this.sure && decided, total, this.offers(), this.page, this.pages, range]);
    if (this.toolsSay === says) return;
    this.toolsSay = says;
    const row = [];
    const button = (key, text, action, title) => {
      const made = element("button");
      made.type = "button";
      made.disabled = !n;
      if (key) made.appendChild(element("kbd", "", key));
      made.appendChild(element("bdi", "", text));
      if (title) made.title = title;
      made.addEventListener("click", action);
      row.push(made);
      return made;
    };
    const turns = element("span", "turns");
    for (const { text, label, by } of TURNS) {
      const made = turns.appendChild(element("button", "", text));
      made.type = "button";
      made.setAttribute("aria-label", label);
      made.disabled = by < 0 ? this.page <= 1 : this.page >= this.pages;
      made.addEventListener("click", () => this.turn(by));
    }
    turns.appendChild(element("span", "range", range));
    row.push(turns);
    if (this.sure) {
      row.push(element("span", "question", `${this.sure.text}? ${(total - decided).toLocaleString("en")} of them are undecided, `
        + `${decided.toLocaleString("en")} decided already.`));
      button("", `Yes, all ${many}`, () => this.sure?.action());
      button("Esc", "no", () => this.forget());
    } else {
      const all = this.whole ? "all " : "";
      button("space", n ? `Mark ${all}${many} as confirmed` : "Mark as confirmed", () => this.decide("confirmed"));
      button("/", n ? `Relabel ${all}${many} to …` : "Relabel to …", () => this.choose());
      button("e", n ? `Exclude ${all}${many}` : "Exclude", () => this.decide("excluded"));
      button("a", "ambiguous", () => this.decide("ambiguous"));
      button("t", "tag", () => this.tag()).disabled = !n || this.whole;
      this.offers().forEach(([name, count], index) => {
        button(String(index + 1), `${name} (${count})`, () => this.decide("relabelled", name), `Relabel ${all}${many} to ${name}`);
      });
      if (n && total > n) {
        const widen = button("", `All ${total.toLocaleString("en")} of this selection`, () => this.widen());
        widen.classList.add("widen");
      } else if (!n) row.push(element("span", "quiet", "mark images: click, shift-click, ctrl+a"));
    }
    this.tools.replaceChildren(...row);
  }

  widen() {
    this.whole = true;
    this.drawMarks();
  }

  forget() {
    if (this.sure) this.sure = null;
    else this.unmark();
    this.drawMarks();
  }

  // Everything of a selection is asked about once more, with what there is to change.
  decide(verdict, label) {
    if (!this.whole && !this.marked.size) return;
    const text = { confirmed: "Confirm", relabelled: `Relabel to ${label}:`, excluded: "Exclude", ambiguous: "Mark as ambiguous" }[verdict];
    const action = () => this.act(verdict, label);
    if (this.whole && !this.sure) {
      this.sure = { text: `${text} all ${this.data.total.toLocaleString("en")}`, action };
      this.drawMarks();
    } else action();
  }

  act(verdict, label) {
    const sent = this.put({
      kind: "bulk", verdict, label: label ?? "", seen: this.data.seen, runs: this.data.runs, reason: "",
      predicate: this.data.predicate, ...(this.whole ? {} : { keys: [...this.marked] }),
    });
    if (!sent) return;
    this.unmark();
    this.draw();
    this.flush();
  }

  choose() {
    if (!this.whole && !this.marked.size) return;
    this.ask(chooser({
      classes: this.classes, first: this.offers().map(([name]) => name), placeholder: "class …", emptyToo: false, digits: false,
      chosen: (name) => {
        this.unchoose();
        this.decide("relabelled", name);
      },
      closed: () => this.unchoose(),
    }));
  }

  tag() {
    if (!this.marked.size) return;
    const box = element("div", "choose");
    const input = box.appendChild(element("input"));
    input.placeholder = "tag …";
    input.setAttribute("aria-label", "tag");
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "Enter" && input.value.trim()) {
        const keys = [...this.marked];
        const name = input.value.trim();
        this.unchoose();
        if (this.put({ kind: "tag", keys, name })) this.unmark();
        this.draw();
        this.flush();
      } else if (event.key === "Escape") this.unchoose();
    });
    input.addEventListener("blur", () => this.unchoose());
    this.ask({ box, input });
  }

  ask({ box, input }) {
    this.unchoose();
    this.panel = box;
    this.tools.appendChild(box);
    input.focus();
  }

  unchoose() {
    const { panel } = this;
    this.panel = null; // first: removing the field blurs it
    panel?.remove();
    if (panel) this.drawMarks();
  }

  back(kind) {
    if (this.put({ kind })) this.flush();
    this.draw();
  }

  chord(event) {
    if (event.key !== "a" || !(event.ctrlKey || event.metaKey) || isTyping(event) || this.keys.open) return false;
    event.preventDefault();
    this.markAll();
    return true;
  }

  // Space on a tile confirms what is marked, and Enter opens it.
  owns(button) {
    return button.classList.contains("tile");
  }

  action(event) {
    if (/^[1-9]$/.test(event.key)) {
      const offer = this.offers()[Number(event.key) - 1];
      return offer && (() => this.decide("relabelled", offer[0]));
    }
    const here = this.current;
    const step = (by) => () => this.focus(here < 0 ? 0 : here + by);
    const actions = {
      x: () => this.toggle(Math.max(here, 0), false),
      " ": () => this.decide("confirmed"),
      "/": () => this.choose(),
      a: () => this.decide("ambiguous"),
      e: () => this.decide("excluded"),
      t: () => this.tag(),
      u: () => this.back("undo"),
      U: () => this.back("redo"),
      j: step(1),
      k: step(-1),
      ArrowRight: step(1),
      ArrowLeft: step(-1),
      ArrowDown: step(this.columns()),
      ArrowUp: step(-this.columns()),
      PageDown: () => this.turn(1),
      PageUp: () => this.turn(-1),
      Escape: () => this.forget(),
      Enter: () => here >= 0 && this.trigger("open", this.tiles()[here].dataset.key),
      "?": () => this.keys.showModal(),
    };
    return actions[event.key];
  }
}
