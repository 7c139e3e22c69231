// The outbox: what was decided lies in the tab until the journal has it, and is counted once.
import assert from "node:assert/strict";
import { test } from "node:test";
import { joined } from "./joined.js";

const FILES = ["widgets/elements.js", "review/outbox.js"];
const NAME = "hardlook-outbox a";
const page = () => joined(FILES, { html: "", gives: ["Outbox", "unsaved"] });
const keys = (outbox) => Array.from(outbox.items, (item) => item.key);
const outcome = (item, status = "saved", text = "") => ({ nonce: item.nonce, number: item.number, status, text });

test("an item lies in the tab's storage until it is answered", () => {
  const { window, parts } = page();
  const outbox = new parts.Outbox("a");
  const item = outbox.add({ kind: "decision", key: "cat.png" });
  assert.equal(JSON.parse(window.sessionStorage.getItem(NAME)).items[0].key, "cat.png");
  assert.equal(parts.unsaved(), true);
  outbox.settle([outcome(item)]);
  assert.equal(window.sessionStorage.getItem(NAME), null);
  assert.equal(parts.unsaved(), false);
  assert.equal(outbox.saved, 1);
});

test("items are numbered in order under one nonce, so that the journal counts each once", () => {
  const outbox = new (page().parts.Outbox)("a");
  const sent = ["x", "y", "z"].map((key) => outbox.add({ kind: "decision", key }));
  assert.deepEqual(sent.map((item) => item.number), [0, 1, 2]);
  assert.equal(new Set(sent.map((item) => item.nonce)).size, 1);
});

test("an answer that comes twice counts once", () => {
  const outbox = new (page().parts.Outbox)("a");
  const item = outbox.add({ kind: "decision", key: "x" });
  outbox.settle([outcome(item)]);
  outbox.settle([outcome(item)]);
  assert.equal(outbox.saved, 1);
});

test("an answer to one item leaves the others waiting", () => {
  const outbox = new (page().parts.Outbox)("a");
  const [first, second] = ["x", "y"].map((key) => outbox.add({ kind: "decision", key }));
  outbox.settle([outcome(second)]);
  assert.deepEqual(keys(outbox), [first.key]);
});

test("what is refused stays to be read until it is dismissed, also after the page was loaded again", () => {
  const { window, parts } = page();
  const outbox = new parts.Outbox("a");
  outbox.settle([outcome(outbox.add({ kind: "decision", key: "x" }), "refused", "no class of that name")]);
  assert.equal(outbox.saved, 0);
  const again = new parts.Outbox("a");
  assert.deepEqual({ ...again.refused[0] }, { key: "x", text: "no class of that name" });
  again.dismiss();
  assert.equal(window.sessionStorage.getItem(NAME), null);
});

test("a page that is loaded again goes on with the items of the one before, under their own nonce", () => {
  const { parts } = page();
  const before = new parts.Outbox("a").add({ kind: "decision", key: "x" });
  const after = new parts.Outbox("a");
  const fresh = after.add({ kind: "decision", key: "y" });
  assert.deepEqual(keys(after), ["x", "y"]);
  assert.notEqual(fresh.nonce, before.nonce);
  after.settle([outcome(before)]);
  assert.deepEqual(keys(after), ["y"]);
});

test("another audit's items are neither shown nor sent", () => {
  const { parts } = page();
  new parts.Outbox("a").add({ kind: "decision", key: "x" });
  assert.equal(new parts.Outbox("b").items.length, 0);
});

test("a storage that is full loses nothing that the page still holds, and is said", () => {
  const { window, parts } = page();
  const outbox = new parts.Outbox("a");
  window.Storage.prototype.setItem = () => {
    throw new Error("QuotaExceededError");
  };
  outbox.add({ kind: "decision", key: "x" });
  assert.equal(outbox.kept, false);
  assert.equal(outbox.items.length, 1);
});
