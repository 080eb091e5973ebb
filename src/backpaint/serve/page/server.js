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
  const type = answer.headers.get("content-type") ?? "";
  const told = type.startsWith("application/json") ? await answer.json() : {};
  if (!answer.ok) throw new Refused(told.error ? sentence(told.error) : GONE);
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
