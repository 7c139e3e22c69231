// A row of pictures. data: {pictures: [{source, width, height, first, arrow, second, link}]}. Texts go in as textContent.

export default function (component) {
  const { data: [data], parentElement, setTriggerValue } = component;
  const strip = parentElement.querySelector(".strip");
  const signature = JSON.stringify(data);
  if (strip.dataset.signature === signature) return;
  if (!strip.dataset.signature) keepFitted(strip);
  strip.dataset.signature = signature;
  strip.replaceChildren(...data.pictures.map((one) => picture(one, () => setTriggerValue("open", one.link))));
  fitNames(strip);
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
  made.appendChild(classNames(one.first, { other: one.arrow, kind: "suggested" }));
  made.appendChild(element("span", "second", one.second));
  return made;
}
