// A tile of the bulk grid: the image, given → suggested, the score; an edge for its state, a tick for its mark.

// The label an image may have instead, "" for none.
/** @param {TileData} tile */
function otherLabel(tile) {
  return tile.suggested || (tile.predicted !== tile.given ? tile.predicted : "");
}

/** @param {TileData} tile */
function tileElement(tile) {
  const made = tileButton(tile);
  const other = otherLabel(tile);
  made.appendChild(classNames(tile.given, { other, kind: "suggested" }));
  made.appendChild(element("span", "said"));
  made.dataset.score = `${tile.score} · ${tile.percentile} pct`;
  const said = [tile.key, `given: ${tile.given || "no label"}`, other && `suggested: ${other}`, `score ${made.dataset.score}`];
  made.title = said.filter(Boolean).join("\n");
  return made;
}

// state: the verdict that holds, null for none; marked: whether the next action is about it.
function showState(made, state, marked) {
  made.classList.remove("confirmed", "relabelled", "ambiguous", "excluded");
  if (state) made.classList.add(state.verdict);
  made.setAttribute("aria-pressed", String(marked));
  const text = !state ? made.dataset.score : state.verdict === "relabelled" ? `now ${state.label}` : state.verdict;
  const line = made.querySelector(".said");
  if (line.textContent !== text) line.textContent = text;
}
