// The picture, its slider, its buttons, and what is said of the run.
import { $, make, setParts, setText } from "./elements.js";
import { counted, duration, isOver, number, stem } from "./words.js";

const CALM = 5000;   // milliseconds between two pictures for people who want little motion
const calm = matchMedia("(prefers-reduced-motion: reduce)");

export class Stage {
  constructor() {
    this.run = null;
    this.shown = "";
    this.isLoading = false;
    this.lastChange = 0;
    $("slider").addEventListener("input", () => this.wipe());
    $("frame").addEventListener("pointerdown", event => this.drag(event));
    $("after").addEventListener("load", () => this.loaded());
    $("after").addEventListener("error", () => { this.isLoading = false; });
  }

  // Before there is a run: what would be painted.
  preview(source) {
    this.shown = "";
    this.source = source;
    if (source) $("after").src = source;
    $("after").alt = "The content, which will be painted";
    $("after").hidden = !source;
    $("empty").hidden = Boolean(source);
    this.compare(false);
    $("progress").hidden = true;
    $("controls").hidden = true;
    $("notes").replaceChildren();
    setText($("caption"), source ? "The content; the painting appears in its place." : "");
  }

  show(run) {
    if (this.run?.number !== run.number) { $("slider").value = 0; this.shown = ""; $("before").hidden = true; }
    this.run = run;
    $("empty").hidden = true;
    $("controls").hidden = false;
    this.showPicture(run);
    this.showButtons(run);
    this.showProgress(run);
    const notes = run.notes ?? [];
    if ($("notes").childElementCount !== notes.length) $("notes").replaceChildren(...notes.map(text => make("li", { text })));
  }

  showPicture(run) {
    const content = `/api/pictures/${run.request.content}`;
    const wanted = run.version ? `/api/runs/${run.number}/picture.jpg?v=${run.version}` : content;
    const isLate = calm.matches && !isOver(run) && Date.now() - this.lastChange < CALM && run.version > 1;
    if (wanted === this.shown || this.isLoading || isLate) return;
    this.shown = wanted;
    this.isLoading = true;
    this.lastChange = Date.now();
    $("after").src = wanted;
    $("after").hidden = false;
    $("after").alt = run.version ? `${stem(run.names[0])} in the style of ${stem(run.names[1])}` : "The content, before the first iteration";
    if (run.version && !$("before").src.endsWith(content)) $("before").src = content;
    this.compare(run.version > 0);
  }

  loaded() {
    this.isLoading = false;
    this.wipe();
    if (this.run) this.showPicture(this.run);   // a newer one may be there
  }

  compare(isPossible) {
    $("wipe").hidden = !isPossible;
    $("frame").classList.toggle("compares", isPossible);
    this.wipe();
  }

  wipe() {
    const part = +$("slider").value, isShown = part > 0 && !$("wipe").hidden;
    $("before").hidden = $("edge").hidden = !isShown;
    if (!isShown) return;
    const frame = $("frame").getBoundingClientRect(), box = pictureBox($("after"));
    const edge = box.left + box.width * part / 100;
    $("before").style.clipPath = `inset(0 ${Math.max(0, frame.width - edge)}px 0 0)`;
    $("edge").style.left = `${edge}px`;
    $("slider").setAttribute("aria-valuetext", `${part} % content`);
  }

  drag(event) {
    if ($("wipe").hidden || event.button) return;
    const move = now => {
      const box = pictureBox($("after")), frame = $("frame").getBoundingClientRect();
      $("slider").value = 100 * (now.clientX - frame.left - box.left) / box.width;
      this.wipe();
    };
    const end = () => { removeEventListener("pointermove", move); removeEventListener("pointerup", end); removeEventListener("pointercancel", end); };
    event.preventDefault();
    move(event);
    addEventListener("pointermove", move);
    addEventListener("pointerup", end);
    addEventListener("pointercancel", end);
  }

  showButtons(run) {
    setText($("pause"), run.state === "paused" ? "Resume" : "Pause");
    $("pause").hidden = $("stop").hidden = isOver(run);
    $("pause").disabled = !["running", "paused"].includes(run.state);
    $("stop").disabled = run.state === "stopping";
    $("download").hidden = !run.file;
    if (run.file) $("download").href = `/api/runs/${run.number}/painting.png`;
    $("film").hidden = !run.film;
    if (run.film) $("film").href = `/api/runs/${run.number}/film.webp`;
    $("again").hidden = $("remove").hidden = !isOver(run);
  }

  showProgress(run) {
    const [evaluation, iteration, loss, , , seconds] = run.last ?? [0, 0, null, null, null, 0];
    const done = run.counted === "iteration" ? iteration : evaluation, all = run.expected ?? 1;
    $("progress").hidden = isOver(run) || run.state === "waiting";
    $("progress").value = Math.min(1, done / all);
    setParts($("caption"), [
      run.names.map(stem).join(", "),
      run.size ? `${run.size[0]} × ${run.size[1]}` : "",
      !run.last ? "" : isOver(run) ? counted(run.iterations ?? iteration, "iteration") : `${run.counted} ${Math.min(done, all)} of ${all}`,
      run.last ? `loss ${number(loss)}` : "",
      run.last ? timing(run, seconds) : "",
      isOver(run) && !run.version ? "no picture" : "",
    ]);
  }
}

function timing(run, seconds) {
  if (isOver(run)) return `${counted(run.last[0], "evaluation")}, ${duration(seconds)}`;
  return run.left !== null && run.state !== "paused" ? `about ${duration(run.left)} left` : "";
}

// Where within its element a picture lies that was fitted into it; from the frame's left edge.
function pictureBox(image) {
  const frame = $("frame").getBoundingClientRect(), box = image.getBoundingClientRect();
  const ratio = image.naturalWidth / (image.naturalHeight || 1), width = Math.min(box.width, box.height * ratio);
  return { left: box.left - frame.left + (box.width - width) / 2, width };
}
