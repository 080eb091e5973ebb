// For who wants to understand: heat maps of each term's gradient, the numbers of a pixel, the channels of a layer.
import { $, make, setText } from "./elements.js";
import { ask } from "./server.js";
import { isOver, number } from "./words.js";

const FIRST_LAYER = "relu3_1";
const percent = part => `${(100 * part).toFixed(1)} %`;

export class Explorer {
  constructor(attempt) {
    this.run = null;
    $("look-gradients").addEventListener("click", event => this.busy(event.target, () => attempt(() => this.gradients())));
    $("look-features").addEventListener("click", event => this.busy(event.target, () => attempt(() => this.features())));
    $("place").addEventListener("submit", event => {
      event.preventDefault();
      attempt(() => this.pixel(+$("place-x").value, +$("place-y").value));
    });
    this.attempt = attempt;
  }

  offer(layers) {
    $("layer").append(...layers.map(layer => make("option", { text: layer })));
    $("layer").value = FIRST_LAYER;
  }

  show(run) {
    $("explore").hidden = !(run && (isOver(run) ? run.file : run.version));
    if (this.run?.number === run?.number) return;
    this.run = run;
    $("place").hidden = true;
    setText($("layer-facts"), "");
    for (const id of ["gradients", "features", "pixel"]) $(id).replaceChildren();
  }

  async busy(button, work) {
    const text = button.textContent;
    button.disabled = true;
    setText(button, "Computing.");
    await work();
    setText(button, text);
    button.disabled = false;
    button.focus();
  }

  async gradients() {
    const told = await ask(`/api/runs/${this.run.number}/gradients`);
    this.size = told.size;
    $("place-x").max = told.size[0] - 1;
    $("place-y").max = told.size[1] - 1;
    $("place").hidden = false;
    $("pixel").replaceChildren();
    $("gradients").replaceChildren(...told.terms.map(term => {
      const image = picture(term.image, `Gradient of ${term.name}: where it is long`);
      image.addEventListener("click", event => {
        const box = image.getBoundingClientRect();
        const x = Math.floor((event.clientX - box.left) / box.width * told.size[0]);
        const y = Math.floor((event.clientY - box.top) / box.height * told.size[1]);
        this.attempt(() => this.pixel(x, y));
      });
      return make("figure", {}, make("div", { className: "map" }, image), make("div", { text: term.name }),
        make("div", { className: "hint", text: `length ${number(term.norm)}, share ${percent(term.share)}` }));
    }));
  }

  async pixel(x, y) {
    const told = await ask(`/api/runs/${this.run.number}/pixel?x=${x}&y=${y}`);
    [$("place-x").value, $("place-y").value] = told.at;
    const rows = told.terms.map(term => make("tr", {}, make("th", { scope: "row", text: term.name }),
      ...term.gradient.map(value => make("td", { text: number(value) }))));
    const head = make("tr", {}, ...["d loss / d level", "Red", "Green", "Blue"].map(text => make("th", { scope: "col", text })));
    const fields = told.fields.map(field => `${field.layer} ${field.x[1] - field.x[0]} × ${field.y[1] - field.y[0]}`);
    $("pixel").replaceChildren(
      make("p", { className: "hint", text: `Column ${told.at[0]}, row ${told.at[1]}: levels ${told.levels.map(number).join(", ")}. ` +
        `The entries over it see so many pixels: ${fields.join(", ")}; the box is ${FIRST_LAYER}'s.` }),
      make("table", {}, make("thead", {}, head), make("tbody", {}, ...rows)));
    this.mark(told);
  }

  // Point at the pixel on every map, and frame what the layer in the middle sees around it.
  mark(told) {
    const field = told.fields.find(one => one.layer === FIRST_LAYER), [width, height] = this.size;
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

  async features() {
    const told = await ask(`/api/runs/${this.run.number}/features?layer=${$("layer").value}`);
    setText($("layer-facts"), `${told.layer}: ${told.channels.length} of ${told.count} channels, ${told.size[0]} × ${told.size[1]} numbers each.`);
    $("features").replaceChildren(...told.channels.map(channel => make("figure", {},
      picture(channel.image, `Channel ${channel.number} of ${told.layer}`),
      make("div", { text: `channel ${channel.number}` }),
      make("div", { className: "hint", text: `rms ${number(channel.strength)}` }))));
  }
}

// A part of the map's side, so that marks stay where they are when the window changes.
const share = part => `${100 * part}%`;

function place(element, left, top) {
  element.style.left = share(left);
  element.style.top = share(top);
}

function picture(encoded, alt) {
  const bytes = Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0));
  const image = make("img", { alt });
  image.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  return image;
}
