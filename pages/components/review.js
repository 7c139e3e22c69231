// One image after another, decided from the keyboard. One key decides, the next image is painted from what is here.
//
// data: {signature, reviewer, fixed, classes, cards, outcomes, acknowledged, progress, ended}. What was decided lies in
// an outbox until Python says that it is durable: it is sent again and again under its nonce and number, which the
// journal counts once, and kept in the tab's storage, so that a server that dies loses nothing that was typed.
// All texts go in as textContent: names of classes and files are never read as markup.

const AHEAD = 6; // cards that are kept ready
const BEHIND = 40; // cards that can be gone back to
const STORE = "hardlook-outbox";
const NAME = "hardlook-reviewer";
const KEYS = [
  ["1 … 9", "give the suggested label of that number"],
  ["/", "give any class: type a part of its name"],
  ["space", "confirm the given label"],
  ["a", "ambiguous; then the class it may also be"],
  ["x", "exclude the image"],
  ["s", "skip it for now"],
  ["u  shift+u", "undo, redo"],
  ["j  k", "next, previous image, without deciding"],
  ["n", "a note for this decision"],
  ["Enter", "open the image with all its scores"],
  ["?", "this list"],
];
const SAID = {
  confirmed: "confirmed", relabelled: "now", ambiguous: "ambiguous", excluded: "excluded", skipped: "skipped",
};

const queues = new WeakMap();

