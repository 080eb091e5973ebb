// For who wants to understand the picture that is watched: one part for each kind of view.
import { $, make, setText } from "../elements.js";
import { isOver } from "../words.js";
import { Engines } from "./engines.js";
import { Gradients } from "./gradients.js";
import { Landscape } from "./landscape.js";
import { Layers } from "./layers.js";
import { Products } from "./products.js";

const FIRST_LAYER = "relu3_1";

export class Explorer {
  // weightsOf tells a run's network.
  constructor(weightsOf) {
    Object.assign(this, { weightsOf, run: null });
    this.products = new Products(this);
    this.gradients = new Gradients(this, (x, y) => this.products.follow(x, y));
    this.parts = [this.products, this.gradients, new Layers(this), new Landscape(this), new Engines(this)];
  }

  get path() { return `/api/runs/${this.run?.number}`; }

  get facts() { return { weights: this.weightsOf(this.run.request) }; }

  get isPainting() { return Boolean(this.run) && !isOver(this.run) && this.run.state !== "paused"; }

  // The pixel that was chosen last; the middle before that.
  get at() { return this.gradients.at ?? (this.run.size ?? [0, 0]).map(length => Math.floor(length / 2)); }

  offer(layers) {
    $("layer").append(...layers.map(layer => make("option", { text: layer })));
    $("layer").value = FIRST_LAYER;
    this.products.offer(layers);
  }

  show(run) {
    $("explore").hidden = !(run && (isOver(run) ? run.file : run.version));
    const isSame = this.run?.number === run?.number;
    this.run = run;
    if (isSame) return;
    for (const part of this.parts) part.clear();
    this.forget($("explore"));
  }

  onClick(id, work) {
    $(id).addEventListener("click", () => this.busy($(id), work));
  }

  onSubmit(id, work) {
    $(id).addEventListener("submit", event => {
      event.preventDefault();
      this.attempt($(id), work);
    });
  }

  // What is refused is said below what asked for it: the line at the top of the page is out of sight.
  async attempt(asker, work) {
    const place = asker.closest("section > *");
    this.forget(place.parentElement);
    try {
      await work();
    } catch (error) {
      place.after(make("p", { className: "hint bad refused", role: "alert", text: error.message }));
    }
  }

  forget(section) {
    section.querySelectorAll(".refused").forEach(old => old.remove());
  }

  async busy(button, work) {
    const text = button.textContent;
    button.disabled = true;
    setText(button, "Computing.");
    await this.attempt(button, work);
    if (button.textContent === "Computing.") setText(button, text);   // the work may have named it anew
    button.disabled = false;
    button.focus();
  }
}
