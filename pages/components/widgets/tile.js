// A tile of a sheet, before its texts: a button with the thumbnail, or with the word that there is none.

// The tile that an event happened in, if in any.
/** @param {Event} event @returns {HTMLElement | null} */
function tileOf(event) {
  return event.target instanceof Element ? event.target.closest(".tile") : null;
}

/** @param {HTMLElement} root @returns {HTMLElement[]} */
function tilesIn(root) {
  return Array.from(root.querySelectorAll(".tile"), (tile) => /** @type {HTMLElement} */ (tile));
}

/** @param {HTMLElement} tile */
function keyOf(tile) {
  return tile.dataset.key ?? "";
}

// The one tile of a sheet that has the focus, and that Tab comes back to: the number it has, -1 where there is none.
/** @param {HTMLElement[]} tiles @param {number} index */
function focusTile(tiles, index) {
  if (!tiles.length) return -1;
  const at = Math.min(Math.max(index, 0), tiles.length - 1);
  for (const tile of tiles) tile.tabIndex = -1;
  tiles[at].tabIndex = 0;
  tiles[at].focus();
  tiles[at].scrollIntoView({ block: "nearest" });
  return at;
}

/** @param {TileData} tile */
function tileButton(tile) {
  const made = element("button", "tile");
  made.type = "button";
  made.tabIndex = -1;
  made.dataset.key = tile.key;
  const frame = made.appendChild(element("span", "frame"));
  if (tile.source) {
    const image = frame.appendChild(element("img"));
    if (Math.max(tile.width, tile.height) <= HARD_PIXELS) image.className = "small";
    image.decoding = "sync";
    image.width = tile.width;
    image.height = tile.height;
    image.alt = tile.given ? `${tile.key}, given ${tile.given}` : tile.key;
    image.src = tile.source;
  } else {
    frame.appendChild(element("span", "none", "no thumbnail"));
  }
  return made;
}
