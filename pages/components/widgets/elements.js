// What the components make their elements with. Texts go in as textContent: they are never read as markup.

const HARD_PIXELS = 96; // images up to this side are enlarged without smoothing

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {string} [className]
 * @param {string} [text]
 * @returns {HTMLElementTagNameMap[Tag]}
 */
function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

// Whether a key belongs to a field that has the focus.
/** @param {Event} event */
function isTyping(event) {
  const target = event.composedPath()[0];
  if (!(target instanceof Element)) return false;
  return target.closest("input, textarea, select, [contenteditable], [role=combobox], [role=listbox]") !== null;
}
