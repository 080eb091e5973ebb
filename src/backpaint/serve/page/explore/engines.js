// The engines side by side: the same loss and gradient of this picture, their differences and times.
import { $, make } from "../elements.js";
import { number } from "../words.js";
import { picture, table } from "./images.js";
import { Job } from "./job.js";

export class Engines {
  constructor(explorer) {
    this.explorer = explorer;
    this.job = new Job($("look-engines"), $("engines-progress"));
    explorer.onSubmit("engines", () => this.job.isRunning ? this.job.stop() : this.compare());
  }

  clear() {
    this.job.stop();
    $("comparison").replaceChildren();
  }

  async compare() {
    const { path, isPainting } = this.explorer;
    const told = await this.job.ask(`${path}/compare?size=${$("compare-size").value}`);
    if (told && path === this.explorer.path) this.show(told, isPainting || this.explorer.isPainting);
  }

  show(told, wasPainting) {
    const timed = told.rows.filter(row => row.seconds), fastest = Math.min(...timed.map(row => row.seconds));
    const right = told.rows.filter(row => !row.failure);
    const absent = Object.entries(told.absent).map(([name, reason]) => `${name}: ${reason}`);
    $("comparison").replaceChildren(
      table(`One loss and gradient at ${told.size[0]} × ${told.size[1]} pixels, ${told.threads} threads`,
        ["", "Time", "Times the fastest", "Loss", "Loss off by", "Largest difference", "Of the largest entry", "Of the length"],
        right.map(row => [row.name, row.seconds ? `${number(row.seconds)} s` : "none", row.seconds ? (row.seconds / fastest).toFixed(2) : "none",
          number(row.loss), number(row.loss_error), number(row.largest), number(row.of_largest), number(row.of_length)])),
      table("Terms", ["", "float64", ...right.map(row => row.name)], Object.entries(told.terms).map(([term, loss]) =>
        [term, digits(loss), ...right.map(row => term in row.terms ? digits(row.terms[term]) : "not told")])),
      make("div", { className: "maps small" }, ...right.map(row => make("figure", {},
        picture(row.image, `Where the gradient of ${row.name} differs`), make("div", { text: row.name }),
        make("div", { className: "hint", text: `brightest ${number(row.largest)}` })))),
      make("ul", { className: "hint" }, ...notes(told, absent, wasPainting).map(text => make("li", { text }))));
  }
}

const digits = value => value === 0 ? "0" : value.toPrecision(6).replace("e+", "e");

function notes(told, absent, wasPainting) {
  return [
    "Differences are from the reference in float64; each map shows where, as bright as its own largest. Times are medians of three evaluations in turn, in one process: backpaint compare measures them better.",
    ...told.rows.filter(row => row.failure).map(row => `${row.name} failed: ${row.failure}`),
    ...(absent.length ? [`Not here: ${absent.join("; ")}.`] : []),
    ...(told.is_changed ? ["The preset's own normalizations are off: autograd can only differentiate what is reported."] : []),
    ...(wasPainting ? ["A run was painting meanwhile: times are longer than they need be."] : []),
  ];
}
