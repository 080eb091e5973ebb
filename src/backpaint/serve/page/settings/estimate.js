// What the settings would take, asked for when somebody stops changing them; and the same as a command.
import { $, setText } from "../elements.js";
import { post, sentence } from "../server.js";
import { counted, duration, memory } from "../words.js";

const PATIENCE = 400;   // milliseconds after the last change

const nameOf = input => input.getAttribute("aria-label") ?? input.labels[0].textContent.trim();

export class Estimate {
  // request makes what would be sent; isReady tells whether it can; isBusy whether a run is on its way.
  constructor(request, isReady, isBusy) {
    Object.assign(this, { request, isReady, isBusy, count: 0 });
    $("copy").addEventListener("click", () => this.copy());
  }

  plan() {
    clearTimeout(this.timer);
    if (!this.isReady()) return;
    const mine = ++this.count;
    this.forget("Estimating memory and time.");
    this.timer = setTimeout(() => this.ask(mine), PATIENCE);
  }

  async ask(mine) {
    const wrong = $("settings").querySelector("input:invalid");
    if (wrong) return this.forget(`${nameOf(wrong)}: ${wrong.validationMessage}`, true);
    try {
      const told = await post("/api/estimate", this.request());
      if (mine === this.count) this.show(told);
    } catch (error) {
      if (mine === this.count) this.forget(error.message, true);
    }
  }

  show(told) {
    setText($("words"), told.command);
    $("copy").disabled = false;
    $("begin").disabled = Boolean(told.too_large) && !this.isBusy();   // what runs now may have ended by then
    if (told.too_large) return this.tell(sentence(told.too_large), true);
    this.tell(`${told.size[0]} × ${told.size[1]} pixels, ${memory(told.memory)}; at least ${counted(told.expected, "evaluation")}, ` +
      `about ${duration(told.seconds)} on ${told.engine}.`);
  }

  // What was estimated is no longer what would be painted.
  forget(text, isBad = false) {
    $("begin").disabled = $("copy").disabled = true;
    setText($("words"), "");
    this.tell(text, isBad);
  }

  // The request itself was fine; it may be sent again.
  refuse(text) {
    this.count++;
    $("begin").disabled = false;
    this.tell(text, true);
  }

  tell(text, isBad = false) {
    $("estimate").classList.toggle("bad", isBad);
    setText($("estimate"), text);
  }

  async copy() {
    try {
      await navigator.clipboard.writeText($("words").textContent);
      setText($("copy"), "Copied");
    } catch {
      setText($("copy"), "Select it, and copy it by hand");
    }
    setTimeout(() => setText($("copy"), "Copy"), 2000);
  }
}
