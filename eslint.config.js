// The dashboard's scripts. Those of a component are joined into one file (pages/components/widgets/script.py), so what
// one of them defines is the next one's global: each list below names what a shared file gives. There is no build step.
import js from "@eslint/js";
import globals from "globals";

const readable = (...names) => Object.fromEntries(names.map((name) => [name, "readonly"]));
const ELEMENTS = readable("HARD_PIXELS", "element", "isTyping");
const NAMES = readable("classNames", "fitNames", "keepFitted");
const TILE = readable("focusTile", "keyOf", "tileButton", "tileOf", "tilesIn");
const REVIEW_TILE = readable("otherLabel", "showState", "tileElement");
const CARD = readable("decode", "labelSide", "pictureSide", "verdictText");
const DESK = readable("Desk", "chooser", "mounted");

// What a shared file defines is used by the next: only that is not looked for in it.
const shared = (file, names) => ({
  files: [`pages/components/${file}`],
  rules: { "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: `^(${Object.keys(names).join("|")})$` }] },
});

export default [
  js.configs.recommended,
  {
    files: ["pages/**/*.js"],
    languageOptions: { globals: { ...globals.browser, ...ELEMENTS, ...NAMES, ...TILE, ...REVIEW_TILE, ...CARD, ...DESK } },
    rules: {
      eqeqeq: "error",
      "no-redeclare": ["error", { builtinGlobals: false }],
      "no-restricted-properties": [
        "error",
        ...["innerHTML", "outerHTML", "insertAdjacentHTML"].map((property) => ({
          property, message: "Names of classes and files are never read as markup: use textContent.",
        })),
        { object: "document", property: "write" },
      ],
      "no-unused-vars": ["error", { argsIgnorePattern: "^_" }],
      "no-var": "error",
      "prefer-const": "error",
    },
  },
  shared("widgets/elements.js", ELEMENTS),
  shared("widgets/names.js", NAMES),
  shared("widgets/tile.js", TILE),
  shared("review/review_tile.js", REVIEW_TILE),
  shared("review/card.js", CARD),
  shared("review/{outbox,choose}.js", DESK),
  { files: ["tests/scripts/**/*.js", "*.config.js"], languageOptions: { globals: globals.node } },
];
