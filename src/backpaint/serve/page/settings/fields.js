// One field of a form for each kind of value that a recipe's schema knows.
// Each has a path, an element to show, get() and set(value).
import { make } from "../elements.js";

let counter = 0;

export function fieldFor(path, schema, label, layers) {
  const { kind, mayBeAbsent } = unwrap(schema);
  const field = makerOf(kind)(kind, label, schema.description ?? "", mayBeAbsent, layers);
  field.element.dataset.path = path;
  return { path, ...field };
}

function makerOf(kind) {
  if (kind.enum) return choice;
  if (kind.type === "boolean") return check;
  if (kind.type === "integer" || kind.type === "number") return numberField;
  if (kind.type === "array" && kind.prefixItems?.length === 3) return three;
  if (kind.type === "array" && kind.items?.type === "integer") return several;
  if (kind.type === "object" && kind.propertyNames) return layerTable;
  return asJSON;   // whatever a recipe comes to hold, it can be set here
}

// A value that may be absent is a union with null; a list that may be one number for all is shown as a list.
export function unwrap(schema) {
  const kinds = schema.anyOf?.filter(one => one.type !== "null").sort((one, other) => (other.type === "array") - (one.type === "array"));
  if (!kinds) return { kind: schema, mayBeAbsent: false };
  const isList = kinds[0].type === "array";
  return { kind: kinds.length === 1 || isList ? kinds[0] : {}, mayBeAbsent: kinds.length < schema.anyOf.length };
}

// Words with ``literals`` become words with code in them.
export function explained(text) {
  return text.split(/``?([^`]+)``?/).map((part, at) => at % 2 ? make("code", { text: part }) : part);
}

// The text stands beside the label, not in it: it describes the control and is no part of its name.
export function labelled(label, text, control) {
  const small = make("small", { id: `text-${++counter}`, className: "hint" }, ...explained(text));
  if (text) control.setAttribute("aria-describedby", small.id);
  return make("div", {}, make("label", { className: "field" }, label, control), ...(text ? [small] : []));
}

function choice(kind, label, text) {
  const select = make("select", {}, ...kind.enum.map(name => make("option", { text: name })));
  return { element: labelled(label, text, select), get: () => select.value, set: value => { select.value = value; } };
}

function check(kind, label, text) {
  const box = make("input", { type: "checkbox" });
  const small = make("small", { id: `text-${++counter}`, className: "hint" }, ...explained(text));
  box.setAttribute("aria-describedby", small.id);
  const element = make("div", {}, make("label", { className: "check" }, box, label), small);
  return { element, get: () => box.checked, set: value => { box.checked = value; } };
}

function numberInput(kind, mayBeAbsent) {
  const input = make("input", { type: "number", step: kind.type === "integer" ? "1" : "any", required: !mayBeAbsent,
    placeholder: mayBeAbsent ? "off" : "" });
  if (kind.minimum !== undefined) input.min = kind.minimum;
  if (kind.exclusiveMinimum === 0) input.min = Number.MIN_VALUE;
  return input;
}

const valueOf = input => input.value === "" ? null : Number(input.value);
const shown = value => value === null || value === undefined ? "" : String(value);

function numberField(kind, label, text, mayBeAbsent) {
  const input = numberInput(kind, mayBeAbsent);
  return { element: labelled(label, text, input), get: () => valueOf(input), set: value => { input.value = shown(value); } };
}

function three(kind, label, text, mayBeAbsent) {
  const inputs = ["red", "green", "blue"].map((color, at) => {
    const input = numberInput(kind.prefixItems[at], mayBeAbsent);
    input.setAttribute("aria-label", `${label}, ${color}`);
    return input;
  });
  const element = make("fieldset", {}, make("legend", { text: label }), make("div", { className: "three" }, ...inputs),
    make("small", { className: "hint" }, ...explained(text)));
  return {
    element,
    get: () => inputs.every(input => input.value === "") ? null : inputs.map(valueOf),
    set: value => inputs.forEach((input, at) => { input.value = shown(value?.[at]); }),
  };
}

// A list of whole numbers of any length, with commas between them.
function several(kind, label, text, mayBeAbsent) {
  const input = make("input", { type: "text", inputMode: "numeric", pattern: "\\s*[0-9]+(\\s*,\\s*[0-9]+)*\\s*",
    title: "Whole numbers with commas between them: 128, 256", required: !mayBeAbsent, placeholder: mayBeAbsent ? "off" : "" });
  const numbers = () => input.value.split(",").map(Number);
  return {
    element: labelled(label, text, input),
    get: () => input.value.trim() === "" ? null : numbers(),
    set: value => { input.value = [value ?? []].flat().join(", "); },
  };
}

// A value of any kind, as JSON: 3, [1, 2], "word"; nothing where it may be absent.
function asJSON(kind, label, text, mayBeAbsent) {
  const input = make("input", { type: "text", required: !mayBeAbsent, placeholder: mayBeAbsent ? "off" : "" });
  const parsed = () => { try { return [JSON.parse(input.value || "null"), ""]; } catch { return [null, "Expected JSON, such as [1, 2]."]; } };
  input.addEventListener("input", () => input.setCustomValidity(parsed()[1]));
  return {
    element: labelled(label, text, input),
    get: () => parsed()[0],
    set: value => { input.value = value === null || value === undefined ? "" : JSON.stringify(value); input.setCustomValidity(""); },
  };
}

// A table from layers to numbers, with a row for each.
function layerTable(kind, label, text, mayBeAbsent, layers) {
  const rows = make("div", { className: "rows" });
  const add = make("button", { type: "button", text: "Add a layer" });
  const element = make("fieldset", {}, make("legend", { text: label }), make("small", { className: "hint" }, ...explained(text)), rows, add);
  const changed = () => element.dispatchEvent(new Event("input", { bubbles: true }));
  const addRow = (name, weight) => {
    const select = make("select", { "aria-label": "Layer" }, ...layers.map(layer => make("option", { text: layer })));
    const input = make("input", { type: "number", step: "any", required: true, value: shown(weight), "aria-label": `Weight of ${name}` });
    const remove = make("button", { type: "button", text: "×", "aria-label": `Remove ${name}` });
    const row = make("div", { className: "layer" }, select, input, remove);
    select.value = name;
    select.addEventListener("change", () => {
      input.setAttribute("aria-label", `Weight of ${select.value}`);
      remove.setAttribute("aria-label", `Remove ${select.value}`);
    });
    remove.addEventListener("click", () => { row.remove(); add.focus(); changed(); });
    rows.append(row);
    return select;
  };
  const names = () => [...rows.querySelectorAll("select")].map(select => select.value);
  add.addEventListener("click", () => {
    addRow(layers.find(layer => layer.startsWith("relu") && !names().includes(layer)) ?? layers[0], 1).focus();
    changed();
  });
  return {
    element,
    get: () => Object.fromEntries([...rows.children].map(row => [row.children[0].value, valueOf(row.children[1])])),
    set: value => { rows.replaceChildren(); for (const [name, weight] of Object.entries(value ?? {})) addRow(name, weight); },
  };
}
