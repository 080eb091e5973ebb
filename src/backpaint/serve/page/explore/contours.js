// Lines of equal height through a grid of numbers, and curves along its two middle lines.
import { draw } from "../elements.js";

const LEVELS = 9, WIDTH = 320, HEIGHT = 150, EDGE = 8;

// Marching squares: through every cell that a level passes, a segment between two of its sides.
export function contours(values) {
  const n = values.length, logs = values.map(row => row.map(value => Math.log(Math.max(value, 1e-300))));
  const flat = logs.flat(), low = Math.min(...flat), high = Math.max(...flat), paths = [];
  for (let level = 1; level <= LEVELS; level++) {
    const height = low + (high - low) * level / (LEVELS + 1);
    let path = "";
    for (let i = 0; i + 1 < n; i++) for (let j = 0; j + 1 < n; j++) path += segments(logs, i, j, height);
    if (path) paths.push(draw("path", { class: "contour", d: path }));
  }
  return paths;
}

function segments(logs, i, j, height) {
  const corners = [[i, j], [i, j + 1], [i + 1, j + 1], [i + 1, j]], crossed = [];
  corners.forEach(([row, column], at) => {
    const [nextRow, nextColumn] = corners[(at + 1) % 4], here = logs[row][column], next = logs[nextRow][nextColumn];
    if ((here < height) === (next < height)) return;
    const part = (height - here) / (next - here);
    crossed.push([row + part * (nextRow - row), column + part * (nextColumn - column)]);
  });
  let path = "";
  for (let at = 0; at + 1 < crossed.length; at += 2) path += line(logs.length, crossed[at], crossed[at + 1]);
  return path;
}

// Up is along the first direction, so rows count from below.
const point = (n, [row, column]) => `${(column + 0.5).toFixed(2)} ${(n - row - 0.5).toFixed(2)}`;
const line = (n, from, to) => `M${point(n, from)}L${point(n, to)}`;

// The loss along one direction, with its tangent: by the gradient (wide), by a finite difference (dashed).
export function profile(steps, losses, slopes, label) {
  const low = Math.min(...losses), high = Math.max(...losses), room = (high - low || 1) * 0.1, reach = steps.at(-1);
  const x = step => EDGE + (WIDTH - 2 * EDGE) * (step + reach) / (2 * reach);
  const y = loss => HEIGHT - EDGE - (HEIGHT - 2 * EDGE) * (loss - low + room) / (high - low + 2 * room);
  const middle = losses[(losses.length - 1) / 2], half = 0.6 * reach;
  const tangent = slope => `M${x(-half)} ${y(middle - slope * half)}L${x(half)} ${y(middle + slope * half)}`;
  return draw("svg", { viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label },
    draw("path", { class: "grid", d: `M${x(0)} 0V${HEIGHT}` }),
    draw("path", { class: "tangent", d: tangent(slopes.exact) }),
    draw("path", { class: "tangent dashed", d: tangent(slopes.difference) }),
    draw("path", { class: "curve", d: losses.map((loss, at) => `${at ? "L" : "M"}${x(steps[at]).toFixed(1)} ${y(loss).toFixed(1)}`).join("") }),
    draw("circle", { class: "here", cx: x(0), cy: y(middle), r: 4 }));
}
