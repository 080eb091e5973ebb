// A layer: its strongest channels in the picture, and its filters in themselves.
import { $, make, setText } from "../elements.js";
import { ask } from "../server.js";
import { number } from "../words.js";
import { picture } from "./images.js";

export class Layers {
  constructor(explorer) {
    this.explorer = explorer;
    explorer.onClick("look-features", () => this.features());
    explorer.onClick("look-filters", () => this.filters(0));
    explorer.onClick("more-filters", () => this.filters(this.next));
  }

  clear() {
    setText($("layer-facts"), "");
    $("features").replaceChildren();
    $("more-filters").hidden = true;
  }

  async features() {
    const told = await ask(`${this.explorer.path}/features?layer=${$("layer").value}`);
    this.show(told.channels.map(one => this.tile(one, `Channel ${one.number} of ${told.layer}`, `channel ${one.number}`, `rms ${number(one.strength)}`)),
      `${told.layer}: ${told.channels.length} of ${told.count} channels, ${told.size[0]} × ${told.size[1]} numbers each.`, false);
    $("more-filters").hidden = true;
  }

  async filters(first) {
    const { weights } = this.explorer.facts;
    const told = await ask(`/api/filters?layer=${$("layer").value}&weights=${weights}&first=${first}`);
    const isColor = told.inputs === 3, last = first + told.filters.length;
    this.show(told.filters.map(one => this.tile(one, `Filter ${one.number} of ${told.layer}`, `filter ${one.number}`, `largest ${number(one.largest)}`)),
      `${told.layer}: ${told.count} filters of 3 × 3 numbers for each of ${told.inputs} channels` +
      (isColor ? ", drawn in the colors that they answer to; gray is 0." :
        `; here ${told.first} to ${last - 1}. A tile of 3 × 3 for each channel: orange is positive, blue is negative, dark is 0.`), true);
    this.next = last % told.count;
    $("more-filters").hidden = last >= told.count && first === 0;
    setText($("more-filters"), this.next ? "Show the next filters" : "Show the first filters");
  }

  show(tiles, text, areTiny) {
    setText($("layer-facts"), text);
    $("features").classList.toggle("tiny", areTiny);
    $("features").replaceChildren(...tiles);
  }

  tile(one, alt, title, hint) {
    return make("figure", {}, picture(one.image, alt), make("div", { text: title }), make("div", { className: "hint", text: hint }));
  }
}
