// Figures, of which plotly.js draws every one.

// ---- figures ----------------------------------------------------------------------

const BASE = {
  font: { family: "system-ui, sans-serif", size: 12, color: "#444" },
  paper_bgcolor: "rgba(0,0,0,0)",
  plot_bgcolor: "rgba(0,0,0,0)",
  hovermode: "closest",
  hoverlabel: { align: "left" },
  dragmode: isTouched ? false : "zoom",
  margin: { l: 56, r: 12, t: 30, b: 44 },
  legend: { orientation: "h", x: 0, y: 1.02, yanchor: "bottom", bgcolor: "rgba(0,0,0,0)" },
  modebar: { bgcolor: "rgba(0,0,0,0)", color: "#8b8f98", activecolor: "#3d83d6" },
};
const AXIS = {
  zeroline: false,
  automargin: true,
  ticks: "",
  exponentformat: "none",
  separatethousands: true,
};
const CONFIG = {
  displaylogo: false,
  responsive: true,
  modeBarButtons: [["zoom2d", "pan2d", "resetScale2d", "toImage"]],
};
const BARE = { ...CONFIG, displayModeBar: false };

// What appears over a candidate; the same text wherever it is drawn.
const labels = Array.from({ length: n }, (_, row) => {
  const lines = [`<b>candidate ${columns[0].values[row]}</b>`];
  columns.slice(2, 24).forEach((column) => {
    const value = column.values[row];
    if (value !== null && value !== "") {
      lines.push(`${escaped(column.label)}: ${escaped(written(value))}`);
    }
  });
  return lines.join("<br>");
});

function laidOut(layout) {
  return {
    ...BASE,
    ...layout,
    xaxis: { ...AXIS, ...layout.xaxis },
    yaxis: { ...AXIS, ...layout.yaxis },
  };
}

function withLabels(trace) {
  if (!trace.customdata) return trace;
  const scores = columns[2].values;
  const y = trace.customdata.map((row) => trace.y ?? scores[row]);
  const names = trace.customdata.map((row) => labels[row]);
  return { ...trace, y, text: names, hovertemplate: "%{text}<extra></extra>" };
}

// In print the figures take the width of the paper: they need to know their own.
function fitToPaper(plot) {
  const { width, height } = plot._fullLayout;
  plot.style.setProperty("--ratio", `${width} / ${height}`);
  for (const svg of plot.querySelectorAll(".main-svg")) {
    svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  }
}

async function draw(name, data, layout) {
  const plot = document.getElementById(`plot-${name}`);
  if (plot === null) return null;
  const whole = laidOut(layout);
  const isSmall = plot.classList.contains("small");
  if (isSmall) whole.margin = { ...whole.margin, t: 8, b: 30 };
  const isBare = isSmall || isTouched || name === "parallel";
  const config = isBare ? BARE : CONFIG;
  await Plotly.newPlot(plot, data.map(withLabels), whole, config);
  plot.on("plotly_afterplot", () => fitToPaper(plot));
  fitToPaper(plot);
  return plot;
}

function highlight(rows) {
  const isChosen = new Set(rows);
  const isAll = rows.length === n;
  for (const { name, data } of figures) {
    const plot = document.getElementById(`plot-${name}`);
    if (plot === null || !plot.data) continue;
    const traces = [];
    const points = [];
    data.forEach((trace, i) => {
      if (!trace.customdata) return;
      traces.push(i);
      const chosen = trace.customdata.flatMap((row, k) => (isChosen.has(row) ? [k] : []));
      points.push(isAll ? null : chosen);
    });
    if (traces.length) Plotly.restyle(plot, { selectedpoints: points }, traces);
  }
}

// ---- parallel coordinates ----------------------------------------------------------

const GOLDEN = 0.618033988749895;
const CROWDED = 16; // values: with fewer of them, lines through the same one are spread

function share(axis, place) {
  const f = axis.scale === "log" ? Math.log : Number;
  return (f(place) - f(axis.low)) / (f(axis.high) - f(axis.low));
}

function placeAt(axis, height) {
  if (axis.scale !== "log") return axis.low + height * (axis.high - axis.low);
  return axis.low * (axis.high / axis.low) ** height;
}

const heights = axes.map((axis) => {
  const isCrowded = new Set(axis.places).size < CROWDED;
  return axis.places.map((place, row) => {
    if (place === null) return null;
    const aside = isCrowded ? 0.018 * (2 * ((row * GOLDEN) % 1) - 1) : 0;
    return Math.max(share(axis, place), -0.01) + aside;
  });
});
const top = Math.max(1, ...heights.flat().filter((height) => height !== null));
const score = axes.length ? axes[axes.length - 1] : null;
const lined = [...Array(n).keys()]
  .filter((row) => axes.every((axis) => axis.places[row] !== null))
  .sort((a, b) => score.places[a] - score.places[b]);

function linesThrough(rows, look) {
  const [x, y, names] = [[], [], []];
  for (const row of rows) {
    heights.forEach((own, i) => {
      x.push(i);
      y.push(own[row]);
      names.push(labels[row]);
    });
    x.push(null);
    y.push(null);
    names.push("");
  }
  const hover = { text: names, hovertemplate: "%{text}<extra></extra>" };
  return { x, y, mode: "lines", showlegend: false, ...hover, ...look };
}

