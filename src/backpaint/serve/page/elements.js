// Small helpers for the document.

export const $ = id => document.getElementById(id);

// make("label", { className: "field", text: "Size" }, child, child)
export function make(tag, options = {}, ...children) {
  const element = document.createElement(tag);
  const { text, ...others } = options;
  if (text !== undefined) element.textContent = text;
  for (const [key, value] of Object.entries(others)) {
    if (key.includes("-") || key === "for" || key === "role") element.setAttribute(key, value);
    else element[key] = value;
  }
  element.append(...children);
  return element;
}

export function draw(tag, attributes = {}, ...children) {
  const element = document.createElementNS("http://www.w3.org/2000/svg", tag);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value);
  element.append(...children);
  return element;
}

// Parts with dots between them; a line breaks between two rather than within one.
export function setParts(element, parts) {
  const given = parts.filter(Boolean);
  if (element.textContent === given.join(" · ")) return;
  element.replaceChildren(...given.flatMap((text, at) => [at ? " · " : "", make("span", { className: "whole", text })]));
}

export function setText(element, text) {
  if (element.textContent !== text) element.textContent = text;   // what is read aloud is not repeated
}
