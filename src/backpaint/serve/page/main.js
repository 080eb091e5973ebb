// The page put together.
import { Curves } from "./curves.js";
import { $, make, setText } from "./elements.js";
import { Explorer } from "./explore/explorer.js";
import { Gallery } from "./gallery.js";
import { ask, post, Stream } from "./server.js";
import { Estimate } from "./settings/estimate.js";
import { Settings } from "./settings/settings.js";
import { Stage } from "./stage.js";
import { isOver, stateOf } from "./words.js";

const state = { settings: null, runs: [], watched: null, spoken: "", isKnown: false };
const stage = new Stage();
const curves = new Curves($("chart"), $("terms"), $("losses"));
const gallery = new Gallery($("gallery"), $("runs"), watch);
const explorer = new Explorer(request => state.settings.weightsOf(request));
const estimate = new Estimate(() => state.settings.request(), () => Boolean(state.settings?.isReady), isBusy);
const stream = new Stream(hear, gone);

function say(text, isBad = false) {
  $("status").classList.toggle("bad", isBad);
  setText($("status"), text);
}

// Stays in sight, until the server answers again.
function gone(text) {
  document.body.classList.add("gone");
  state.spoken = "";
  say(text, true);
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message, true);
  }
}

async function begin() {
  const setup = await ask("/api/setup");
  state.settings = new Settings(setup, () => estimate.plan(), showContent);
  explorer.offer(setup.layers);
  listen();
  showContent();
  estimate.plan();
  stream.watch(null);
  for (const name of (await ask("/api/engines")).engines) $("engine").append(make("option", { text: name }));
}

function listen() {
  $("settings").addEventListener("submit", event => { event.preventDefault(); attempt(paint); });
  $("pause").addEventListener("click", () => attempt(pause));
  $("stop").addEventListener("click", () => attempt(() => post(`/api/runs/${stage.run.number}/stop`)));
  $("remove").addEventListener("click", () => attempt(remove));
  $("again").addEventListener("click", () => state.settings.use(stage.run.request, stage.run.names));
  addEventListener("keydown", event => {
    const isFree = event.target === document.body || event.target === $("slider");
    if (event.key === " " && isFree && !$("pause").disabled && !$("controls").hidden && !$("pause").hidden) {
      event.preventDefault();
      attempt(pause);
    }
  });
}

// Before there is a run, what would be painted.
function showContent() {
  if (!stage.run && state.settings) stage.preview(state.settings.content.source);
}

// ---- runs

function isBusy() {
  return state.runs.some(run => !isOver(run));
}

async function paint() {
  if (!$("settings").reportValidity()) return;
  $("begin").disabled = true;
  const wasBusy = isBusy();
  try {
    const { run } = await post("/api/runs", state.settings.request());
    if (!wasBusy) watch(null);
    else say(`Run ${run} waits for its turn.`);
  } catch (error) {
    return estimate.refuse(error.message);   // above the button: the line at the top may be out of sight
  }
  if (matchMedia("(max-width: 47.99rem)").matches) scrollTo(0, 0);
  estimate.plan();
}

const pause = () => post(`/api/runs/${stage.run.number}/${stage.run.state === "paused" ? "resume" : "pause"}`);

async function remove() {
  await ask(`/api/runs/${stage.run.number}`, { method: "DELETE" });
  watch(null);
}

function watch(number) {
  state.watched = null;
  stream.watch(number);
}

function hear(message) {
  document.body.classList.remove("gone");
  state.runs = message.runs;
  if (state.watched !== message.watched) {
    state.watched = message.watched;
    curves.clear();
  }
  curves.add(message.place, message.records);
  const run = message.runs.find(one => one.number === message.watched);
  curves.expect(Boolean(run) && !isOver(run));
  gallery.show(message.runs, message.watched);
  setText($("begin"), isBusy() ? "Add to the queue" : "Paint");
  if (run) showRun(run);
  else showNone();
  state.isKnown = true;
}

function showRun(run) {
  if (!state.isKnown) { stage.run = run; state.settings.use(run.request, run.names); }   // another page began it
  stage.show(run);
  explorer.show(run);
  speak(`${run.number} ${run.state} ${run.reason}`, stateOf(run), run.state === "failed");
}

// A state is said once, so that it does not replace what was said since.
function speak(key, text, isBad = false) {
  if (key === state.spoken) return;
  state.spoken = key;
  say(text, isBad);
}

function showNone() {
  explorer.show(null);
  speak("none", "Ready.");
  if (!stage.run) return;
  stage.run = null;
  curves.clear();
  showContent();
}

attempt(begin);
