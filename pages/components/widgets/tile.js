// A tile of a sheet, before its texts: a button with the thumbnail, or with the word that there is none.

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
