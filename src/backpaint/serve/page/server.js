// Talk with the server: questions, and the stream of what happens.

export class Refused extends Error {}

const GONE = "The server does not answer. If it was stopped, start it again with backpaint serve and open the address that it prints.";

export async function ask(path, options = {}) {
  let answer;
  try {
    answer = await fetch(path, { ...options, headers: { "x-backpaint": "1", ...options.headers } });
  } catch {
    throw new Refused(GONE);
  }
  const told = isJSON(answer) ? await answer.json() : {};
  if (!answer.ok) throw refused(told);
  return told;
}

const isJSON = answer => (answer.headers.get("content-type") ?? "").startsWith("application/json");
const refused = told => new Refused(told.error ? sentence(told.error) : GONE);

// An answer in parts: lines of JSON, of which the last is the answer.  A signal that aborts it ends the work, too.
export async function follow(path, onPart, signal) {
  try {
    return await readParts(await fetch(path, { headers: { "x-backpaint": "1" }, signal }), onPart);
  } catch (error) {
    throw error instanceof TypeError ? new Refused(GONE) : error;   // as fetch tells that nobody is there
  }
}

async function readParts(answer, onPart) {
  if (!answer.ok) throw refused(isJSON(answer) ? await answer.json() : {});
  const reader = answer.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "", told = {};
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    const lines = (rest + piece.value).split("\n");
    rest = lines.pop();
    for (const line of lines) {
      told = JSON.parse(line);
      if (told.error) throw refused(told);
      if ("part" in told) onPart(told.part, told.text);
    }
  }
  if ("part" in told || !Object.keys(told).length) throw refused({});
  return told;
}

export const post = (path, body) => ask(path, { method: "POST", body: body === undefined ? undefined : JSON.stringify(body) });

// Begins with a capital letter, unless the first word is a file's name, and ends with a full stop.
export const sentence = text =>
  (/^[a-z]+[ ,:]/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text) + (/[.!?]$/.test(text) ? "" : ".");

// A stream that only a visible page keeps open: a browser has six connections for all its pages.
export class Stream {
  constructor(onMessage, onGone) {
    this.onMessage = onMessage;
    this.onGone = onGone;
    this.run = null;
    document.addEventListener("visibilitychange", () => document.hidden ? this.close() : this.open());
    addEventListener("pagehide", () => this.close());
  }

  watch(run) {
    this.run = run;
    this.open();
  }

  open() {
    this.close();
    this.source = new EventSource(this.run === null ? "/api/events" : `/api/events?run=${this.run}`);
    this.source.addEventListener("message", event => this.onMessage(JSON.parse(event.data)));
    this.source.addEventListener("error", () => {
      this.onGone(GONE);
      if (this.source?.readyState === EventSource.CLOSED) this.close();
    });
  }

  close() {
    this.source?.close();
    this.source = null;
  }
}
