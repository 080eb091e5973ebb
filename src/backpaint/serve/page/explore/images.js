// Pictures that the server drew, and places on them.
import { make } from "../elements.js";

export function picture(encoded, alt) {
  const bytes = Uint8Array.from(atob(encoded), letter => letter.charCodeAt(0));
  const image = make("img", { alt });
  image.src = URL.createObjectURL(new Blob([bytes], { type: "image/png" }));
  image.addEventListener("load", () => URL.revokeObjectURL(image.src), { once: true });
  return image;
}

// A part of the map's side, so that marks stay where they are when the window changes.
export const share = part => `${100 * part}%`;

export function place(element, left, top) {
  element.style.left = share(left);
  element.style.top = share(top);
}

// A table, or what else may be wider than the window: it scrolls by itself, also by keys.
export const wide = (label, ...children) => make("div", { className: "wide", tabIndex: 0, role: "region", "aria-label": label }, ...children);

export function table(caption, head, rows) {
  const line = cells => cells.map((text, at) => at ? make("td", { text }) : make("th", { scope: "row", text }));
  return wide(caption, make("table", {}, make("caption", { text: caption }),
    make("thead", {}, make("tr", {}, ...head.map(text => make("th", { scope: "col", text })))),
    make("tbody", {}, ...rows.map(cells => make("tr", {}, ...line(cells))))));
}

// So many digits that two numbers can be seen to be equal.
export const exact = value => !Number.isFinite(value) ? "none" : value === 0 ? "0" : value.toPrecision(8).replace("e+", "e");
