// What every score, every model and the nearest images say of one image.
//
// data: {signature, scores: [{name, label, value, percentile, share, tone, suggested, chosen}],
// vog: [{model, rows: [{name, scale, cells: [{label, value, percentile, tone, chosen}, null for none]}]}],
// models: [{model, note, wrong, predicted, classes: [{name, share, text, given, suggested}]}],
// strips: [{name, note, tone, tiles: [{key, source, given, similarity}]}]}. Texts go in as textContent.

export default function (component) {
  const { data: [data], parentElement, setTriggerValue } = component;
  const root = parentElement.querySelector(".evidence");
  if (root.dataset.signature === data.signature) return;
  root.dataset.signature = data.signature;
  const right = element("div", "right");
  if (data.models.length) right.append(models(data.models));
  for (const strip of data.strips) right.append(nearest(strip, (key) => setTriggerValue("open", key)));
  root.replaceChildren(scores(data.scores, data.vog), right);
}

function heading(text, note, tone) {
  const made = element("h3", tone || "");
  made.append(element("bdi", "", text), element("small", "", note));
  return made;
}

function bar(share, className) {
  const track = element("span", `track ${className}`);
  if (share !== null) track.appendChild(element("span", "fill")).style.width = `${share}%`;
  return track;
}

function scores(lines, tables) {
  const part = element("section", "scores");
  part.append(heading("Scores", "percentile within its class and split"));
  const frame = part.appendChild(element("div", "scroll"));
  frame.tabIndex = 0;
  frame.setAttribute("role", "region");
  frame.setAttribute("aria-label", "Scores");
  const table = frame.appendChild(element("table"));
  for (const line of lines) {
    const row = table.insertRow();
    row.className = line.chosen ? "chosen" : "";
    const name = row.insertCell();
    name.append(element("bdi", "name", line.name));
    name.title = line.label;
    row.insertCell().append(element("span", "number", line.value));
    row.insertCell().append(bar(line.share, line.tone));
    row.insertCell().append(element("span", "number", line.percentile));
    const suggested = row.insertCell().appendChild(element("bdi", "suggested", line.suggested ? `→ ${line.suggested}` : ""));
    suggested.title = line.suggested;
  }
  for (const one of tables) frame.append(vogTable(one));
  return part;
}

// Rows of what the gradient is of and of which label, raw and under it normalised; in a cell value and percentile.
function vogTable({ model, rows }) {
  const part = element("section", "vog");
  part.append(heading("VoG", `over the checkpoints of ${model}: value and percentile`));
  const table = part.appendChild(element("table"));
  const head = table.createTHead().insertRow();
  for (const title of ["", "early", "late", "all"]) head.appendChild(element("th", "", title)).scope = "col";
  const body = table.createTBody();
  let above = "";
  for (const { name, scale, cells } of rows) {
    const row = body.insertRow();
    row.className = name === above ? "more" : "first";
    row.appendChild(element("th", "", name === above ? scale : `${name}${scale === "raw" ? "" : `, ${scale}`}`)).scope = "row";
    above = name;
    for (const cell of cells) {
      const made = row.insertCell();
      if (!cell) continue;
      made.className = cell.chosen ? "chosen" : "";
      made.title = cell.label;
      made.append(element("span", "name number", cell.value), element("span", `percentile number ${cell.tone}`, cell.percentile));
    }
  }
  return part;
}

function models(lines) {
  const part = element("section");
  part.append(heading("Class probabilities", "by models, and by scores that have them"));
  const row = part.appendChild(element("div", "models"));
  row.tabIndex = 0;
  row.setAttribute("role", "region");
  row.setAttribute("aria-label", "Class probabilities");
  for (const line of lines) {
    const made = row.appendChild(element("div", "model"));
    const head = made.appendChild(element("div", "head"));
    head.append(element("bdi", "", line.model), element("small", "", line.note));
    for (const one of line.classes) {
      const kind = one.given ? "given" : one.suggested ? "suggested" : "";
      const wide = made.appendChild(element("div", `class ${kind}`));
      const name = wide.appendChild(element("bdi", "name", one.name));
      name.title = one.name;
      wide.append(bar(one.share, kind), element("span", "number", one.text));
      wide.append(element("span", "mark", [one.given && "given", one.suggested && "suggested"].filter(Boolean).join(", ")));
    }
  }
  return part;
}

function nearest(strip, open) {
  const part = element("section");
  part.append(heading(strip.name, strip.note, strip.tone));
  const row = part.appendChild(element("div", "strip"));
  for (const tile of strip.tiles) {
    const button = row.appendChild(element("button", "near"));
    button.type = "button";
    button.title = `${tile.key}\ncosine similarity ${tile.similarity}, ${tile.split}\nOpen this image`;
    if (tile.source) {
      const image = button.appendChild(element("img"));
      image.alt = `${tile.key}, ${tile.given}`;
      image.src = tile.source;
      image.addEventListener("load", () => image.classList.toggle("small", Math.max(image.naturalWidth, image.naturalHeight) <= 96));
    } else {
      button.append(element("span", "none", "–"));
    }
    button.append(element("span", "similarity", tile.similarity));
    button.addEventListener("click", () => open(tile.key));
  }
  if (!strip.tiles.length) row.append(element("span", "quiet", "no other image with a vector"));
  return part;
}
