// A row of pictures. data: {pictures: [{source, width, height, first, arrow, second, link}]}. Texts go in as textContent.

const HARD_PIXELS = 96; // images up to this side are enlarged without smoothing

export default function (component) {
  const { data, parentElement, setTriggerValue } = component;
  const strip = parentElement.querySelector(".strip");
  const signature = JSON.stringify(data);
  if (strip.dataset.signature === signature) return;
  strip.dataset.signature = signature;
  strip.replaceChildren(...data.pictures.map((one) => picture(one, () => setTriggerValue("open", one.link))));
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  if (className) made.className = className;
  if (text !== undefined) made.textContent = text;
  return made;
}

function picture(one, open) {
  const made = element("button", "picture");
  made.type = "button";
  made.title = [one.first, one.arrow].filter(Boolean).join(" → ") + `\n${one.second}`;
  made.addEventListener("click", open);
  const frame = made.appendChild(element("span", "frame"));
  if (one.source) {
    const image = frame.appendChild(element("img", Math.max(one.width, one.height) <= HARD_PIXELS ? "small" : ""));
    image.alt = "";
    image.src = one.source;
  } else {
    frame.textContent = "no thumbnail";
  }
  const names = made.appendChild(element("span", "names"));
  names.append(element("bdi", "", one.first));
  if (one.arrow) names.append(element("span", "to", "→"), element("bdi", "suggested", one.arrow));
  made.appendChild(element("span", "second", one.second));
  return made;
}
