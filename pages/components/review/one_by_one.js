// One image after another, decided from the keyboard. One key decides, the next image is painted from what is here.
//
// data: what `answers` in outbox.py gives, and {signature, cards, next, earlier, progress, ended}. Cards wait here ahead
// of the one that is shown, and those decided stay behind it; earlier ones are asked for as they are gone back to.
// All texts go in as textContent: names of classes and files are never read as markup.

const AHEAD = 7; // cards short of which more are asked for
const BEHIND = 40; // cards that can be gone back to without asking
const KEYS = [
  ["1 … 9", "give the suggested label of that number"],
  ["/", "give any class: type a part of its name"],
  ["space", "confirm the given label"],
  ["a", "ambiguous; then the class it may also be"],
  ["x", "exclude the image"],
  ["s", "skip it: it comes back at the end, or to someone else"],
  ["[  ]", "of a conflict: the answer that stands, the one against it"],
  ["u  shift+u", "undo, redo; also what you did before today"],
  ["j  k", "next, previous image, without deciding"],
  ["n", "a note for this decision"],
  ["Enter", "open the image with all its scores"],
  ["?", "this list"],
];

export default function (component) {
  return mounted(component, ".review", (root) => new OneByOne(root, KEYS));
}

class OneByOne extends Desk {
  /** @type {HTMLInputElement | undefined} */
  note;
  /** @type {{verdict: string, box: HTMLElement} | null | undefined} */
  panel;
  /** @type {any} */
  drawn;
  /** @type {any} */
  shown;
  cards = [];
  at = 0;
  wanted = new Set(); // keys of cards that were asked for by name
  goal = ""; // the image to show when its card comes

  renamed() {
    this.cards = [];
    this.at = 0;
  }

  reclassed() {
    this.renamed(); // cards name classes: they come anew
  }

  receive(data, setStateValue, setTriggerValue) {
    this.take(data, setStateValue, setTriggerValue);
    if (this.anew(data.signature)) {
      this.renamed();
      this.done = [];
      this.undone = [];
    }
    // With nothing unsaved, what the server says is still to be decided is so.
    const again = this.at >= this.cards.length && !this.outbox.items.length;
    for (const card of data.cards) this.place(card, again);
    this.draw();
    this.wait();
  }

  // A new card goes to the end if it is to be decided, and to the front if it was gone back to. again: nothing is ahead,
  // so what was skipped, or passed over without a decision, comes once more.
  place(card, again) {
    const old = this.cards.findIndex((one) => one.key === card.key);
    decode(card);
    if (old >= 0) {
      if (this.wanted.delete(card.key)) this.cards[old] = card;
      else if (again && old < this.at) {
        this.cards.splice(old, 1);
        this.cards.push(card);
        this.at -= 1;
      }
    } else if (this.wanted.delete(card.key)) {
      this.cards.unshift(card);
      this.at += 1;
    } else this.cards.push(card);
    if (this.goal === card.key) this.goTo(card.key);
  }

  // Whether the server has cards that this page would place.
  short() {
    const { next, ended } = this.data;
    const ahead = new Set(this.cards.slice(this.at).map((card) => card.key));
    if (this.wanted.size > 0) return true;
    if (ended || ahead.size >= AHEAD) return false;
    const here = ahead.size ? new Set(this.cards.map((card) => card.key)) : ahead;
    return !next.length || next.some((key) => !here.has(key));
  }

  asks() {
    return { have: this.cards.slice(this.at).map((card) => card.key), want: [...this.wanted] };
  }

  // What an undo or redo was about is known once it is done; its image is shown then.
  came(mark) {
    if (["undo", "redo"].includes(mark.kind) && mark.about) this.goTo(mark.about);
  }

  card() {
    return this.cards[this.at];
  }

  decide(verdict, label, second) {
    const card = this.card();
    if (!card) return;
    const item = {
      kind: card.conflict ? "resolve" : "decision", conflict: card.conflict,
      key: card.key, content_hash: card.content_hash, given: card.given, values: card.values, runs: card.runs,
      verdict, label: label ?? "", second_label: second ?? "", seen: card.seen, blind: card.blind,
      reason: this.note?.value.trim() ?? "",
    };
    if (!this.put(item)) return;
    this.undone = [];
    this.unchoose();
    this.move(1);
    this.flush();
  }

  confirm() {
    const given = this.card()?.given_now;
    if (given) this.decide("confirmed", given);
    else if (this.card()) this.say("There is no label to confirm: give it one.");
  }

  // Either answer of a conflict, as it was given.
  takeSide(side) {
    const keeps = ["confirmed", "relabelled"].includes(side.verdict);
    this.decide(side.verdict, keeps ? side.label : null, side.verdict === "ambiguous" ? side.second : null);
  }

