// The form of a recipe, made from its schema: a part for each table, a field for each key.
import { make } from "../elements.js";
import { explained, fieldFor, labelled, unwrap } from "./fields.js";

const TITLES = {
  network: "Network: pooling and filters", images: "Images: resizing, style scale", variable: "Variable: what is optimized",
  input: "Input: what the network is fed", content: "Content: layers", style: "Style: layers and Gram matrices",
  color: "Color: how the style's is matched, the content's kept",
  total_variation: "Total variation: smoothness", laplacian: "Laplacian: the content's edges", range: "Range: levels that a picture has",
  initial: "Start: noise and shares", scales: "Scales: smaller sizes first", optimizer: "Optimizer: method and its options",
};
const QUICK = { "images.size": "Size, pixels", "optimizer.iterations": "Iterations", "content.weight": "Content weight", "style.weight": "Style weight" };
const ELSEWHERE = ["initial.start"];
const LEFT_OUT = ["masks"];   // without masks, which no picture of this page has, its keys change nothing

const words = name => { const text = name.replaceAll("_", " "); return text.charAt(0).toUpperCase() + text.slice(1); };

export class RecipeForm {
  constructor(schema, layers, quick, place, exampleOf) {
    this.exampleOf = exampleOf;   // of a table, as some preset has it
    this.definitions = schema.$defs;
    this.layers = layers;
    this.quick = quick;
    this.tables = {};
    for (const [name, entry] of Object.entries(this.definitions.Recipe.properties)) {
      if (name === "weights") this.addWeights(place, entry);
      else if (!LEFT_OUT.includes(name)) this.tables[name] = this.addTable(name, entry, place);
    }
    this.arrangeQuick();
  }

  addWeights(place, entry) {
    this.weights = make("select", {}, make("option", { text: "vgg19" }), make("option", { text: "vgg16" }));
    place.append(labelled("Network", "Which VGG; both come with backpaint.", this.weights));
  }

  addTable(name, entry, place) {
    const { kind, mayBeAbsent } = unwrap(entry);
    const table = { name, fields: [], values: {}, isOn: true, mayBeAbsent, entry };
    table.body = make("div", { className: "fields" });
    table.element = make("details", {}, make("summary", { text: TITLES[name] ?? words(name) }), table.body);
    if (mayBeAbsent) {
      table.box = make("input", { type: "checkbox", checked: true });
      table.box.addEventListener("change", () => this.use(table));
      table.body.append(make("label", { className: "check" }, table.box, name === "scales" ? "Paint smaller sizes first" : "Use this term"));
    }
    const variants = entry.discriminator ? Object.values(entry.discriminator.mapping) : [kind.$ref];
    if (entry.discriminator) {
      const methods = Object.keys(entry.discriminator.mapping);
      table.method = make("select", {}, ...methods.map(method => make("option", { text: method })));
      table.method.addEventListener("change", () => this.changeMethod(table));
      table.body.append(labelled("Method", "", table.method));
    }
    table.variants = variants.map(ref => this.definitions[ref.split("/").at(-1)]);
    table.inner = make("div", { className: "fields" });
    table.body.append(table.inner);
    place.append(table.element);
    this.build(table, table.variants[0]);
    return table;
  }

  build(table, definition, prefix = table.name) {
    if (prefix === table.name) {
      table.fields = [];
      table.inner.replaceChildren(make("p", { className: "hint" }, ...explained(definition.description ?? "")));
    }
    for (const [key, entry] of Object.entries(definition.properties)) {
      const path = `${prefix}.${key}`;
      if (entry.$ref) {
        table.inner.append(make("strong", { text: words(key) }));
        this.build(table, this.definitions[entry.$ref.split("/").at(-1)], path);
        continue;
      }
      if (key === table.entry.discriminator?.propertyName) continue;
      const field = QUICK[path] ? fieldFor(path, { ...entry, description: "" }, QUICK[path], this.layers)
        : fieldFor(path, entry, words(key), this.layers);
      field.start = entry.default ?? null;
      table.fields.push(field);
      if (!QUICK[path] && !ELSEWHERE.includes(path)) table.inner.append(field.element);
    }
  }

  arrangeQuick() {
    const fields = Object.values(this.tables).flatMap(table => table.fields);
    this.quick.replaceChildren(...Object.keys(QUICK).map(path => fields.find(field => field.path === path).element));
  }

  changeMethod(table) {
    const iterations = table.fields.find(field => field.path === "optimizer.iterations").get();
    this.build(table, table.variants[table.method.selectedIndex]);
    for (const field of table.fields) field.set(field.path === "optimizer.iterations" ? iterations : field.start);
    this.arrangeQuick();
  }

  // A term that the preset lacks begins as another preset has it.
  use(table) {
    if (table.box.checked && table.fields.some(field => [null, ""].includes(field.get())))
      for (const field of table.fields) field.set(at(this.exampleOf(table.name), field.path.split(".").slice(1)) ?? field.start);
    this.turn(table, table.box.checked);
  }

  turn(table, isOn) {
    table.isOn = isOn;
    if (table.box) table.box.checked = isOn;
    for (const field of table.fields)
      for (const control of field.element.querySelectorAll("input, select, button")) control.disabled = !isOn;
  }

  fill(values) {
    this.weights.value = values.weights;
    for (const table of Object.values(this.tables)) {
      const given = values[table.name];
      if (table.method) {
        table.method.value = given.method;
        this.build(table, table.variants[table.method.selectedIndex]);
      }
      for (const field of table.fields) {
        const value = at(given, field.path.split(".").slice(1));
        field.set(value === undefined ? field.start : value);
      }
      this.turn(table, given !== null && given !== undefined);
    }
    this.arrangeQuick();
  }

  read() {
    const values = { weights: this.weights.value };
    for (const table of Object.values(this.tables)) {
      values[table.name] = table.isOn ? {} : null;
      if (!table.isOn) continue;
      if (table.method) values[table.name].method = table.method.value;
      for (const field of table.fields) put(values[table.name], field.path.split(".").slice(1), field.get());
    }
    return values;
  }

  field(path) {
    return Object.values(this.tables).flatMap(table => table.fields).find(field => field.path === path);
  }
}

const at = (value, keys) => keys.reduce((inner, key) => inner?.[key], value);

function put(value, [key, ...others], what) {
  if (others.length) put(value[key] ??= {}, others, what);
  else value[key] = what;
}

// Whether two values say the same, whatever the order of their keys.
export function same(one, other) {
  if (one === null || other === null || typeof one !== "object" || typeof other !== "object") return one === other;
  const keys = Object.keys(one);
  return keys.length === Object.keys(other).length && keys.every(key => key in other && same(one[key], other[key]));
}
