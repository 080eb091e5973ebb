// The two wells: a picture is dropped, pasted, chosen as a file, or taken from the examples.
import { make, setText } from "./elements.js";
import { ask } from "./server.js";
import { memory, stem } from "./words.js";

const TITLES = { content: "Content", style: "Style" };

export class Well {
  // largest: bytes of a file.
  constructor(place, examples, largest, onChange, title = TITLES[place.dataset.role]) {
    this.place = place;
    this.role = place.dataset.role;
    this.title = title;
    this.largest = largest;
    this.onChange = onChange;
    this.picture = null;
    this.build(examples);
  }

  build(examples) {
    this.image = make("img", { className: "chosen", alt: "", hidden: true });
    this.nothing = make("span", { className: "nothing", text: "Drop a picture" });
    this.name = make("span", { className: "name", text: " " });
    this.input = make("input", { type: "file", accept: "image/*,.tif,.tiff,.heic,.heif,.avif" });
    this.input.setAttribute("aria-label", `${this.title}: choose a file`);
    this.input.addEventListener("change", () => this.bring(this.input.files[0]));
    const label = make("label", {}, make("span", { text: this.title }), this.image, this.nothing, this.name, this.input);
    const row = make("div", { className: "examples", role: "group", "aria-label": `Examples: ${this.title}` });
    this.buttons = examples.map(example => {
      const button = make("button", { type: "button", "aria-pressed": "false", title: stem(example.name) },
        make("img", { src: `/api/pictures/${example.id}`, alt: stem(example.name) }));
      button.addEventListener("click", () => this.take(example));
      button.dataset.id = example.id;
      row.append(button);
      return button;
    });
    this.told = make("p", { className: "hint told", "aria-live": "polite" });
    this.place.append(label, row);
    this.place.parentElement.append(this.told);   // it has the room of both wells
    for (const kind of ["focusin", "pointerenter"]) this.place.addEventListener(kind, () => { last = this; });
    this.place.addEventListener("dragover", event => { event.preventDefault(); this.place.classList.add("over"); });
    this.place.addEventListener("dragleave", () => this.place.classList.remove("over"));
    this.place.addEventListener("drop", event => {
      event.preventDefault();
      event.stopPropagation();
      this.place.classList.remove("over");
      this.bring(event.dataTransfer.files[0]);
    });
  }

  async bring(file) {
    if (!file) return;
    this.tell(`Reading ${file.name}.`);
    try {
      if (file.size > this.largest) throw Error(`${file.name}: it is larger than ${memory(this.largest)}; shrink it first.`);
      const told = await ask(`/api/pictures?name=${encodeURIComponent(file.name)}`, { method: "POST", body: file });
      this.take(told);
      const [width, height] = told.size;
      this.tell([`${this.title}: ${width} × ${height} pixels.`, ...told.notes.map(note => `${note}.`)].join(" "));
    } catch (error) {
      this.tell(error.message, true);
    }
    this.input.value = "";
  }

  // Said where it belongs, so that it is in sight; the picture that was chosen before stays.
  tell(text, isBad = false) {
    this.told.classList.toggle("bad", isBad);
    setText(this.told, text);
  }

  take(picture) {
    this.picture = picture;
    this.tell("");
    this.image.src = this.source;
    this.image.hidden = false;
    this.nothing.hidden = true;
    setText(this.name, picture.name);
    for (const button of this.buttons) button.setAttribute("aria-pressed", String(button.dataset.id === picture.id));
    this.onChange();
  }

  get source() { return this.picture && `/api/pictures/${this.picture.id}`; }
}

let last = null;   // the well that was used last

// What is pasted or dropped beside the wells goes to the one that was used last, at first to this one.
export function acceptAnywhere(first) {
  const bring = file => (last?.place.isConnected ? last : first).bring(file);
  addEventListener("paste", event => {
    const file = [...event.clipboardData.files].find(one => one.type.startsWith("image/"));
    if (file) { event.preventDefault(); bring(file); }
  });
  addEventListener("dragover", event => event.preventDefault());
  addEventListener("drop", event => { event.preventDefault(); bring(event.dataTransfer?.files[0]); });
}
