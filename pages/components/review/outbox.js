// The browser's end of the outbox: what was decided lies here until Python says that it is durable.
//
// Items go out through setStateValue("box") under a nonce and a number that the journal counts once, as many times as it
// takes, and lie in the tab's storage meanwhile, so that a server that dies or a page that is loaded again loses nothing.
// Each says which audit it is of: another audit's are neither sent nor shown. What is refused stays to be read.

const AT_ONCE = 100; // items in one box
const PATIENCE = 3000; // ms until a box that nobody answered is sent again
const NAME = "hardlook-reviewer";

// Items and refusals of one audit in this tab.
class Outbox {
  /** @param {string} audit */
  constructor(audit) {
    this.audit = audit;
    this.nonce = crypto.randomUUID();
    this.number = 0;
    this.saved = 0; // by this page
    this.kept = true; // in the tab's storage, which may be full or forbidden
    const stored = JSON.parse(sessionStorage.getItem(`hardlook-outbox ${audit}`) ?? "{}");
    /** @type {SentItem[]} */
    this.items = stored.items ?? [];
    /** @type {{key: string, text: string}[]} */
    this.refused = stored.refused ?? [];
  }

  /** @param {Item} item @returns {SentItem} */
  add(item) {
    const sent = { ...item, audit: this.audit, nonce: this.nonce, number: this.number, time: Date.now() };
    this.number += 1;
    this.items.push(sent);
    this.store();
    return sent;
  }

  /** @param {Outcome[]} outcomes */
  settle(outcomes) {
    const known = new Map(outcomes.map((one) => [`${one.nonce} ${one.number}`, one]));
    const settled = this.items.filter((item) => known.has(`${item.nonce} ${item.number}`));
    if (!settled.length) return;
    this.items = this.items.filter((item) => !settled.includes(item));
    for (const item of settled) {
      const outcome = known.get(`${item.nonce} ${item.number}`);
      if (outcome?.status !== "refused") this.saved += 1;
      else this.refused.push({ key: item.key ?? "", text: outcome.text });
    }
    this.store();
  }

  dismiss() {
    this.refused = [];
    this.store();
  }

  store() {
    const empty = !this.items.length && !this.refused.length;
    try {
      if (empty) sessionStorage.removeItem(`hardlook-outbox ${this.audit}`);
      else sessionStorage.setItem(`hardlook-outbox ${this.audit}`, JSON.stringify({ items: this.items, refused: this.refused }));
      this.kept = true;
    } catch {
      this.kept = false; // said beside the count of what is not saved
    }
  }
}

// Leaving the tab with something unsaved in it asks first, on whatever page of the dashboard that happens.
function unsaved() {
  return Object.keys(sessionStorage).some((name) => name.startsWith("hardlook-outbox ")
    && (JSON.parse(sessionStorage.getItem(name) ?? "{}").items ?? []).length > 0);
}
if (!window.hardlookAsksBeforeLeaving) {
  window.hardlookAsksBeforeLeaving = true;
  window.addEventListener("beforeunload", (event) => unsaved() && event.preventDefault());
}

/** @type {DeskData} */
const NOTHING_YET = {
  audit: "", signature: "", classes_version: "", fixed: "", outcomes: [], answered: "", trouble: "", progress: "", ended: "",
};

// What everything that decides has in common: a bar with its state, the reviewer's name, and sending.
class Desk {
  /** @type {string | null} */
  signature;
  /** @type {HTMLElement} */
  state;
  /** @type {HTMLButtonElement} */
  dismissal;
  /** @type {HTMLElement} */
  progress;
  /** @type {HTMLInputElement} */
  reviewer;
  /** @type {HTMLElement} */
  body;
  /** @type {HTMLDialogElement} */
  keys;
  /** @type {SetState} */
  setState;
  /** @type {SetState} */
  trigger;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  timer;
  /** @type {string | number | undefined} */
  version;

