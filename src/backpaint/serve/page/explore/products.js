// One number of the gradient, written out: the products of a convolution's backward that add up to it.
import { $, make } from "../elements.js";
import { ask } from "../server.js";
import { number } from "../words.js";
import { exact, picture, table } from "./images.js";

export class Products {
  constructor(explorer) {
    Object.assign(this, { explorer, isShown: false, at: [0, 0] });
    explorer.onSubmit("convolution", () => this.show(...this.at));
    for (const id of ["convolution-layer"]) $(id).addEventListener("change", () => { $("convolution-channel").value = ""; });
  }

  offer(layers) {
    $("convolution-layer").append(...layers.filter(layer => layer.startsWith("conv")).map(layer => make("option", { text: layer })));
  }

  clear() {
    this.isShown = false;
    $("convolution").hidden = true;
    $("products").replaceChildren();
  }

  // Another pixel was chosen: what is written out follows it.
  async follow(x, y) {
    this.at = [x, y];
    $("convolution").hidden = false;
    if (this.isShown) await this.show(x, y);
  }

  async show(x, y) {
    const channel = $("convolution-channel").value;
    const query = `layer=${$("convolution-layer").value}&x=${x}&y=${y}` + (channel === "" ? "" : `&channel=${channel}`);
    const told = await ask(`${this.explorer.path}/convolution?${query}`);
    this.isShown = true;
    const where = told.input === "input" ? `the network's input (${told.pixel.color})` : told.input;
    $("products").replaceChildren(
      make("p", { className: "hint", text: `${told.layer}: channel ${told.channel} of ${where}, column ${told.at[1]}, row ${told.at[0]} of ` +
        `${told.size[0]} × ${told.size[1]}. It went into ${told.count} filters at nine places each; along every multiplication the gradient ` +
        `comes back, times the filter's number. The filters lie turned, as they meet it.` }),
      make("figure", {}, picture(told.all, `All ${told.count * 9} products`),
        make("div", { className: "hint", text: `All ${9 * told.count} products: a column for each filter, a row for each place. Orange adds, blue takes away.` })),
      ...told.filters.map(one => written(one)),
      table("How they add up", ["Part", "Value"], sums(told)));
  }
}

const written = one => make("div", { className: "written", role: "group", "aria-label": `Filter ${one.number}` },
  make("strong", { text: `Filter ${one.number}` }),
  grid(one.around, "gradient behind"), make("span", { text: "×" }), grid(one.turned, "filter, turned"), make("span", { text: "=" }),
  grid(one.products, "products"), make("span", { text: `sum ${number(one.sum)}` }));

const grid = (rows, name) => make("table", { className: "nine" }, make("caption", { text: name }),
  make("tbody", {}, ...rows.map(row => make("tr", {}, ...row.map(value => make("td", { text: short(value) }))))));

function sums(told) {
  const shown = told.filters.length, rows = [
    [`the ${shown} filters above`, exact(told.sum - told.others)],
    [`the other ${told.count - shown}`, exact(told.others)],
    ["all products", exact(told.sum)],
  ];
  if (told.own) rows.push([`the term that looks at ${told.input} itself`, exact(told.own)]);
  if (told.copies) rows.push(["what comes back to its copies beyond the border", exact(told.copies)]);
  rows.push([`the reference's backward (${told.precision})`, exact(told.reference)]);
  const pixel = told.pixel;
  if (pixel) rows.push([`d loss / d level of ${pixel.color}: times ${number(pixel.factor)}`, exact(pixel.gradient)],
    [`the engine ${pixel.engine_name}'s, without total variation`, exact(pixel.engine)]);
  return rows;
}

const short = value => value === 0 ? "0" : Math.abs(value) >= 1e-2 && Math.abs(value) < 1e4 ? String(+value.toPrecision(3)) : value.toExponential(1).replace("e+", "e");
