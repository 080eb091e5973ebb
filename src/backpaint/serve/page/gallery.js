// All runs: those that wait, the one that is painted, and the paintings that were finished.
import { make, setParts, setText } from "./elements.js";
import { counted, stem } from "./words.js";

const SHORT = { waiting: "waiting", starting: "preparing", running: "painting", paused: "paused", stopping: "stopping",
  done: "done", stopped: "stopped", failed: "failed" };

const colorOf = color => !color ? "" : color.luma ? "light and dark painted" : color.keep ? "the content's colors"
  : color.style === "as-is" ? "" : "colors matched";

export class Gallery {
  constructor(section, list, onChoose) {
    Object.assign(this, { section, list, onChoose, items: new Map() });
  }

  show(runs, watched) {
    this.section.hidden = !runs.length;
    for (const [number, item] of this.items)
      if (!runs.some(run => run.number === number)) { item.element.remove(); this.items.delete(number); }
    for (const run of runs) {
      if (!this.items.has(run.number)) this.add(run);
      this.refresh(this.items.get(run.number), run, watched);
    }
  }

  add(run) {
    const image = make("img", { className: "thumb", alt: "" }), title = make("span"), state = make("span", { className: "faint" });
    const button = make("button", { type: "button" }, image, title, state);
    button.addEventListener("click", () => this.onChoose(run.number));
    const element = make("li", {}, button);
    this.list.prepend(element);   // the newest first
    this.items.set(run.number, { element, button, image, title, state, source: "" });
  }

  refresh(item, run, watched) {
    const isLive = ["running", "paused", "stopping", "starting"].includes(run.state);
    const source = run.version && !isLive ? `/api/runs/${run.number}/picture.jpg?v=${run.version}` : `/api/pictures/${run.request.content}`;
    if (item.source !== source) item.image.src = item.source = source;
    setText(item.title, `${run.number}: ` + run.names.map(stem).join(", "));
    setParts(item.state, [SHORT[run.state], run.request.preset, run.size ? `${run.size[0]} × ${run.size[1]}` : "",
      run.last ? counted(run.iterations ?? run.last[1], "iteration") : "", colorOf(run.request.tables.color)]);
    item.button.setAttribute("aria-current", String(run.number === watched));
  }
}
