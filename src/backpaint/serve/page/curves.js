// The losses as curves: logarithmic upwards, evaluations to the right; and as a table, which says the same in numbers.
import { draw, make, setText } from "./elements.js";
import { number } from "./words.js";

const WIDTH = 320, HEIGHT = 240, LEFT = 40, RIGHT = 8, TOP = 10, BOTTOM = 22, POINTS = 300, COLORS = 8;
const [EVALUATION, , LOSS, TERMS, NORM] = [0, 1, 2, 3, 4];

const classOf = at => `curve c${at % COLORS}${Math.floor(at / COLORS) % 2 || at % 2 ? " dashed" : ""}`;

export class Curves {
  constructor(place, table, section) {
    Object.assign(this, { place, table, section, records: [], isPlanned: false, isAwaited: false });
    new ResizeObserver(() => this.plan()).observe(section);
  }

  clear() {
    this.records = [];
    this.plan();
  }

  // Room is made before there is a curve, so that the picture does not jump at the first.
  expect(isAwaited) {
    if (this.isAwaited === isAwaited) return;
    this.isAwaited = isAwaited;
    this.plan();
  }

  add(place, records) {
    this.records.length = Math.min(this.records.length, place);
    this.records.push(...records);
    if (records.length) this.plan();
  }

  plan() {
    if (this.isPlanned) return;
    this.isPlanned = true;
    requestAnimationFrame(() => { this.isPlanned = false; this.show(); });
  }

  show() {
    const isEmpty = !this.records.length;
    this.table.hidden = isEmpty;
    this.section.classList.toggle("filled", !isEmpty || this.isAwaited);
    if (isEmpty) return this.place.replaceChildren(make("p", { className: "hint", text: "A curve for each term, from the first evaluation on." }));
    const names = Object.keys(this.records.at(-1)[TERMS]);
    const lines = names.map(name => ({ name, style: classOf(names.indexOf(name)), value: record => record[TERMS][name] }));
    if (names.length > 1) lines.push({ name: "all together", style: "curve total", value: record => record[LOSS] });
    this.drawChart(lines);
    this.writeTable([...lines, { name: "length of the gradient", style: null, value: record => record[NORM] }]);
  }

  drawChart(lines) {
    const width = Math.max(240, this.place.clientWidth || WIDTH);
    const every = thinned(this.records), values = lines.flatMap(line => every.map(line.value)).filter(value => value > 0);
    if (!values.length) return;
    const low = Math.floor(Math.log10(Math.min(...values))), high = Math.max(low + 1, Math.ceil(Math.log10(Math.max(...values))));
    const last = Math.max(2, every.at(-1)[EVALUATION]);
    const x = evaluation => LEFT + (width - LEFT - RIGHT) * (evaluation - 1) / (last - 1);
    const y = value => TOP + (HEIGHT - TOP - BOTTOM) * (high - Math.log10(value)) / (high - low);
    const svg = draw("svg", { viewBox: `0 0 ${width} ${HEIGHT}`, role: "img", "aria-label":
      `Curves of ${lines.length} losses over ${every.at(-1)[EVALUATION]} evaluations, logarithmic; the table below has the numbers` });
    const step = Math.ceil((high - low) / 6);
    for (let power = low; power <= high; power += step) {
      const level = y(10 ** power);
      svg.append(draw("path", { class: "grid", d: `M${LEFT} ${level}H${width - RIGHT}` }),
        draw("text", { x: LEFT - 5, y: level + 4, "text-anchor": "end" }, `1e${power}`));
    }
    for (const [evaluation, anchor] of [[1, "start"], [last, "end"]])
      svg.append(draw("text", { x: x(evaluation), y: HEIGHT - 6, "text-anchor": anchor }, evaluation === 1 ? "evaluation 1" : evaluation));
    for (const line of lines) {
      const points = every.map(record => [x(record[EVALUATION]), line.value(record)]).filter(([, value]) => value > 0);
      if (points.length) svg.append(draw("path", { class: line.style, d: pathOf(points.map(([at, value]) => [at, y(value)])) }));
    }
    this.place.replaceChildren(svg);
  }

  writeTable(lines) {
    const body = this.table.tBodies[0], first = this.records[0], last = this.records.at(-1);
    const key = lines.map(line => line.name).join("|");
    if (this.key !== key) {
      this.key = key;
      body.replaceChildren(...lines.map(line => row(line)));
    }
    lines.forEach((line, at) => {
      const cells = body.rows[at].cells, start = line.value(first), now = line.value(last);
      setText(cells[2], number(now));
      setText(cells[3], start > 0 ? `${percent(now / start)} %` : "");
    });
  }
}

const percent = part => part >= 10 ? number(100 * part) : (100 * part).toPrecision(3);

function row(line) {
  const swatch = line.style === null ? "" : draw("svg", { viewBox: "0 0 24 10", "aria-hidden": "true" },
    draw("path", { class: line.style, d: "M0 5H24" }));
  return make("tr", {}, make("td", {}, swatch), make("th", { scope: "row", text: line.name }), make("td"), make("td"));
}

function pathOf(points) {
  if (points.length === 1) points = [-4, 4].map(off => [points[0][0] + off, points[0][1]]);
  return points.map(([x, y], at) => `${at ? "L" : "M"}${x.toFixed(1)} ${y.toFixed(1)}`).join("");
}

// As many records as the chart can show; of each group the one with the largest loss, and the last of all.
function thinned(records) {
  if (records.length <= POINTS) return records;
  const size = Math.ceil(records.length / POINTS), kept = [];
  for (let at = 0; at < records.length; at += size)
    kept.push(records.slice(at, at + size).reduce((one, other) => other[LOSS] > one[LOSS] ? other : one));
  return kept.at(-1) === records.at(-1) ? kept : [...kept, records.at(-1)];
}
