// A page for a component: its files joined as pages/components/widgets/script.py joins them, run in a document of its own.
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { JSDOM } from "jsdom";

const COMPONENTS = new URL("../../pages/components/", import.meta.url);

const LETTER = 6; // pixels of every letter in a document where nothing is drawn

// What a browser has and this document does not: drawn places, idle time, dialogs that open, the width of a text.
function complete(window) {
  window.requestIdleCallback = (work) => window.setTimeout(work, 0);
  window.HTMLElement.prototype.scrollIntoView = () => {};
  window.HTMLImageElement.prototype.decode = async () => {};
  window.HTMLCanvasElement.prototype.getContext = () => ({ measureText: (text) => ({ width: LETTER * text.length }) });
  window.ResizeObserver = class {
    observe() {}
  };
  window.document.fonts = { ready: Promise.resolve() };
  window.HTMLDialogElement.prototype.showModal = function () {
    this.open = true;
  };
  window.HTMLDialogElement.prototype.close = function () {
    this.open = false;
  };
}

// A clock that stands still until it is told to go on: what waits for seconds is tested in none.
function clock(window) {
  let now = 0;
  let number = 0;
  const waiting = new Map();
  window.setTimeout = (work, delay = 0) => {
    number += 1;
    waiting.set(number, { work, at: now + delay });
    return number;
  };
  window.clearTimeout = (which) => waiting.delete(which);
  return (milliseconds) => {
    now += milliseconds;
    for (const [which, { work, at }] of [...waiting]) {
      if (at <= now && waiting.delete(which)) work();
    }
  };
}

/**
 * files: as the component's Python names them. gives: names of theirs to be had from outside. html: the component's own.
 * Returns the document's window; pass(ms), which lets time go by; the named parts; component(data), which mounts it or
 * hands it new data; sent, what it sent so far: [["state" | "trigger", name, value]]; leave(), as another page is opened.
 */
export function joined(files, { html, gives = [] }) {
  const dom = new JSDOM(`<!doctype html><body><div id="here">${html}</div></body>`, {
    url: "http://127.0.0.1:8501/hardest", runScripts: "outside-only", pretendToBeVisual: true,
  });
  const { window } = dom;
  complete(window);
  const pass = clock(window);
  const source = files.map((file) => readFileSync(fileURLToPath(new URL(file, COMPONENTS)), "utf8")).join("\n");
  const named = gives.map((name) => `${name}: typeof ${name} === "undefined" ? undefined : ${name}`).join(", ");
  window.eval(`${source.replace("export default function", "globalThis.component = function")}\nglobalThis.parts = {${named}};`);
  const sent = [];
  const parentElement = window.document.getElementById("here");
  let leave = () => {};
  const component = (data) => {
    leave = window.component({
      data: [data],
      parentElement,
      setStateValue: (name, value) => sent.push(["state", name, structuredClone(value)]),
      setTriggerValue: (name, value) => sent.push(["trigger", name, structuredClone(value)]),
    });
  };
  return { window, pass, parts: window.parts, component, sent, leave: () => leave(), root: parentElement };
}

// A key as somebody at a keyboard presses it, with whatever has the focus.
export function press(window, key, more = {}) {
  const target = window.document.activeElement ?? window.document.body;
  const event = new window.KeyboardEvent("keydown", { key, bubbles: true, composed: true, cancelable: true, ...more });
  target.dispatchEvent(event);
  return event;
}
