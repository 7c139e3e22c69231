// Keys: each does what the list of keys says, none while somebody types, and one decides and goes on.
import assert from "node:assert/strict";
import { test } from "node:test";
import { joined, press } from "./joined.js";

const FILES = ["widgets/elements.js", "review/outbox.js", "review/choose.js", "review/card.js", "review/one_by_one.js"];
const card = (key, more = {}) => ({
  key, content_hash: "h", given: "cat", given_now: "cat", picture: "data:,", small: true, refusal: "", why: "", likes: [],
  suggestions: [{ name: "dog", text: "3 of 4" }, { name: "bird", text: "1 of 4" }], sides: [], history: [], state: null,
  seen: 0, blind: false, values: {}, runs: {}, conflict: null, ...more,
});
const data = (more = {}) => ({
  audit: "a", signature: "q", classes: ["bird", "cat", "dog"], classes_version: 1, fixed: "", outcomes: [], answered: "",
  trouble: "", progress: "", ended: "", earlier: [], next: ["1", "2", "3"], cards: ["1", "2", "3"].map((key) => card(key)),
  ...more,
});

function desk(first = data(), name = "ann") {
  const page = joined(FILES, { html: '<div class="review"></div>', gives: ["PATIENCE"] });
  if (name) page.window.localStorage.setItem("hardlook-reviewer", name);
  page.component(first);
  page.sent.splice(0);
  const boxes = () => page.sent.splice(0).filter(([kind, what]) => kind === "state" && what === "box").map(([, , value]) => value);
  const shown = () => page.root.querySelector(".file bdi")?.textContent;
  const state = () => page.root.querySelector(".state").textContent;
  return { ...page, boxes, shown, state };
}
const verdicts = (box) => box.items.map((item) => [item.key, item.verdict ?? item.kind, item.label ?? ""]);

test("one key decides and shows the next image", () => {
  const { window, boxes, shown } = desk();
  assert.equal(shown(), "1");
  press(window, " ");
  assert.equal(shown(), "2");
  assert.deepEqual(verdicts(boxes()[0]), [["1", "confirmed", "cat"]]);
});

test("a digit gives the suggestion of that number, and one without a suggestion does nothing", () => {
  const { window, boxes, shown } = desk();
  press(window, "9");
  assert.equal(shown(), "1");
  press(window, "2");
  assert.deepEqual(verdicts(boxes()[0]), [["1", "relabelled", "bird"]]);
});

for (const [key, verdict] of [["x", "excluded"], ["s", "skipped"]]) {
  test(`${key} is ${verdict}`, () => {
    const { window, boxes } = desk();
    press(window, key);
    assert.deepEqual(verdicts(boxes()[0]), [["1", verdict, ""]]);
  });
}

test("undo goes back to the image it is about, and says so to the journal", () => {
  const { window, boxes, shown } = desk();
  press(window, " ");
  boxes();
  press(window, "u");
  assert.equal(shown(), "1");
});

test("boxes go one at a time: what is decided meanwhile goes with the next", () => {
  const { window, boxes, component } = desk();
  press(window, " ");
  press(window, "x");
  const [first, ...more] = boxes();
  assert.equal(more.length, 0);
  assert.equal(first.items.length, 1);
  const outcomes = first.items.map(({ nonce, number }) => ({ nonce, number, status: "saved", text: "" }));
  component(data({ outcomes, answered: first.asked, cards: [] }));
  const later = boxes();
  assert.deepEqual(verdicts(later.at(-1)), [["2", "excluded", ""]]);
});

test("a box that nobody answers is sent again", () => {
  const { window, boxes, pass, parts } = desk();
  press(window, " ");
  const [first] = boxes();
  pass(parts.PATIENCE + 1);
  const [again] = boxes();
  assert.deepEqual(verdicts(again), verdicts(first));
  assert.equal(again.items[0].nonce, first.items[0].nonce);
  assert.equal(again.items[0].number, first.items[0].number);
});

test("what is not saved is said as such, and what is saved only once the journal has it", () => {
  const { window, boxes, component, state } = desk();
  press(window, " ");
  assert.match(state(), /saving 1/);
  const [box] = boxes();
  const [{ nonce, number }] = box.items;
  component(data({ outcomes: [{ nonce, number, status: "saved", text: "" }], answered: box.asked, cards: [] }));
  assert.match(state(), /all 1 saved/);
});

test("nobody decides without a name", () => {
  const { window, boxes, shown, state } = desk(data(), "");
  press(window, " ");
  assert.equal(boxes().length, 0);
  assert.equal(shown(), "1");
  assert.match(state(), /Enter your name first/);
});

test("keys typed in a field, with control, or under an open dialog decide nothing", () => {
  const { window, root, boxes } = desk();
  root.querySelector(".name input").focus();
  press(window, "x");
  window.document.activeElement.blur();
  press(window, "x", { ctrlKey: true });
  window.document.body.insertAdjacentHTML("beforeend", '<div data-testid="stDialog"></div>');
  press(window, "x");
  assert.equal(boxes().length, 0);
});

test("any class is given by typing a part of its name, those that begin with it first", () => {
  const { window, root, boxes } = desk();
  press(window, "/");
  const input = root.querySelector(".choose input");
  input.value = "d";
  input.dispatchEvent(new window.Event("input"));
  assert.deepEqual([...root.querySelectorAll(".choose li")].map((one) => one.textContent), ["dog", "bird"]);
  input.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  assert.deepEqual(verdicts(boxes()[0]), [["1", "relabelled", "dog"]]);
});

test("? opens the list of keys, and no key decides while it is open", () => {
  const { window, root, boxes } = desk();
  press(window, "?");
  assert.equal(root.querySelector("dialog.keys").open, true);
  press(window, "x");
  assert.equal(boxes().length, 0);
});

test("a page that is left hears no more keys", () => {
  const { window, boxes, leave } = desk();
  leave();
  press(window, "x");
  assert.equal(boxes().length, 0);
});