function axisLabels() {
  const [x, y, names] = [[], [], []];
  const width = document.getElementById("plot-parallel")?.clientWidth ?? 1000;
  const most = Math.max(6, Math.floor(width / axes.length / 6.5) - 2); // letters
  const cut = (name) => (name.length > most ? `${name.slice(0, most - 1)}…` : name);
  axes.forEach((axis, i) => {
    for (const number of axis.numbers) {
      x.push(i);
      y.push(share(axis, number));
      names.push(written(number));
    }
    for (const [at, name] of axis.others) {
      x.push(i);
      y.push(share(axis, at));
      names.push(escaped(cut(name)));
    }
  });
  return {
    x, y, text: names, mode: "markers+text", textposition: "middle right",
    textfont: { size: 11 }, hoverinfo: "skip", showlegend: false,
    marker: { symbol: "line-ew-open", size: 7, color: "#7d838e" }, cliponaxis: false,
  };
}

function parallelData(rows) {
  const isChosen = new Set(rows);
  const chosen = lined.filter((row) => isChosen.has(row));
  const others = lined.filter((row) => !isChosen.has(row));
  const width = lined.length <= 100 ? 1.6 : 1;
  const opacity = lined.length <= 100 ? 0.85 : 0.5;
  const grey = { line: { color: "#8b8f98", width: 0.8 }, opacity: 0.2, hoverinfo: "skip" };
  const data = [{ ...linesThrough(others, grey), hovertemplate: null }];
  const position = new Map(lined.map((row, k) => [row, k / Math.max(lined.length - 1, 1)]));
  ramp.forEach((color, k) => {
    const last = ramp.length - 1;
    const own = chosen.filter((row) => Math.min(Math.floor(position.get(row) * ramp.length), last) === k);
    data.push(linesThrough(own, { line: { color, width }, opacity }));
  });
  if (lined.includes(best)) {
    const look = { line: { color: page.best_colour, width: 3.2 }, name: "best candidate", showlegend: true };
    if (!isChosen.has(best)) look.opacity = 0.3;
    data.push(linesThrough([best], look));
  }
  return [...data, axisLabels()];
}

function parallelLayout() {
  const line = { color: "#7d838e", width: 1 };
  const shapes = axes.map((axis, i) => ({ type: "line", x0: i, x1: i, y0: 0, y1: 1, line, layer: "below" }));
  const bar = { type: "rect", fillcolor: "rgba(217,104,13,0.3)", line: { color: page.best_colour, width: 1 } };
  axes.forEach((axis, i) => {
    const filter = filters[i];
    if (filter === null) return;
    const sides = { x0: i - 0.045, x1: i + 0.045 };
    if (axis.scale !== "category" && filter.low <= axis.high && filter.high >= axis.low) {
      const [low, high] = [Math.max(filter.low, axis.low), Math.min(filter.high, axis.high)];
      shapes.push({ ...bar, ...sides, y0: share(axis, low) - 0.004, y1: share(axis, high) + 0.004 });
    }
    for (const at of filter.others) {
      const middle = share(axis, at);
      shapes.push({ ...bar, ...sides, y0: middle - 0.025, y1: middle + 0.025 });
    }
  });
  return {
    shapes,
    dragmode: isTouched ? false : "select",
    selectdirection: "d",
    margin: { l: 16, r: 16, t: 30, b: 30 },
    xaxis: {
      range: [-0.12, axes.length - 0.5],
      tickvals: axes.map((_, i) => i),
      ticktext: axes.map((axis) => broken(axis.label)),
      showgrid: false, fixedrange: true, tickangle: 0,
    },
    yaxis: { range: [-0.05, top + 0.06], visible: false, fixedrange: true },
    selections: [],
  };
}

// Axes stand side by side, so long names take several lines.
function broken(name) {
  const lines = [""];
  for (const part of name.match(/[^ _]*[ _]*/g)) {
    const last = lines.length - 1;
    if (lines[last] && lines[last].length + part.length > 14) lines.push(part);
    else lines[last] += part;
  }
  return lines.map((line) => escaped(line.length > 18 ? `${line.slice(0, 17)}…` : line)).join("<br>");
}

function filterBox({ x, y }) {
  const [left, right] = [Math.min(...x), Math.max(...x)];
  const [low, high] = [Math.min(...y), Math.max(...y)];
  let within = axes.map((_, i) => i).filter((i) => left <= i && i <= right);
  if (!within.length) within = [Math.min(Math.max(Math.round((left + right) / 2), 0), axes.length - 1)];
  for (const i of within) {
    const axis = axes[i];
    const others = axis.others.map(([at]) => at).filter((at) => {
      const height = share(axis, at);
      return low - 0.02 <= height && height <= high + 0.02;
    });
    const ends = { low: placeAt(axis, low), high: placeAt(axis, high) };
    if (i === axes.length - 1 && low <= 0) ends.low = -Infinity; // those below the axis
    setFilter(i, { ...ends, others: new Set(others) });
  }
  update();
}

async function drawParallel() {
  const plot = await draw("parallel", parallelData([...Array(n).keys()]), parallelLayout());
  if (plot === null) return;
  plot.on("plotly_selected", (event) => {
    if (event?.range) setTimeout(() => filterBox(event.range));
  });
  plot.on("plotly_doubleclick", () => setTimeout(reset));
}

function redrawParallel(rows) {
  const plot = document.getElementById("plot-parallel");
  if (plot === null || !plot.data) return;
  Plotly.react(plot, parallelData(rows), laidOut(parallelLayout()), BARE);
}
