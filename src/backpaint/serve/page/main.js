// The page put together.
import { Curves } from "./curves.js";
import { $, make, setText } from "./elements.js";
import { RecipeForm, same } from "./form.js";
import { Explorer } from "./explore.js";
import { Gallery } from "./gallery.js";
import { acceptAnywhere, Well } from "./pictures.js";
import { ask, post, sentence, Stream } from "./server.js";
import { Stage } from "./stage.js";
import { counted, duration, isOver, memory, stateOf } from "./words.js";

const PATIENCE = 400;  // milliseconds after the last change until an estimate is asked for

const state = { setup: null, form: null, wells: null, runs: [], watched: null, spoken: "", estimates: 0, isKnown: false };
const stage = new Stage();
const curves = new Curves($("chart"), $("terms"), $("losses"));
const gallery = new Gallery($("gallery"), $("runs"), watch);
const explorer = new Explorer(attempt);
const stream = new Stream(hear, text => say(text, true));

function say(text, isBad = false) {
  $("status").classList.toggle("bad", isBad);
  setText($("status"), text);
}

async function attempt(work) {
  try {
    return await work();
  } catch (error) {
    say(error.message, true);
  }
}

async function begin() {
  state.setup = await ask("/api/setup");
  const { schema, layers, presets, examples } = state.setup;
  state.form = new RecipeForm(schema, layers, $("quick"), $("tables"),
    name => presets.map(one => one.values[name]).find(one => one && one.reported !== false));   // of one that every optimizer follows
  explorer.offer(layers);
  $("preset").append(...presets.map(preset => make("option", { text: preset.name })));
  state.wells = [...document.querySelectorAll(".well")].map(place =>
    new Well(place, examples[place.dataset.role], picturesChanged, say));
  acceptAnywhere(state.wells);
  choosePreset();
  for (const [path, value] of Object.entries(state.setup.first)) state.form.field(path).set(value);
  state.wells.forEach(well => well.take(examples[well.role][0]));
  listen();
  stream.watch(null);
  say("Ready.");
  for (const name of (await ask("/api/engines")).engines) $("engine").append(make("option", { text: name }));
}

function listen() {
  $("preset").addEventListener("change", () => choosePreset());
  $("start").addEventListener("change", chooseStart);
  $("color").addEventListener("change", chooseColor);
  $("tables").addEventListener("input", tellColor);
  $("settings").addEventListener("input", planEstimate);   // not "change": it comes with the click on Paint
  $("settings").addEventListener("submit", event => { event.preventDefault(); attempt(paint); });
  $("pause").addEventListener("click", () => attempt(pause));
  $("stop").addEventListener("click", () => attempt(() => post(`/api/runs/${stage.run.number}/stop`)));
  $("remove").addEventListener("click", () => attempt(remove));
  $("again").addEventListener("click", () => useSettings(stage.run.request));
  $("copy").addEventListener("click", () => attempt(copy));
  addEventListener("keydown", event => {
    const isFree = event.target === document.body || event.target === $("slider");
    if (event.key === " " && isFree && !$("pause").disabled && !$("controls").hidden && !$("pause").hidden) {
      event.preventDefault();
      attempt(pause);
    }
  });
}

// ---- settings

const preset = () => state.setup.presets.find(one => one.name === $("preset").value);

function choosePreset() {
  state.form.fill(preset().values);
  $("start").value = "preset";
  $("color").value = "";
  setText($("about-preset"), sentence(preset().title));
  planEstimate();
}

// From noise, a recipe may need more than one other value; the server says which.
function chooseStart() {
  const { values, noise } = preset(), changes = $("start").value === "noise" ? noise : {};
  for (const path of new Set(["initial.start", ...Object.keys(noise)])) {
    const field = state.form.field(path);
    const usual = path.split(".").reduce((inner, key) => inner?.[key], values);
    field?.set(path in changes ? changes[path] : usual ?? field.start);
  }
  if ($("start").value === "content") state.form.field("initial.start").set("content");
}

// The words for color are shortcuts to its table, which alone is sent.
function colorTable(word) {
  const table = { ...preset().values.color };
  for (const [path, value] of Object.entries(preset().colors[word] ?? {})) table[path.split(".")[1]] = value;
  return table;
}

function chooseColor() {
  for (const [key, value] of Object.entries(colorTable($("color").value))) state.form.field(`color.${key}`).set(value);
}