  /** @param {HTMLElement} root @param {string[][]} keys */
  constructor(root, keys) {
    this.root = root;
    /** @type {DeskData} */
    this.data = NOTHING_YET;
    this.outbox = new Outbox("");
    this.signature = null;
    /** @type {Mark[]} */
    this.done = []; // what was sent from here, in order, with what became of it
    /** @type {Mark[]} */
    this.undone = [];
    this.asked = 0;
    this.flight = ""; // the box that is on its way
    /** @type {{reviewer: string, keys: string[]} | null} */
    this.left = null; // {reviewer, keys} of someone who has just become someone else
    /** @type {string[]} */
    this.classes = [];
    this.build(keys);
    this.onKey = (event) => this.key(event);
    document.addEventListener("keydown", this.onKey, true); // before the buttons of the page, which stop some keys
    // The button that was last clicked keeps the focus, such as the one that led here.
    this.clicked = document.activeElement?.matches(":focus-visible") ? null : document.activeElement;
    this.onPoint = (event) => (this.clicked = event.composedPath()[0].closest?.("button"));
    document.addEventListener("pointerdown", this.onPoint);
  }

  // What a way of reviewing adds: what it asks the server for, and what it does when that changes.

  /** @returns {Record<string, any>} */
  asks() {
    return {};
  }

  // Whether the server has something that this page would show.
  short() {
    return false;
  }

  // The reviewer became someone else; the classes changed; something that was sent came back.
  renamed() {}

  reclassed() {}

  /** @param {Mark} _mark */
  came(_mark) {}

  // A key together with ctrl or cmd: whether it is one of ours. A button that keeps Enter and space. What a key does.
  /** @param {KeyboardEvent} _event */
  chord(_event) {
    return false;
  }

  /** @param {HTMLButtonElement} _button */
  owns(_button) {
    return false;
  }

  /** @param {KeyboardEvent} _event @returns {(() => void) | false | null | undefined | ""} */
  action(_event) {
    return null;
  }

  close() {
    document.removeEventListener("keydown", this.onKey, true);
    document.removeEventListener("pointerdown", this.onPoint);
    clearTimeout(this.timer);
  }

  build(keys) {
    const bar = element("div", "bar");
    this.state = bar.appendChild(element("span", "state"));
    this.state.setAttribute("aria-live", "polite");
    this.dismissal = bar.appendChild(element("button", "dismiss", "read"));
    this.dismissal.type = "button";
    this.dismissal.hidden = true;
    this.dismissal.addEventListener("click", () => {
      this.outbox.dismiss();
      this.drawState();
    });
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
    for (const [key, meaning] of keys) list.append(element("dt", "", key), element("dd", "", meaning));
    this.keys.addEventListener("click", () => this.keys.close());
    this.root.replaceChildren(bar, this.body, this.keys);
  }

  // Decisions made under the old name keep it: each says who made it.
  named() {
    // What was handed to the old name is given back with the next box.
    this.left = { reviewer: this.data.fixed ? "" : (localStorage.getItem(NAME) ?? ""), keys: this.asks().have ?? [] };
    localStorage.setItem(NAME, this.who());
    this.done = [];
    this.undone = [];
    this.renamed();
    this.send();
  }

  who() {
    return this.reviewer.value.trim();
  }

  /** @param {DeskData} data @param {SetState} setStateValue @param {SetState} setTriggerValue */
  take(data, setStateValue, setTriggerValue) {
    this.setState = setStateValue;
    this.trigger = setTriggerValue;
    this.data = data;
    if (data.classes) this.classes = data.classes;
    if (this.version && this.version !== data.classes_version) this.reclassed();
    this.version = data.classes_version;
    if (data.fixed) {
      this.reviewer.value = data.fixed;
      this.reviewer.readOnly = true;
    }
    if (this.outbox.audit !== data.audit) this.outbox = new Outbox(data.audit);
    if (data.answered === this.flight) {
      this.flight = "";
      this.left = null;
    }
    this.outbox.settle(data.outcomes);
    for (const outcome of data.outcomes) {
      const mark = this.done.find((one) => one.nonce === outcome.nonce && one.number === outcome.number);
      if (mark && mark.status !== outcome.status) {
        Object.assign(mark, { status: outcome.status, text: outcome.text, about: outcome.key });
        this.came(mark);
      }
    }
  }

  // Whether this is another queue or selection than the one shown so far.
  /** @param {string} signature */
  anew(signature) {
    const other = signature !== this.signature;
    this.signature = signature;
    return other;
  }

  // One more thing for the journal; nobody decides without a name.
  /** @param {Item} item @returns {Mark | null} */
  put(item) {
    if (!this.who()) {
      this.say("Enter your name first: a decision says who made it.");
      this.reviewer.focus();
      return null;
    }
    const mark = { ...this.outbox.add({ ...item, reviewer: this.who() }), status: "sending", at: performance.now() };
    this.done.push(mark);
    return mark;
  }

