// All together: what follows from a choice, and how the page begins.

function update() {
  const rows = chosenRows();
  const isAll = rows.length === n;
  const count = isAll ? `${n} ${noun}` : `${rows.length} of ${n} ${noun}`;
  for (const line of document.querySelectorAll(".count")) line.textContent = count;
  const isFiltered = filters.some((filter) => filter !== null) || query.value !== "";
  for (const button of document.querySelectorAll(".reset")) button.hidden = !isFiltered;
  fillForm();
  fillTable(rows);
  if (typeof Plotly !== "undefined") {
    highlight(rows);
    redrawParallel(rows);
  }
}

async function unpacked(id) {
  const packed = atob(document.getElementById(id).textContent.trim());
  const bytes = new Uint8Array(packed.length);
  for (let i = 0; i < packed.length; i++) bytes[i] = packed.charCodeAt(i);
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
  return new Response(stream).text();
}

async function drawAll() {
  const script = document.createElement("script");
  script.textContent = await unpacked("plotly");
  document.head.append(script);
  await drawParallel();
  for (const { name, data, layout } of figures) {
    await new Promise((resolve) => setTimeout(resolve)); // the page answers meanwhile
    await draw(name, data, layout);
  }
}

function copyCode(button) {
  const code = document.getElementById("code");
  const range = document.createRange();
  range.selectNodeContents(code);
  getSelection().removeAllRanges();
  getSelection().addRange(range);
  document.execCommand("copy"); // works in files too, where there may be no clipboard
  getSelection().removeAllRanges();
  button.textContent = "Copied";
}

makeHead();
makeForm();
update();
query.addEventListener("input", update);
more.addEventListener("click", () => {
  nShown += MORE;
  fillTable(chosenRows());
});
for (const button of document.querySelectorAll(".reset")) button.addEventListener("click", reset);
const copy = document.querySelector(".copy");
if (copy) copy.addEventListener("click", () => copyCode(copy));
drawAll()
  .then(() => {
    document.documentElement.dataset.state = "ready";
    if (chosenRows().length < n) update();
  })
  .catch((error) => {
    document.documentElement.dataset.state = "failed";
    const trouble = document.getElementById("trouble");
    trouble.textContent = `The figures could not be drawn: ${error.message}. A newer browser may help.`;
    trouble.hidden = false;
  });
