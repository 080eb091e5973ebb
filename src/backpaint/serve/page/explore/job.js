// What takes long: a button that begins it and stops it, and how far it is.
import { make, setText } from "../elements.js";
import { follow } from "../server.js";

export class Job {
  // place: where progress is told, and what is refused.
  constructor(button, place) {
    Object.assign(this, { button, text: button.textContent, controller: null });
    this.bar = make("progress", { max: 1, value: 0, "aria-label": `Part that is done: ${this.text}` });
    this.words = make("p", { className: "hint", "aria-live": "polite" });
    this.bar.hidden = true;
    place.replaceChildren(this.bar, this.words);
  }

  get isRunning() { return this.controller !== null; }

  stop() { this.controller?.abort(); }

  // Nothing comes back where it was stopped or refused.
  async ask(path) {
    this.controller = new AbortController();
    setText(this.button, "Stop");
    this.bar.hidden = false;
    this.tell(0, "Preparing.");
    try {
      return await follow(path, (part, text) => this.tell(part, `Computing ${text}.`), this.controller.signal);
    } catch (error) {
      this.left = error.name === "AbortError" ? "Stopped." : error.message;
      this.isBad = error.name !== "AbortError";
    } finally {
      this.controller = null;
      setText(this.button, this.text);
      this.bar.hidden = true;
      this.tell(0, this.left ?? "", this.isBad);
      this.left = this.isBad = null;
    }
  }

  tell(part, text, isBad = false) {
    this.bar.value = part;
    this.words.classList.toggle("bad", Boolean(isBad));
    setText(this.words, text);
  }
}
