// More styles than one, each with its share.
import { $, make } from "../elements.js";

const MOST = 4;

export class Styles {
  // makeWell makes one at a place, which the first style has in the page.
  constructor(makeWell, place, examples, onChange) {
    Object.assign(this, { makeWell, first: makeWell(place), examples, onChange, rows: [] });
    this.share = shareField("Share of the first style");
    $("further").before(this.share.element);
    $("add-style").addEventListener("click", () => { this.add(this.unused()); this.rows.at(-1).well.input.focus(); });
    this.arrange();
  }

  get wells() { return [this.first, ...this.rows.map(row => row.well)]; }

  get value() {
    const [share, ...others] = [this.share, ...this.rows.map(row => row.share)].map(field => field.value);
    return { style: this.first.picture.id, share: this.rows.length ? share : 1,
      further: this.rows.map((row, at) => ({ picture: row.well.picture.id, share: others[at] })) };
  }

  // pictures: all of them, the first one as well.
  set(pictures, shares) {
    for (const row of this.rows) row.element.remove();
    this.rows = [];
    this.first.take(pictures[0]);
    this.share.value = shares[0];
    pictures.slice(1).forEach((picture, at) => this.add(picture, shares[at + 1]));
    this.arrange();
  }

  add(picture, share = 1) {
    const number = this.rows.length + 2, place = make("div", { className: "well" });
    place.dataset.role = "style";
    const row = { element: make("div", { className: "pair further", role: "group", "aria-label": `Style ${number}` }) };
    row.share = shareField(`Share of style ${number}`, share);
    const remove = make("button", { type: "button", text: "Remove this style" });
    remove.addEventListener("click", () => this.remove(row));
    row.element.append(place, make("div", { className: "beside" }, row.share.element, remove));
    $("further").append(row.element);
    row.well = this.makeWell(place, `Style ${number}`);
    this.rows.push(row);
    row.well.take(picture);
    this.arrange();
  }

  // Those behind it move up: their numbers stay those of their places.
  remove(row) {
    const { share, further } = this.value, all = [[this.first.picture, share], ...this.rows.map((one, at) => [one.well.picture, further[at].share])];
    const left = all.filter((_, at) => at !== this.rows.indexOf(row) + 1);
    this.set(left.map(([picture]) => picture), left.length > 1 ? left.map(([, number]) => number) : [1]);
    $("add-style").focus();
    this.onChange();
  }

  unused() {
    const taken = this.wells.map(well => well.picture.id);
    return this.examples.find(example => !taken.includes(example.id)) ?? this.examples[0];
  }

  arrange() {
    this.share.element.hidden = !this.rows.length;
    $("add-style").hidden = this.rows.length + 1 >= MOST;
  }
}

function shareField(label, share = 1) {
  const input = make("input", { type: "number", min: 0, max: 1e6, step: "any", required: true, value: share });
  return { element: make("label", { className: "field" }, label, input), get value() { return Number(input.value); }, set value(share) { input.value = share; } };
}
