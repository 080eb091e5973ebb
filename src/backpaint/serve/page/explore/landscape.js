// The loss around the picture: a surface from above, and the slope along two directions, found in two ways.
import { $, draw, make } from "../elements.js";
import { number } from "../words.js";
import { contours, profile } from "./contours.js";
import { exact, picture, table } from "./images.js";
import { Job } from "./job.js";

const DRAWN = 0.01;   // levels: the step of the difference that is drawn

export class Landscape {
  constructor(explorer) {
    this.explorer = explorer;
    this.job = new Job($("look-landscape"), $("landscape-progress"));
    explorer.onSubmit("landscape", () => this.job.isRunning ? this.job.stop() : this.compute());
  }

  clear() {
    this.job.stop();
    $("surface").replaceChildren();
  }

  async compute() {
    const { path, at } = this.explorer;
    const told = await this.job.ask(`${path}/landscape?x=${at[0]}&y=${at[1]}&reach=${$("reach").value}`);
    if (told && path === this.explorer.path) this.show(told);
  }

  show(told) {
    const [left, top, right, bottom] = told.window, n = told.steps.length, middle = (n - 1) / 2, reach = told.steps.at(-1);
    const over = draw("svg", { viewBox: `0 0 ${n} ${n}`, class: "over", "aria-hidden": "true" }, ...contours(told.losses),
      draw("path", { class: "contour", d: `M${n / 2} ${n / 2}v1.6m-.3 -.5l.3 .5l.3 -.5` }), draw("circle", { class: "spot", cx: n / 2, cy: n / 2, r: 0.18 }));
    const rows = [told.losses.map(row => row[middle]), told.losses[middle]];
    $("surface").replaceChildren(
      make("figure", { className: "surface" },
        make("div", { className: "map smooth" }, picture(told.image, `The loss around the picture, from ${number(Math.min(...told.losses.flat()))} to ${number(Math.max(...told.losses.flat()))}`), over),
        make("div", { className: "hint", text: `The loss of columns ${left} to ${right - 1}, rows ${top} to ${bottom - 1} as a picture by themselves; the dot is where the picture ` +
          `is: ${number(told.loss)}. Up is along the gradient, right along a random direction, ${number(reach)} levels each way; lines join equal losses, the arrow is the way down.` })),
      ...told.slopes.map((slope, at) => this.slope(told, slope, rows[at])),
      ...(told.is_consistent ? [] : [make("p", { className: "hint", text: "This preset reports another loss than it differentiates: its slopes need not agree." })]));
  }

  slope(told, slope, losses) {
    const shown = slope.differences.find(one => one.step === DRAWN) ?? slope.differences[0];
    const off = value => slope.exact ? number(Math.abs(value / slope.exact - 1)) : "none";
    return make("figure", { className: "slope" },
      profile(told.steps, losses, { exact: slope.exact, difference: shown.float64 },
        `The loss along ${slope.name}, with its slope by the gradient and by a finite difference`),
      make("div", { className: "hint", text: `Along ${slope.name}: <gradient, direction> is ${exact(slope.exact)} for a level (the wide line); a difference of the loss should be the same (dashed), but for kinks and rounding.` }),
      table(`Finite differences along ${slope.name}`, ["Step, levels", "float64", "off by", `${told.engine}, float32`, "off by"],
        slope.differences.map(one => [String(one.step), exact(one.float64), off(one.float64), exact(one.float32), off(one.float32)])));
  }
}
