// The light table: sheets turn at once, are kept within bounds, and an old answer never turns them back.
import assert from "node:assert/strict";
import { test } from "node:test";
import { joined, press } from "./joined.js";

const FILES = ["widgets/elements.js", "widgets/names.js", "widgets/tile.js", "widgets/grid.js"];
const tile = (key, more = {}) => ({
  key, source: "data:image/webp;base64,AA", width: 28, height: 28, given: "cat", predicted: "cat", suggested: "",
  wrong: false, trained_on: false, score: "1.2", percentile: "90", ...more,
});
const sheet = (page, tiles = [tile(`${page}-0`), tile(`${page}-1`)]) => ({
  range: `sheet ${page}`, bands: [{ title: "", note: "", groups: [{ title: "hardest", tone: "high", note: "", tiles }] }],
});
const data = (more = {}) => ({
  signature: "s", page: 1, pages: 40, sequence: 0, tile: 96, sheets: { 1: sheet(1), 2: sheet(2) }, ...more,
});

function table(first = data()) {
  const page = joined(FILES, { html: '<div class="table"></div>', gives: ["KEPT_SHEETS"] });
  page.component(first);
  const text = () => page.root.querySelector(".range").textContent;
  const asked = () => page.sent.splice(0).filter(([kind, name]) => kind === "state" && name === "turn").map(([, , value]) => value);
  return { ...page, text, asked };
}

test("a sheet that is here is shown before the server is heard", () => {
  const { window, text, asked } = table();
  press(window, "PageDown");
  assert.equal(text(), "sheet 2");
  const [turn] = asked();
  assert.deepEqual([turn.page, turn.sequence], [2, 1]);
  assert.deepEqual(turn.have, [1, 2]);
});

test("a sheet that is not here is waited for, and drawn when it comes", () => {
  const { window, root, component, text } = table(data({ sheets: { 1: sheet(1) } }));
  press(window, "PageDown");
  assert.equal(text(), "sheet 2 …");
  assert.ok(root.querySelector(".table").classList.contains("waiting"));
  component(data({ page: 2, sequence: 1, sheets: { 2: sheet(2) } }));
  assert.equal(text(), "sheet 2");
});

test("an answer to an older turn does not turn the sheet back", () => {
  const { window, component, text } = table(data({ sheets: { 1: sheet(1), 2: sheet(2), 3: sheet(3) } }));
  press(window, "PageDown");
  press(window, "PageDown");
  component(data({ page: 2, sequence: 1, sheets: {} }));
  assert.equal(text(), "sheet 3");
});

test("an address that changed by itself changes the sheet", () => {
  const { component, text } = table();
  component(data({ page: 2, sheets: {} }));
  assert.equal(text(), "sheet 2");
});

test("sheets are kept within bounds, the neighbours of the one shown among them", () => {
  const { window, component, parts, asked } = table();
  for (let page = 2; page <= 30; page += 1) {
    press(window, "PageDown");
    const { sequence } = asked().at(-1);
    component(data({ page, sequence, sheets: { [page]: sheet(page), [page + 1]: sheet(page + 1) } }));
  }
  press(window, "PageUp");
  const { have } = asked().at(-1);
  assert.ok(have.length <= parts.KEPT_SHEETS, String(have.length));
  for (const page of [28, 29, 30]) assert.ok(have.includes(page), String(page));
});

test("another selection forgets the sheets of the one before", () => {
  const { component, text, root } = table();
  component(data({ signature: "other", sheets: { 1: sheet(1, [tile("only")]) } }));
  assert.equal(text(), "sheet 1");
  assert.deepEqual([...root.querySelectorAll(".tile")].map((one) => one.dataset.key), ["only"]);
});

test("the last sheet is the last, and a number beyond it leads there", () => {
  const { window, root, asked } = table();
  const number = root.querySelector(".jump input");
  number.focus();
  number.value = "4,000";
  number.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  assert.equal(asked().at(-1).page, 40);
});

test("a number that is being typed outlasts an answer of the server", () => {
  const { window, root, component, asked } = table();
  const number = root.querySelector(".jump input");
  number.focus();
  number.value = "9";
  component(data({ sheets: { 3: sheet(3) } }));
  number.dispatchEvent(new window.KeyboardEvent("keydown", { key: "Enter", bubbles: true }));
  assert.equal(asked().at(-1).page, 9);
  assert.equal(number.value, "9");
});

test("names are text, whatever stands in them", () => {
  const hostile = '<img src=x onerror="window.hit = true">';
  const { window, root } = table(data({ sheets: { 1: sheet(1, [tile(hostile, { given: hostile, suggested: hostile })]) } }));
  assert.equal(root.querySelectorAll("img").length, 1); // the thumbnail
  assert.ok(root.querySelector(".tile").textContent.includes(hostile));
  assert.equal(window.hit, undefined);
});
