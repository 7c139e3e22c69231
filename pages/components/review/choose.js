// Type-ahead over all classes: names that begin with what is typed come before those that contain it.

const OFFERED = 9;

// input goes into `box`; chosen(name) is called with the class picked, or "" for Enter on an empty field if `emptyToo`.
// first: names offered before anything is typed; digits: whether 1–9 pick one of them. Returns the box; `closed` is called when it is given up.
function chooser({ classes, first, placeholder, emptyToo, digits, chosen, closed }) {
  const box = element("div", "choose");
  const input = box.appendChild(element("input"));
  input.placeholder = placeholder;
  input.setAttribute("aria-label", placeholder);
  const list = box.appendChild(element("ul"));
  let found = [];
  let at = 0;
  const show = () => {
    const typed = input.value.trim().toLowerCase();
    const starts = [];
    const contains = [];
    for (const name of typed ? classes : first) {
      const lower = name.toLowerCase();
      if (lower.startsWith(typed)) starts.push(name);
      else if (lower.includes(typed)) contains.push(name);
    }
    found = [...starts, ...contains].slice(0, OFFERED);
    at = Math.min(at, Math.max(found.length - 1, 0));
    list.replaceChildren(...found.map((name, index) => {
      const item = element("li", index === at ? "chosen" : "");
      item.appendChild(element("bdi", "", name));
      item.addEventListener("mousedown", (event) => {
        event.preventDefault();
        chosen(name);
      });
      return item;
    }));
  };
  input.addEventListener("input", () => {
    at = 0;
    show();
  });
  input.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      at = Math.min(Math.max(at + (event.key === "ArrowDown" ? 1 : -1), 0), found.length - 1);
      show();
      event.preventDefault();
    } else if (event.key === "Enter") {
      event.preventDefault();
      if (emptyToo && !input.value.trim()) chosen("");
      else if (found[at]) chosen(found[at]);
    } else if (event.key === "Escape") closed();
    else if (digits && !input.value && /^[1-9]$/.test(event.key) && first[Number(event.key) - 1]) {
      event.preventDefault();
      chosen(first[Number(event.key) - 1]);
    }
  });
  input.addEventListener("blur", () => closed());
  show();
  return { box, input };
}