export default function (component) {
  const parent = component.parentElement;
  if (!queues.has(parent)) queues.set(parent, new Queue(parent.querySelector(".review")));
  const queue = queues.get(parent);
  queue.receive(component.data, component.setStateValue, component.setTriggerValue);
  return () => {
    queue.close();
    queues.delete(parent);
  };
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// What was decided and is not yet known to be durable.
class Outbox {
  constructor() {
    this.nonce = crypto.randomUUID();
    this.number = 0;
    this.items = JSON.parse(sessionStorage.getItem(STORE) ?? "[]"); // of this tab, from before a reload
  }

  add(item) {
    const sent = { ...item, nonce: this.nonce, number: this.number };
    this.number += 1;
    this.items.push(sent);
    this.store();
    return sent;
  }

  settle(outcomes, acknowledged) {
    const known = new Set(outcomes.map((one) => `${one.nonce} ${one.number}`));
    const before = this.items.length;
    this.items = this.items.filter(
      (item) => !known.has(`${item.nonce} ${item.number}`) && item.number > (acknowledged[item.nonce] ?? -1),
    );
    if (this.items.length !== before) this.store();
  }

  store() {
    sessionStorage.setItem(STORE, JSON.stringify(this.items));
  }
}

class Queue {
  constructor(root) {
    this.root = root;
    this.outbox = new Outbox();
    this.signature = null;
    this.cards = [];
    this.at = 0;
    this.done = []; // {key, verdict, label, number, status}: decisions of this page in order, for undo and marks
    this.undone = [];
    this.asked = 0;
    this.started = null;
    this.build();
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey);
  }

  close() {
    document.removeEventListener("keydown", this.onKey);
    clearTimeout(this.timer);
  }

  build() {
    const bar = element("div", "bar");
    this.state = bar.appendChild(element("span", "state"));
    this.state.setAttribute("aria-live", "polite");
    this.progress = bar.appendChild(element("span", "progress"));
    const name = bar.appendChild(element("label", "name", "reviewer "));
    this.reviewer = name.appendChild(element("input"));
    this.reviewer.maxLength = 60;
    this.reviewer.placeholder = "your name";
    this.reviewer.value = localStorage.getItem(NAME) ?? "";
    this.reviewer.addEventListener("change", () => this.named());
    this.reviewer.addEventListener("keydown", (event) => event.key === "Enter" && this.reviewer.blur());
    const help = bar.appendChild(element("button", "help", "?"));
    help.type = "button";
    help.title = "Keys (?)";
    help.setAttribute("aria-label", "Keys");
    help.addEventListener("click", () => this.keys.showModal());
    this.body = element("div", "body");
    this.keys = element("dialog", "keys");
    this.keys.setAttribute("aria-label", "Keys");
    const list = this.keys.appendChild(element("dl"));
    for (const [key, meaning] of KEYS) list.append(element("dt", "", key), element("dd", "", meaning));
    this.keys.addEventListener("click", () => this.keys.close());
    this.root.replaceChildren(bar, this.body, this.keys);
  }

  named() {
    const name = this.reviewer.value.trim();
    localStorage.setItem(NAME, name);
    this.cards = [];
    this.at = 0;
    this.send();
  }

  receive(data, setStateValue, setTriggerValue) {
    this.setState = setStateValue;
    this.trigger = setTriggerValue;
    this.data = data;
    if (data.fixed) {
      this.reviewer.value = data.fixed;
      this.reviewer.readOnly = true;
    }
    if (data.signature !== this.signature) {
      this.signature = data.signature;
      this.cards = [];
      this.at = 0;
      this.done = [];
      this.undone = [];
    }
    this.outbox.settle(data.outcomes, data.acknowledged);
    for (const outcome of data.outcomes) this.came(outcome);
    const have = new Set(this.cards.map((card) => card.key));
    const fresh = data.cards.filter((card) => !have.has(card.key));
    this.cards.push(...fresh);
    for (const card of fresh) this.decode(card);
    this.draw();
    this.wait();
  }

  // What is short of being settled or ready is asked for again; nothing else keeps the server busy.
  wait() {
    clearTimeout(this.timer);
    const short = this.cards.length - this.at < AHEAD && !this.data.ended;
    if (this.outbox.items.length || (short && this.who())) this.timer = setTimeout(() => this.send(), 120);
  }

  who() {
    return this.reviewer.value.trim();
  }

  send() {
    this.asked += 1;
    this.setState("box", {
      signature: this.signature,
      reviewer: this.who(),
      items: this.outbox.items,
      have: this.cards.slice(this.at).map((card) => card.key),
      asked: this.asked,
    });
    clearTimeout(this.timer);
    // A server that went away answers nothing: what is in the outbox is sent again until it does.
    if (this.outbox.items.length) this.timer = setTimeout(() => this.send(), 2000);
  }

  // The picture is decoded before it is needed, so that it is painted in the frame after the key.
  decode(card) {
    card.image = element("img", card.small ? "small" : "");
    card.image.alt = `${card.key}, given ${card.given || "no label"}`;
    card.image.src = card.picture;
    card.image.decode?.().catch(() => {});
  }

  came(outcome) {
    const mark = this.done.find((one) => one.nonce === outcome.nonce && one.number === outcome.number);
    if (mark) Object.assign(mark, { status: outcome.status, text: outcome.text });
  }

  card() {
    return this.cards[this.at];
  }

  decide(verdict, label, second) {
    const card = this.card();
    if (!card) return;
    if (!this.who()) {
      this.say("Enter your name first: a decision says who made it.");
      this.reviewer.focus();
      return;
    }
    const sent = this.outbox.add({
      kind: "decision", key: card.key, content_hash: card.content_hash, given: card.given, values: card.values,
      verdict, label: label ?? "", second_label: second ?? "", seen: card.seen, blind: card.blind,
      reason: this.note?.value.trim() ?? "", time: Date.now(),
    });
    this.done.push({ ...sent, status: "sending" });
    this.undone = [];
    this.panel = null;
    this.move(1);
    this.send();
  }

  undo() {
    const last = this.done.findLast((one) => !this.undone.includes(one));
    if (!last || !this.who()) return;
    this.outbox.add({ kind: "undo", time: Date.now() });
    this.undone.push(last);
    this.goTo(last.key);
    this.send();
  }

  redo() {
    const last = this.undone.pop();
    if (!last) return;
    this.outbox.add({ kind: "redo", time: Date.now() });
    this.goTo(last.key);
    this.move(1);
    this.send();
  }

  goTo(key) {
    const place = this.cards.findIndex((card) => card.key === key);
    if (place >= 0) this.at = place;
    this.draw();
  }

  move(by) {
    this.at = Math.min(Math.max(this.at + by, 0), this.cards.length);
    const spare = this.at - BEHIND;
    if (spare > 0) {
      this.cards.splice(0, spare);
      this.at -= spare;
    }
    this.draw();
    this.wait();
  }

  say(text) {
    this.state.textContent = text;
    this.state.className = "state refused";
  }

  draw() {
    this.drawState();
    this.progress.textContent = this.data.progress;
    const card = this.card();
    if (this.drawn === card && this.shown === this.mark(card)) return;
    this.drawn = card;
    this.shown = this.mark(card);
    if (!card) {
      const waiting = this.data.ended ? this.data.ended : this.who() ? "The next image is coming …"
        : "Enter your name above: decisions say who made them.";
      this.body.replaceChildren(element("p", "ended", waiting));
      return;
    }
    this.body.replaceChildren(this.left(card), this.right(card));
  }

  drawState() {
    const refused = this.done.filter((one) => one.status === "refused");
    const conflicts = this.done.filter((one) => one.status === "conflict");
    const waiting = this.outbox.items.length;
    const saved = this.done.filter((one) => one.status !== "sending" && one.status !== "refused").length;
    const parts = [];
    if (refused.length) parts.push(`not saved: ${refused.at(-1).key}: ${refused.at(-1).text}`);
    if (waiting) parts.push(`saving ${waiting} …`);
    else if (saved) parts.push(`all ${saved.toLocaleString("en")} saved`);
    if (conflicts.length) parts.push(`${conflicts.length} in conflict with another reviewer`);
    if (this.done.length > 4) {
      const span = (this.done.at(-1).time - this.done[0].time) / 1000 / (this.done.length - 1);
      if (span < 600) parts.push(`${span.toFixed(1)} s each`);
    }
    this.state.textContent = parts.join(" · ");
    this.state.className = `state${refused.length ? " refused" : waiting ? " waiting" : ""}`;
    this.state.dataset.waiting = waiting;
    this.state.dataset.saved = saved;
  }

  // The decision on this card that stands, made on this page or known when it was sent.
  mark(card) {
    if (!card) return null;
    return this.done.findLast((one) => one.key === card.key && !this.undone.includes(one)) ?? card.state ?? null;
  }

  left(card) {
    const side = element("div", "picture");
    const frame = side.appendChild(element("div", "frame"));
    if (card.picture) frame.appendChild(card.image);
    if (card.refusal) side.appendChild(element("p", "refusal", card.refusal));
    const name = side.appendChild(element("p", "file"));
    name.append(element("bdi", "", card.key));
    const mark = this.mark(card);
    if (mark) {
      frame.classList.add(mark.verdict);
      const text = mark.verdict === "confirmed" ? "confirmed" : `${SAID[mark.verdict]} ${mark.label ?? ""}`;
      side.appendChild(element("p", `verdict ${mark.verdict}`, mark.reviewer ? `${text} · ${mark.reviewer}` : text));
    }
    return side;
  }

  right(card) {
    const side = element("div", "facts");
    const given = side.appendChild(element("p", "given"));
    given.append(element("span", "quiet", "given "), element("bdi", "", card.given || "no label"));
    given.append(element("kbd", "", "space"), element("span", "quiet", "keep"));
    const list = side.appendChild(element("ol", "suggestions"));
    card.suggestions.forEach((one, index) => {
      const button = list.appendChild(element("li")).appendChild(element("button", "suggestion"));
      button.type = "button";
      button.append(element("kbd", "", String(index + 1)), element("bdi", "", one.name), element("span", "quiet", one.text));
      button.addEventListener("click", () => this.pick(one.name));
    });
    if (card.why) side.appendChild(element("p", "why", card.why));
    for (const like of card.likes) {
      const row = side.appendChild(element("div", "like"));
      const title = row.appendChild(element("p", "quiet", "nearest of "));
      title.appendChild(element("bdi", "", like.name));
      const strip = row.appendChild(element("div", "strip"));
      for (const [key, source] of like.pictures) {
        const image = strip.appendChild(element("img"));
        image.alt = key;
        image.title = key;
        if (source) image.src = source;
      }
    }
    side.appendChild(this.actions());
    return side;
  }

  actions() {
    const row = element("div", "actions");
    const button = (key, text, action) => {
      const made = row.appendChild(element("button"));
      made.type = "button";
      made.append(element("kbd", "", key), element("span", "", text));
      made.addEventListener("click", action);
    };
    button("/", "other class", () => this.choose("relabelled"));
    button("a", "ambiguous", () => this.choose("ambiguous"));
    button("x", "exclude", () => this.decide("excluded"));
    button("s", "skip", () => this.decide("skipped"));
    button("u", "undo", () => this.undo());
    this.note = row.appendChild(element("input", "note"));
    this.note.placeholder = "note (n)";
    this.note.setAttribute("aria-label", "Note for this decision");
    this.note.maxLength = 500;
    this.note.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") this.note.blur();
    });
    return row;
  }

  // A label for the card: the second one of an ambiguous image while that is asked for, its own otherwise.
  pick(name) {
    if (this.panel?.verdict === "ambiguous") this.decide("ambiguous", null, name);
    else this.decide(name === this.card()?.given ? "confirmed" : "relabelled", name);
  }

  // Type-ahead over all classes: names that begin with what is typed before those that contain it.
  choose(verdict) {
    const card = this.card();
    if (!card) return;
    const box = element("div", "choose");
    const input = box.appendChild(element("input"));
    input.placeholder = verdict === "ambiguous" ? "it may also be … (Enter alone: no second class)" : "class …";
    input.setAttribute("aria-label", input.placeholder);
    const list = box.appendChild(element("ul"));
    this.panel = { verdict, box };
    let found = [];
    let chosen = 0;
    const show = () => {
      const typed = input.value.trim().toLowerCase();
      const rank = (name) => (name.toLowerCase().startsWith(typed) ? 0 : 1);
      const names = typed ? this.data.classes.filter((name) => name.toLowerCase().includes(typed))
        : card.suggestions.map((one) => one.name);
      found = names.sort((a, b) => (typed ? rank(a) - rank(b) : 0)).slice(0, 9);
      chosen = Math.min(chosen, Math.max(found.length - 1, 0));
      list.replaceChildren(...found.map((name, index) => {
        const item = element("li", index === chosen ? "chosen" : "");
        item.appendChild(element("bdi", "", name));
        item.addEventListener("mousedown", () => this.pick(name));
        return item;
      }));
    };
    input.addEventListener("input", () => { chosen = 0; show(); });
    input.addEventListener("keydown", (event) => {
      event.stopPropagation();
      if (event.key === "ArrowDown" || event.key === "ArrowUp") {
        chosen = Math.min(Math.max(chosen + (event.key === "ArrowDown" ? 1 : -1), 0), found.length - 1);
        show();
        event.preventDefault();
      } else if (event.key === "Enter") {
        if (verdict === "ambiguous" && !input.value.trim()) this.decide("ambiguous");
        else if (found[chosen]) this.pick(found[chosen]);
      } else if (event.key === "Escape") this.unchoose();
      else if (verdict === "ambiguous" && !input.value && /^[1-9]$/.test(event.key)) {
        event.preventDefault();
        const one = card.suggestions[Number(event.key) - 1];
        if (one) this.pick(one.name);
      }
    });
    input.addEventListener("blur", () => this.unchoose());
    show();
    this.body.querySelector(".choose")?.remove();
    this.body.querySelector(".facts").appendChild(box);
    input.focus();
  }

  unchoose() {
    this.panel?.box.remove();
    this.panel = null;
  }

  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey || this.keys.open || isTyping(event)) return;
    if (document.querySelector('[data-testid="stDialog"]')) return;
    const action = this.action(event);
    if (!action) return;
    event.preventDefault();
    action();
  }

  action(event) {
    if (/^[1-9]$/.test(event.key)) {
      const one = this.card()?.suggestions[Number(event.key) - 1];
      return one && (() => this.pick(one.name));
    }
    const given = this.card()?.given;
    const actions = {
      "/": () => this.choose("relabelled"),
      " ": () => (given ? this.decide("confirmed", given) : this.say("There is no label to confirm: give it one.")),
      a: () => this.choose("ambiguous"),
      x: () => this.decide("excluded"),
      s: () => this.decide("skipped"),
      u: () => this.undo(),
      U: () => this.redo(),
      j: () => this.move(1),
      k: () => this.move(-1),
      n: () => this.note?.focus(),
      "?": () => this.keys.showModal(),
      Enter: () => this.card() && this.trigger("open", this.card().key),
    };
    // Enter and space belong to a button that has the focus.
    const inside = event.composedPath()[0];
    if (["Enter", " "].includes(event.key) && inside instanceof HTMLButtonElement) return undefined;
    return actions[event.key];
  }
}

function isTyping(event) {
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  return target.closest("input, textarea, select, [contenteditable], [role=combobox], [role=listbox]") !== null;
}
