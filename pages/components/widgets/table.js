// A sortable table. data: {columns: [{title, number, tip}], rows: [{cells: [{text, tone, sort, link}], link}], height};
// of a cell all but its text may be absent.
// Texts go in as textContent. Numbers align on the decimal point by padding what stands behind it.

const FIGURE_SPACE = "\u2007"; // as wide as a digit
const POINT_SPACE = "\u2008"; // as wide as a point

export default function (component) {
  const { data: [data], parentElement, setTriggerValue } = component;
  const frame = parentElement.querySelector(".frame");
  const signature = JSON.stringify(data);
  if (frame.drawn === signature) return;
  frame.drawn = signature;
  frame.style.maxHeight = data.height ? `${data.height}px` : "";
  const state = { column: -1, descending: true };
  const draw = () => frame.replaceChildren(build(data, state, draw, (link) => setTriggerValue("open", link)));
  draw();
}

function build(data, state, redraw, open) {
  const table = document.createElement("table");
  const head = table.createTHead().insertRow();
  data.columns.forEach((column, index) => {
    const cell = head.appendChild(document.createElement("th"));
    cell.className = `${column.number ? "number" : ""} ${column.wide ? "wide" : ""}`;
    cell.title = column.tip;
    cell.scope = "col";
    if (!column.title) return; // a column of remarks: nothing to call a button that sorts by it
    const button = cell.appendChild(document.createElement("button"));
    button.type = "button";
    button.textContent = column.title;
    if (state.column === index) {
      cell.setAttribute("aria-sort", state.descending ? "descending" : "ascending");
      button.textContent += state.descending ? " ↓" : " ↑";
    }
    button.addEventListener("click", () => {
      state.descending = state.column === index ? !state.descending : column.number;
      state.column = index;
      redraw();
    });
  });
  const decimals = data.columns.map((column, index) =>
    column.number ? Math.max(0, ...data.rows.map((row) => behindPoint(row.cells[index].text))) : 0,
  );
  const body = table.createTBody();
  for (const row of sorted(data.rows, state)) {
    const line = body.insertRow();
    row.cells.forEach((cell, index) => {
      const made = line.insertCell();
      const column = data.columns[index];
      made.className = `${column.number ? "number" : ""} ${column.wide ? "wide" : ""} ${cell.tone ?? ""}`;
      const text = document.createElement((row.link && index === 0) || cell.link ? "button" : "bdi");
      text.textContent = column.number ? padded(cell.text, decimals[index]) : cell.text;
      made.appendChild(text);
      if (cell.link) {
        text.addEventListener("click", (event) => {
          event.stopPropagation();
          open(cell.link);
        });
      }
    });
    if (row.link) {
      line.className = "link";
      line.addEventListener("click", () => open(row.link));
    }
  }
  return table;
}

function sorted(rows, state) {
  if (state.column < 0) return rows;
  const sign = state.descending ? -1 : 1;
  const value = (row) => row.cells[state.column].sort ?? row.cells[state.column].text;
  return [...rows].sort((a, b) => {
    const [x, y] = [value(a), value(b)];
    return sign * (typeof x === "number" && typeof y === "number" ? x - y : String(x).localeCompare(String(y)));
  });
}

function behindPoint(text) {
  const point = text.indexOf(".");
  return point < 0 ? 0 : text.length - point - 1;
}

function padded(text, most) {
  if (most === 0) return text;
  const found = behindPoint(text);
  return text + (found === 0 ? POINT_SPACE : "") + FIGURE_SPACE.repeat(most - found);
}
