// Heat maps of each term's gradient, and the numbers of a pixel.
import { $, make, setParts } from "../elements.js";
import { ask } from "../server.js";
import { number } from "../words.js";
import { picture, place, share, table } from "./images.js";

const FIELD = "relu3_1";   // whose receptive field is framed
const percent = part => `${(100 * part).toFixed(1)}\u00a0%`;

export class Gradients {
  // onPixel is told of a pixel whose numbers are shown.
  constructor(explorer, onPixel) {
    Object.assign(this, { explorer, onPixel, at: null });
    explorer.onClick("look-gradients", () => this.maps());
    explorer.onSubmit("place", () => this.pixel(+$("place-x").value, +$("place-y").value));
  }

  clear() {
    this.at = null;
    $("place").hidden = true;
    for (const id of ["gradients", "pixel"]) $(id).replaceChildren();
  }

  async maps() {
    const told = await ask(`${this.explorer.path}/gradients`);
    this.size = told.size;
    $("place-x").max = told.size[0] - 1;
    $("place-y").max = told.size[1] - 1;
    $("place").hidden = false;
    $("pixel").replaceChildren();
    $("gradients").replaceChildren(...told.terms.map(term => this.map(term)));
  }

  map(term) {
    const image = picture(term.image, `Gradient of ${term.name}: where it is long`);
    image.addEventListener("click", event => {
      const box = image.getBoundingClientRect();
      const x = Math.floor((event.clientX - box.left) / box.width * this.size[0]);
      const y = Math.floor((event.clientY - box.top) / box.height * this.size[1]);
      this.explorer.attempt($("place"), () => this.pixel(x, y));
    });
    const hint = make("div", { className: "hint" });
    setParts(hint, [`length ${number(term.norm)}`, `share ${percent(term.share)}`]);
    return make("figure", {}, make("div", { className: "map" }, image), make("div", { text: term.name }), hint);
  }

  async pixel(x, y) {
    const told = await ask(`${this.explorer.path}/pixel?x=${x}&y=${y}`);
    [$("place-x").value, $("place-y").value] = this.at = told.at;
    const fields = told.fields.map(field => `${field.layer} ${field.x[1] - field.x[0]}\u00a0×\u00a0${field.y[1] - field.y[0]}`);
    $("pixel").replaceChildren(
      make("p", { className: "hint", text: `Column ${told.at[0]}, row ${told.at[1]}: levels ${told.levels.map(number).join(", ")}. ` +
        `The entries over it see so many pixels: ${fields.join(", ")}; the box is ${FIELD}'s.` }),
      table("What one level more would change", ["d loss / d level", "Red", "Green", "Blue"],
        told.terms.map(term => [term.name, ...term.gradient.map(number)])));
    this.mark(told);
    await this.onPixel(...told.at);
  }

  // Point at the pixel on every map, and frame what the layer in the middle sees around it.
  mark(told) {
    const field = told.fields.find(one => one.layer === FIELD), [width, height] = this.size;
    for (const figure of $("gradients").children) {
      figure.querySelectorAll(".mark, .field-box").forEach(old => old.remove());
      const mark = make("span", { className: "mark" }), box = make("span", { className: "field-box" });
      place(mark, (told.at[0] + 0.5) / width, (told.at[1] + 0.5) / height);
      place(box, field.x[0] / width, field.y[0] / height);
      box.style.width = share((field.x[1] - field.x[0]) / width);
      box.style.height = share((field.y[1] - field.y[0]) / height);
      figure.querySelector(".map").append(mark, box);
    }
  }
}
