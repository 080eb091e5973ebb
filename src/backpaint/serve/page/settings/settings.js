// All settings: pictures, preset, the shortcuts for start and color, and the recipe's own form.
import { $, make, setText } from "../elements.js";
import { acceptAnywhere, Well } from "../pictures.js";
import { sentence } from "../server.js";
import { RecipeForm, same } from "./form.js";
import { Styles } from "./styles.js";

const TRIED = { total_variation: { weight: 1, kind: "squared" }, laplacian: { weight: 1e7 }, range: { weight: 10 } };   // those of docs/control.md, for the default

export class Settings {
  // onChange is told of every change, onContent of another content.
  constructor({ schema, layers, presets, examples, first, largest }, onChange, onContent) {
    Object.assign(this, { presets, examples, onChange });
    this.form = new RecipeForm(schema, layers, $("quick"), $("tables"),
      name => TRIED[name] ?? presets.map(one => one.values[name]).find(one => one && one.reported !== false));   // of one that every optimizer follows
    $("preset").append(...presets.map(preset => make("option", { text: preset.name })));
    const [content, style] = document.querySelectorAll(".well");
    this.content = new Well(content, examples.content, largest, () => { onContent(); onChange(); });
    this.styles = new Styles((place, title) => new Well(place, examples.style, largest, onChange, title), style, examples.style, onChange);
    acceptAnywhere(this.content);
    this.choosePreset();
    for (const [path, value] of Object.entries(first)) this.form.field(path).set(value);
    this.content.take(examples.content[0]);
    this.styles.set([examples.style[0]], [1]);
    this.listen();
  }

  listen() {
    $("preset").addEventListener("change", () => this.choosePreset());
    $("start").addEventListener("change", () => this.chooseStart());
    $("color").addEventListener("change", () => this.chooseColor());
    $("tables").addEventListener("input", () => this.tellColor());
    $("settings").addEventListener("input", this.onChange);   // not "change": it comes with the click on Paint
  }

  get isReady() { return [this.content, ...this.styles?.wells ?? [null]].every(well => well?.picture); }

  get preset() { return this.presets.find(one => one.name === $("preset").value); }

  choosePreset() {
    this.form.fill(this.preset.values);
    $("start").value = "preset";
    $("color").value = "";
    setText($("about-preset"), sentence(this.preset.title));
    this.onChange();
  }

  // From noise, a recipe may need more than one other value; the server says which.
  chooseStart() {
    const { values, noise } = this.preset, changes = $("start").value === "noise" ? noise : {};
    for (const path of new Set(["initial.start", ...Object.keys(noise)])) {
      const field = this.form.field(path);
      const usual = path.split(".").reduce((inner, key) => inner?.[key], values);
      field?.set(path in changes ? changes[path] : usual ?? field.start);
    }
    if ($("start").value === "content") this.form.field("initial.start").set("content");
  }

  // The words for color are shortcuts to its table, which alone is sent.
  colorTable(word) {
    const table = { ...this.preset.values.color };
    for (const [path, value] of Object.entries(this.preset.colors[word] ?? {})) table[path.split(".")[1]] = value;
    return table;
  }

  chooseColor() {
    for (const [key, value] of Object.entries(this.colorTable($("color").value))) this.form.field(`color.${key}`).set(value);
  }

  tellColor() {
    const now = this.form.read().color, words = ["", ...Object.keys(this.preset.colors)];
    $("color").value = words.find(word => same(this.colorTable(word), now)) ?? "own";
  }

  request() {
    const values = this.form.read(), usual = this.preset.values, tables = {};
    for (const [name, value] of Object.entries(values))
      if (name !== "weights" && !same(value, usual[name] ?? null)) tables[name] = value;
    return {
      content: this.content.picture.id, ...this.styles.value, preset: this.preset.name, tables,
      weights: values.weights === usual.weights ? null : values.weights,
      engine: $("engine").value, seed: +$("seed").value,
    };
  }

  weightsOf(request) {
    return request.weights ?? this.presets.find(one => one.name === request.preset).values.weights;
  }

  // Take over a run's; names are those of its pictures, the content's first.
  use(given, names) {
    $("preset").value = given.preset;
    this.choosePreset();
    const values = { ...this.preset.values, ...given.tables };
    this.form.fill({ ...values, weights: given.weights ?? values.weights });
    if (values.initial.start !== this.preset.values.initial.start) $("start").value = values.initial.start;
    $("engine").value = given.engine;
    $("seed").value = given.seed;
    this.tellColor();
    const pictures = [given.content, given.style, ...given.further.map(one => one.picture)].map((id, at) => this.known(id) ?? { id, name: names[at] });
    this.content.take(pictures[0]);
    this.styles.set(pictures.slice(1), [given.share, ...given.further.map(one => one.share)]);
    this.onChange();
  }

  known(id) {
    return Object.values(this.examples).flat().find(example => example.id === id);
  }
}
