// The candidates: which of them are chosen, the table, and the filters as a form. Rows
// are candidates by where they stand on the page; places are coordinates on an axis.

const page = JSON.parse(document.getElementById("data").textContent);
const { columns, axes, figures, best, ramp, noun } = page;
for (const column of columns) {
  // Texts that occur often are sent once.
  if (column.texts) column.values = column.values.map((i) => (i === null ? null : column.texts[i]));
}
const n = columns[0].values.length;
const isTouched = matchMedia("(pointer: coarse)").matches;
const MORE = 200;

const filters = axes.map(() => null); // each {low, high, others}: what goes through
let sorted = { column: 1, isDescending: false };
let nShown = 50;
const query = document.getElementById("search");

const escaped = (text) =>
  String(text).replace(/&/g, "&amp;").replace(/</g, "&lt;").replace(/>/g, "&gt;");

function written(value) {
  if (typeof value !== "number") return value === null ? "" : value;
  if (Number.isInteger(value)) return String(value);
  return String(Number(value.toPrecision(4)));
}

function text(tag, content, attributes = {}) {
  const element = document.createElement(tag);
  element.textContent = content;
  for (const [name, value] of Object.entries(attributes)) {
    element.setAttribute(name, value);
  }
  return element;
}

// ---- which candidates are chosen -------------------------------------------------

const isOther = (axis, place) => axis.others.some(([at]) => at === place);

function passes(row) {
  return axes.every((axis, i) => {
    const filter = filters[i];
    if (filter === null) return true;
    const place = axis.places[row];
    if (place === null) return false;
    if (isOther(axis, place)) return filter.others.has(place);
    return filter.low <= place && place <= filter.high;
  });
}

const contents = Array.from({ length: n }, (_, row) =>
  columns.map((c) => `${c.label}=${written(c.values[row])}`).join(" ").toLowerCase(),
);

function chosenRows() {
  const words = query.value.toLowerCase().split(/\s+/).filter(Boolean);
  const rows = [];
  for (let row = 0; row < n; row++) {
    if (passes(row) && words.every((word) => contents[row].includes(word))) rows.push(row);
  }
  return rows;
}

function whole(axis) {
  return {
    low: -Infinity,
    high: Infinity,
    others: new Set(axis.others.map(([at]) => at)),
  };
}

function setFilter(i, filter) {
  const axis = axes[i];
  const isWhole =
    filter === null ||
    (filter.low === -Infinity && filter.high === Infinity &&
      filter.others.size === axis.others.length);
  filters[i] = isWhole ? null : filter;
}

function reset() {
  filters.fill(null);
  query.value = "";
  update();
}

// ---- the table --------------------------------------------------------------------

const table = document.getElementById("table");
const more = document.getElementById("more");
const isNumeric = columns.map((c) => c.values.every((v) => v === null || typeof v === "number"));

function makeHead() {
  const line = document.createElement("tr");
  columns.forEach((column, i) => {
    const head = document.createElement("th");
    head.scope = "col";
    if (isNumeric[i]) head.className = "number";
    const button = text("button", column.label, { type: "button", title: column.name });
    button.addEventListener("click", () => {
      const isAgain = sorted.column === i;
      sorted = { column: i, isDescending: isAgain ? !sorted.isDescending : startsHigh(i) };
      fillTable(chosenRows());
    });
    head.append(button);
    line.append(head);
  });
  table.tHead.append(line);
}

const startsHigh = (i) => !columns[i].is_parameter && columns[i].label.includes("score");

function compare(a, b) {
  const values = columns[sorted.column].values;
  const [x, y] = [values[a], values[b]];
  if (x === null || y === null) return (x === null) - (y === null) || a - b; // last
  let order;
  if (typeof x === typeof y) {
    order = typeof x === "number" ? x - y : x.localeCompare(y);
  } else {
    order = typeof x === "number" ? -1 : 1;
  }
  return (sorted.isDescending ? -order : order) || a - b;
}

function fillTable(rows) {
  [...table.tHead.rows[0].cells].forEach((head, i) => {
    if (i === sorted.column) {
      head.setAttribute("aria-sort", sorted.isDescending ? "descending" : "ascending");
    } else {
      head.removeAttribute("aria-sort");
    }
  });
  const ordered = [...rows].sort(compare);
  const body = document.createElement("tbody");
  for (const row of ordered.slice(0, nShown)) {
    const line = body.insertRow();
    if (row === best) line.className = "best";
    columns.forEach((column, i) => {
      const value = column.values[row];
      const cell = line.insertCell();
      cell.textContent = value === null ? "–" : written(value);
      if (isNumeric[i]) cell.className = "number";
      if (value === null) cell.classList.add("unset");
    });
  }
  table.tBodies[0].replaceWith(body);
  const left = rows.length - nShown;
  more.hidden = left <= 0;
  more.textContent = `Show ${Math.min(left, MORE)} more`;
}

// ---- the filters as a form --------------------------------------------------------

const form = document.getElementById("filters");
const inputs = [];

function makeForm() {
  if (form === null) return;
  axes.forEach((axis, i) => {
    const group = document.createElement("fieldset");
    group.append(text("legend", axis.label));
    const own = { low: null, high: null, others: [] };
    if (axis.scale !== "category") {
      for (const end of ["low", "high"]) {
        const label = text("label", end === "low" ? "from" : "to");
        const input = text("input", "", { type: "number", step: "any", placeholder: written(axis[end]) });
        input.addEventListener("change", () => {
          const filter = filters[i] ?? whole(axis);
          const open = end === "low" ? -Infinity : Infinity;
          setFilter(i, { ...filter, [end]: input.value === "" ? open : Number(input.value) });
          update();
        });
        own[end] = input;
        label.append(input);
        group.append(label);
      }
    }
    for (const [at, name] of axis.others) {
      const label = document.createElement("label");
      const input = text("input", "", { type: "checkbox" });
      input.addEventListener("change", () => {
        const filter = filters[i] ?? whole(axis);
        const others = new Set(filter.others);
        if (input.checked) others.add(at);
        else others.delete(at);
        setFilter(i, { ...filter, others });
        update();
      });
      own.others.push([at, input]);
      label.append(input, name);
      group.append(label);
    }
    inputs.push(own);
    form.append(group);
  });
}

function fillForm() {
  inputs.forEach((own, i) => {
    const filter = filters[i] ?? whole(axes[i]);
    for (const end of ["low", "high"]) {
      const value = filter[end];
      if (own[end]) own[end].value = Number.isFinite(value) ? Number(value.toPrecision(4)) : "";
    }
    for (const [at, input] of own.others) input.checked = filter.others.has(at);
  });
}
