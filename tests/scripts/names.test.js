// Class names under a picture: what two lines cannot hold loses its middle. Every letter is six pixels wide here.
import assert from "node:assert/strict";
import { test } from "node:test";
import { joined } from "./joined.js";

const FILES = ["widgets/elements.js", "widgets/names.js"];
const { parts } = joined(FILES, { html: "", gives: ["classNames", "linesOf", "shortName"] });
const shown = (text, letters) => parts.shortName(text, 6 * letters + 1, "12px sans");

test("a name that fits on two lines stays as it is", () => {
  assert.equal(shown("cat", 5), "cat");
  assert.equal(shown("ankle boot", 5), "ankle boot");
});

test("a longer one keeps both its ends", () => {
  assert.equal(shown("Rhodesian ridgeback dog (adult)", 14), "Rhodesian ri…dog (adult)");
  assert.notEqual(shown("Rhodesian ridgeback dog (adult)", 14), shown("Rhodesian ridgeback dog (puppy)", 14));
});

test("lines break at spaces, and within a word only where it is longer than a line", () => {
  assert.equal(parts.linesOf("one two", 42), 1);
  assert.equal(parts.linesOf("one two", 41), 2);
  assert.equal(parts.linesOf("screwdriver", 36), 3); // a letter of each line is kept free: where it breaks is the browser's
});

test("a name that has no room at all is an ellipsis", () => assert.equal(shown("screwdriver", 1), "…"));

test("a letter outside the basic plane is never cut in two", () => {
  assert.ok(shown("🐕".repeat(30), 9).isWellFormed());
});

test("names are text, the second after its arrow, a tick where a model agrees", () => {
  const both = parts.classNames("<b>cat</b>", { other: "dog", kind: "wrong" });
  assert.equal(both.textContent, "<b>cat</b>→dog");
  assert.equal(both.querySelector(".wrong").dataset.whole, "dog");
  assert.equal(parts.classNames("", { agreed: true }).textContent, "no label✓");
});
