// How one image under review is drawn: the picture with its state on the left, what is known of its label on the right.

const SAID = { confirmed: "confirmed", relabelled: "now", ambiguous: "ambiguous", excluded: "excluded", skipped: "skipped" };

// The picture is decoded before it is needed, so that it is painted in the frame after the key.
function decode(card) {
  card.image = element("img", card.small ? "small" : "");
  card.image.alt = `${card.key}, given ${card.given_now || "no label"}`;
  card.image.src = card.picture;
  card.image.decode?.().catch(() => {}); // a picture that cannot be decoded is drawn as broken, in its turn
}

function verdictText(one) {
  const second = one.second_label || one.second ? ` or ${one.second_label || one.second}` : "";
  if (one.verdict === "confirmed") return `confirmed${one.label ? ` ${one.label}` : ""}`;
  if (one.verdict === "relabelled") return `now ${one.label}`;
  return `${SAID[one.verdict] ?? one.verdict}${second}`;
}

function pictureSide(card, mark) {
  const side = element("div", "picture");
  const frame = side.appendChild(element("div", "frame"));
  if (card.picture) frame.appendChild(card.image);
  if (card.refusal) side.appendChild(element("p", "refusal", card.refusal));
  const line = side.appendChild(element("p", "file"));
  line.appendChild(element("bdi", "", card.key));
  if (mark) {
    frame.classList.add(mark.verdict);
    const said = line.appendChild(element("span", `verdict ${mark.verdict}`));
    said.appendChild(element("bdi", "", verdictText(mark)));
    if (mark.reviewer) said.append(" · ", element("bdi", "", mark.reviewer));
  }
  return side;
}

function labelSide(card, act) {
  const side = element("div", "facts");
  side.appendChild(givenLine(card, act));
  if (card.sides.length) side.appendChild(answersLine(card, act));
  side.appendChild(suggestionList(card, act));
  if (card.why) side.appendChild(element("p", "why", card.why));
  for (const like of card.likes) side.appendChild(likeRow(like));
  side.appendChild(act.buttons());
  if (card.history.length) side.appendChild(historyList(card));
  return side;
}

function givenLine(card, act) {
  const line = element("p", "given");
  line.append(element("span", "quiet", "given "), element("bdi", "", card.given_now || "no label"));
  const keep = line.appendChild(element("button", "keep"));
  keep.type = "button";
  keep.append(element("kbd", "", "space"), element("span", "", "confirm"));
  keep.addEventListener("click", () => act.confirm());
  return line;
}

// Two answers that contradict each other, side by side; either is taken with its key.
function answersLine(card, act) {
  const row = element("div", "sides");
  card.sides.forEach((side, index) => {
    const button = row.appendChild(element("button", `side ${side.standing ? "standing" : "against"}`));
    button.type = "button";
    const head = button.appendChild(element("span", "quiet"));
    head.append(element("kbd", "", "[]"[card.sides.length === 1 ? 1 : index]), element("bdi", "", side.reviewer), ` · ${side.when}`);
    button.appendChild(element("bdi", "answer", verdictText(side)));
    button.appendChild(element("span", "quiet", side.standing ? "stands now" : "contradicts it, and changed nothing"));
    if (side.reason) button.appendChild(element("bdi", "quiet", side.reason));
    button.addEventListener("click", () => act.side(side));
  });
  return row;
}

function suggestionList(card, act) {
  const list = element("ol", "suggestions");
  card.suggestions.forEach((one, index) => {
    const button = list.appendChild(element("li")).appendChild(element("button", "suggestion"));
    button.type = "button";
    button.append(element("kbd", "", String(index + 1)), element("bdi", "", one.name), element("span", "quiet", one.text));
    button.title = `${one.name}: named by ${one.text.split(" · ")[0]} scores and models`;
    button.addEventListener("click", () => act.pick(one.name));
  });
  return list;
}

function likeRow(like) {
  const row = element("div", "like");
  const title = row.appendChild(element("p", "quiet", "nearest of "));
  title.appendChild(element("bdi", "", like.name));
  const strip = row.appendChild(element("div", "strip"));
  for (const [key, source] of like.pictures) {
    const image = strip.appendChild(element("img"));
    image.alt = key;
    image.title = key;
    if (source) image.src = source;
  }
  return row;
}

function historyList(card) {
  const box = element("div", "history");
  box.appendChild(element("p", "quiet", "review history"));
  const list = box.appendChild(element("ul"));
  for (const one of card.history) {
    const item = list.appendChild(element("li", one.applied ? "" : "quiet"));
    item.append(element("span", "quiet", one.when), element("bdi", "", one.reviewer), element("bdi", "", one.text));
  }
  return box;
}