  undo() {
    if (!this.put({ kind: "undo" })) return;
    const last = this.done.findLast((one) => ["decision", "resolve"].includes(one.kind) && !this.undone.includes(one));
    if (last) {
      this.undone.push(last);
      this.goTo(last.key);
    }
    this.flush();
  }

  redo() {
    if (!this.put({ kind: "redo" })) return;
    const last = this.undone.pop();
    if (last) {
      this.goTo(last.key);
      this.move(1);
    }
    this.flush();
  }

  // Shows an image, which is asked for if it is not here.
  goTo(key) {
    const place = this.cards.findIndex((card) => card.key === key);
    this.goal = place >= 0 ? "" : key;
    if (place >= 0) this.at = place;
    else this.want(key);
    this.draw();
  }

  want(key) {
    this.wanted.add(key);
    if (!this.flight) this.send();
  }

  move(by) {
    if (by < 0 && this.at + by < 1) this.wantEarlier();
    this.at = Math.min(Math.max(this.at + by, 0), this.cards.length);
    const spare = this.at - BEHIND;
    if (spare > 0) {
      this.cards.splice(0, spare);
      this.at -= spare;
    }
    this.unchoose();
    this.draw();
    this.wait();
  }

  // The image decided before the first that is here, in this session or an earlier one.
  wantEarlier() {
    const { earlier } = this.data;
    const place = earlier.indexOf(this.cards[0]?.key);
    const key = place >= 0 ? earlier[place - 1] : earlier.findLast((one) => !this.cards.some((card) => card.key === one));
    if (!key || this.wanted.has(key)) return;
    if (this.at === 0) this.goal = key;
    this.want(key);
  }

  draw() {
    this.drawState();
    const card = this.card();
    const mark = this.mark(card);
    const says = mark && verdictText(mark) + mark.reviewer;
    if (this.drawn === card && this.shown === says && card) return; // a note that is being typed stays
    this.drawn = card;
    this.shown = says;
    if (!card) {
      const waiting = this.data.ended ? this.data.ended : this.who() ? "The next image is coming …"
        : "Enter your name above: decisions say who made them.";
      this.body.replaceChildren(element("p", "ended", waiting));
      return;
    }
    const act = {
      confirm: () => this.confirm(), pick: (name) => this.pick(name), side: (side) => this.takeSide(side),
      buttons: () => this.buttons(),
    };
    this.body.replaceChildren(pictureSide(card, mark), labelSide(card, act));
  }

  // The decision on this card that stands: made on this page, or known when it was sent.
  mark(card) {
    if (!card) return null;
    const own = this.done.filter((one) => one.key === card.key && one.verdict);
    const held = own.findLast((one) => !this.undone.includes(one));
    if (held) return { ...held, label: held.label || card.given_now, reviewer: "" };
    return own.length && card.state?.reviewer === this.who() ? null : card.state;
  }

  buttons() {
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
    const note = row.appendChild(element("input", "note"));
    note.placeholder = "note (n)";
    note.setAttribute("aria-label", "Note for this decision");
    note.maxLength = 500;
    note.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === "Escape") note.blur();
    });
    this.note = note;
    return row;
  }

  // A label for the card: the second one of an ambiguous image while that is asked for, its own otherwise.
  pick(name) {
    if (this.panel?.verdict === "ambiguous") this.decide("ambiguous", null, name);
    else this.decide(name === this.card()?.given_now ? "confirmed" : "relabelled", name);
  }

  choose(verdict) {
    const card = this.card();
    if (!card) return;
    this.unchoose();
    const second = verdict === "ambiguous";
    const made = chooser({
      classes: this.classes, first: card.suggestions.map((one) => one.name), emptyToo: second, digits: second,
      placeholder: second ? "it may also be … (Enter alone: no second class)" : "class …",
      chosen: (name) => (second && !name ? this.decide("ambiguous") : this.pick(name)),
      closed: () => this.unchoose(),
    });
    this.panel = { verdict, box: made.box };
    this.body.querySelector(".facts")?.appendChild(made.box);
    made.input.focus();
  }

  unchoose() {
    const panel = this.panel;
    this.panel = null; // first: removing the field blurs it
    panel?.box.remove();
  }

  action(event) {
    if (/^[1-9]$/.test(event.key)) {
      const one = this.card()?.suggestions[Number(event.key) - 1];
      return one && (() => this.pick(one.name));
    }
    const side = (standing) => this.card()?.sides.find((one) => one.standing === standing);
    const actions = {
      "/": () => this.choose("relabelled"),
      " ": () => this.confirm(),
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
      "[": side(true) && (() => this.takeSide(side(true))),
      "]": side(false) && (() => this.takeSide(side(false))),
    };
    return actions[event.key];
  }
}