  // Sends what waits, one box at a time: what is decided meanwhile goes with the next.
  flush() {
    if (this.outbox.items.length && !this.flight) this.send();
  }

  send() {
    clearTimeout(this.timer);
    this.asked += 1;
    this.flight = `${this.outbox.nonce} ${this.asked}`;
    this.setState("box", {
      ...this.asks(),
      signature: this.signature,
      reviewer: this.who(),
      items: this.outbox.items.slice(0, AT_ONCE),
      classes: this.data.classes_version,
      left: this.left,
      asked: this.flight,
    });
    // A server that went away answers nothing: the box is sent again until one does.
    this.timer = setTimeout(() => this.send(), PATIENCE);
  }

  // Called after each answer. Nothing keeps the server busy but what waits to be saved, and what is short.
  wait() {
    if (this.flight) return;
    clearTimeout(this.timer);
    if (this.outbox.items.length) this.send();
    else if (this.who() && this.short()) this.timer = setTimeout(() => this.send(), 150);
  }

  say(text) {
    this.state.textContent = text;
    this.state.className = "state refused";
  }

  drawState() {
    const { items, refused, kept, saved } = this.outbox;
    const conflicts = this.done.filter((one) => one.status === "conflict" && one.kind !== "bulk").length;
    const told = this.done.findLast((one) => one.text && one.status !== "refused" && one.status !== "sending");
    const parts = [];
    const newest = refused.at(-1);
    if (newest) parts.push(`not saved: ${[newest.key, newest.text].filter(Boolean).join(": ")}`);
    if (refused.length > 1) parts.push(`${refused.length - 1} more not saved`);
    if (this.data.trouble && items.length) parts.push(`${items.length} not saved yet: ${this.data.trouble}`);
    else if (items.length) parts.push(`saving ${items.length.toLocaleString("en")} …`);
    else if (saved) parts.push(`all ${saved.toLocaleString("en")} saved`);
    if (items.length && !kept) parts.push("this tab keeps no copy: leave it open");
    if (told) parts.push(told.text);
    if (conflicts) parts.push(`${conflicts} in conflict with a decision made elsewhere`);
    const pace = this.pace();
    if (pace) parts.push(pace);
    this.state.textContent = parts.join(" · ");
    this.state.title = refused.map((one) => `${one.key}: ${one.text}`).join("\n");
    this.state.className = `state${refused.length || (this.data.trouble && items.length) ? " refused" : items.length ? " waiting" : ""}`;
    this.state.dataset.waiting = String(items.length);
    this.state.dataset.saved = String(saved);
    this.dismissal.hidden = !refused.length;
    this.progress.textContent = this.data.progress;
  }

  pace() {
    const decided = this.done.filter((one) => one.kind === "decision");
    if (decided.length < 5) return "";
    const each = (decided[decided.length - 1].at - decided[0].at) / 1000 / (decided.length - 1); // clocks are set back
    return each < 600 ? `${each.toFixed(1)} s each` : "";
  }

  /** @param {KeyboardEvent} event */
  key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) {
      if (!this.chord(event)) return;
    } else if (this.keys.open || isTyping(event) || document.querySelector('[data-testid="stDialog"]')) return;
    else {
      const inside = event.composedPath()[0];
      // Enter and space belong to a button that has the focus from the keyboard.
      const reached = inside instanceof HTMLButtonElement && inside !== this.clicked;
      if (["Enter", " "].includes(event.key) && reached && !this.owns(inside)) return;
      const action = this.action(event);
      if (!action) return;
      event.preventDefault();
      event.stopPropagation();
      action();
    }
  }
}

// One object for each place in the page that a component is mounted in.
/**
 * @param {Component<DeskData>} component
 * @param {string} selector
 * @param {(root: HTMLElement) => any} make
 */
function mounted(component, selector, make) {
  const parent = component.parentElement;
  const desks = (window.hardlookDesks ??= new WeakMap());
  const root = /** @type {HTMLElement} */ (parent.querySelector(selector)); // the component's own markup has it
  if (!desks.has(parent)) desks.set(parent, make(root));
  desks.get(parent).receive(component.data[0], component.setStateValue, component.setTriggerValue);
  return () => {
    desks.get(parent)?.close();
    desks.delete(parent);
  };
}