function tellColor() {
  const now = state.form.read().color, words = ["", ...Object.keys(preset().colors)];
  $("color").value = words.find(word => same(colorTable(word), now)) ?? "own";
}

function picturesChanged() {
  if (!stage.run) stage.preview(state.wells[0].source);
  planEstimate();
}

function request() {
  const values = state.form.read(), usual = preset().values, tables = {};
  for (const [name, value] of Object.entries(values))
    if (name !== "weights" && !same(value, usual[name] ?? null)) tables[name] = value;
  return {
    content: state.wells[0].picture.id, style: state.wells[1].picture.id, preset: preset().name, tables,
    weights: values.weights === usual.weights ? null : values.weights,
    engine: $("engine").value, seed: +$("seed").value,
  };
}

function useSettings(given) {
  $("preset").value = given.preset;
  choosePreset();
  const values = { ...preset().values, ...given.tables };
  state.form.fill({ ...values, weights: given.weights ?? values.weights });
  if (values.initial.start !== preset().values.initial.start) $("start").value = values.initial.start;
  $("engine").value = given.engine;
  $("seed").value = given.seed;
  tellColor();
  const names = stage.run?.names ?? state.runs.at(-1).names;
  state.wells.forEach((well, at) => well.take(known(given[well.role]) ?? { id: given[well.role], name: names[at] }));
}

const known = id => Object.values(state.setup.examples).flat().find(example => example.id === id);

function planEstimate() {
  clearTimeout(state.timer);
  if (!state.wells?.every(well => well.picture)) return;
  const mine = ++state.estimates;
  forget("Estimating memory and time.");
  state.timer = setTimeout(() => estimate(mine), PATIENCE);
}

async function estimate(mine) {
  if (!$("settings").checkValidity()) return forget("A number is missing or out of its range.", true);
  try {
    const told = await post("/api/estimate", request());
    if (mine !== state.estimates) return;
    setText($("words"), told.command);
    $("copy").disabled = false;
    $("begin").disabled = Boolean(told.too_large) && !isBusy();   // what runs now may have ended by then
    if (told.too_large) return tell(sentence(told.too_large), true);
    tell(`${told.size[0]} × ${told.size[1]} pixels, ${memory(told.memory)}; at least ${counted(told.expected, "evaluation")}, ` +
      `about ${duration(told.seconds)} on ${told.engine}.`);
  } catch (error) {
    if (mine !== state.estimates) return;
    forget(error.message, true);
  }
}

// What was estimated is no longer what would be painted.
function forget(text, isBad = false) {
  $("begin").disabled = $("copy").disabled = true;
  setText($("words"), "");
  tell(text, isBad);
}

function tell(text, isBad = false) {
  $("estimate").classList.toggle("bad", isBad);
  setText($("estimate"), text);
}

async function copy() {
  await navigator.clipboard.writeText($("words").textContent);
  setText($("copy"), "Copied");
  setTimeout(() => setText($("copy"), "Copy"), 2000);
}

// ---- runs

const isBusy = () => state.runs.some(run => !isOver(run));

async function paint() {
  if (!$("settings").reportValidity()) return;
  $("begin").disabled = true;
  const wasBusy = isBusy();
  try {
    const { run } = await post("/api/runs", request());
    if (!wasBusy) watch(null);
    else say(`Run ${run} waits for its turn.`);
    if (matchMedia("(max-width: 47.99rem)").matches) $("stage").scrollIntoView();
  } finally {
    planEstimate();
  }
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
  state.runs = message.runs;
  if (state.watched !== message.watched) {
    state.watched = message.watched;
    curves.clear();
  }
  curves.add(message.place, message.records);
  const run = message.runs.find(one => one.number === message.watched);
  curves.expect(Boolean(run) && !isOver(run));
  gallery.show(message.runs, message.watched);
  setText($("begin"), isBusy() ? "Paint after the others" : "Paint");
  if (run) showRun(run);
  state.isKnown = true;
  if (!run) explorer.show(null);
  if (!run && stage.run) { stage.run = null; curves.clear(); setText($("caption"), ""); stage.preview(state.wells[0].source); }
}

function showRun(run) {
  if (!state.isKnown) { stage.run = run; useSettings(run.request); }   // another page began it
  stage.show(run);
  explorer.show(run);
  const spoken = `${run.number} ${run.state} ${run.reason}`;
  if (spoken !== state.spoken) {
    state.spoken = spoken;
    say(stateOf(run), run.state === "failed");
  }
}

attempt(begin);
