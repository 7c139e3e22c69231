// The opened image: the picture on a neutral ground, its name, and a button that copies the address.
// data: {key, source, enlarged, alt, size, refusal, given, suggested, suggestedBy, wrong}. Texts go in as textContent.

export default function (component) {
  const { data: [data], parentElement } = component;
  const card = parentElement.querySelector(".card");
  const signature = `${data.key} ${data.source.length} ${data.given} ${data.suggested}`;
  if (card.dataset.signature === signature) return;
  card.dataset.signature = signature;
  card.replaceChildren(frame(data), names(data), foot(data));
}

function frame(data) {
  const made = element("div", "frame");
  if (!data.source) {
    made.append(element("p", "refusal", data.refusal));
    return made;
  }
  const image = made.appendChild(element("img", data.enlarged ? "enlarged" : ""));
  image.alt = data.alt;
  image.src = data.source;
  return made;
}

function names(data) {
  const made = element("p", "names");
  made.append(element("bdi", "given", data.given || "no label"));
  if (data.suggested) {
    made.append(element("span", "quiet", "→"), element("bdi", "suggested", data.suggested));
    made.append(element("span", "quiet", data.suggestedBy));
  }
  return made;
}

function foot(data) {
  const made = element("div", "foot");
  const name = made.appendChild(element("bdi", "key", data.key));
  name.title = data.key;
  made.append(element("span", "quiet", data.size));
  const button = made.appendChild(element("button", "", "Copy link"));
  button.type = "button";
  button.title = "Copy the address of this image to the clipboard";
  button.addEventListener("click", async () => {
    button.textContent = (await copied(location.href)) ? "Copied" : "Copy it from the address bar";
    setTimeout(() => (button.textContent = "Copy link"), 2000);
  });
  return made;
}

// The clipboard belongs to secure pages, which plain HTTP from another machine is not; selecting and copying works there.
async function copied(text) {
  if (navigator.clipboard && window.isSecureContext) {
    return navigator.clipboard.writeText(text).then(
      () => true,
      () => false,
    );
  }
  const field = document.body.appendChild(document.createElement("textarea"));
  field.value = text;
  field.select();
  const done = document.execCommand("copy");
  field.remove();
  return done;
}
