// Numbers, times and states in words.

export function duration(seconds) {
  const whole = Math.round(seconds), two = number => String(number).padStart(2, "0");
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${two(whole % 60)} s`;
  return `${Math.floor(whole / 3600)} h ${two(Math.floor(whole % 3600 / 60))} min`;
}

export function memory(bytes) {
  return bytes < 0.95e9 ? `${Math.max(1, Math.round(bytes / 1e6))} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

export function number(value) {
  if (value === null || !Number.isFinite(value)) return "none";
  if (value === 0) return "0";
  const size = Math.abs(value);
  return size >= 1e-3 && size < 1e5 ? String(+value.toPrecision(4)) : value.toExponential(2).replace("e+", "e");
}

export const counted = (count, noun) => `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;

export const stem = name => name.replace(/\.[^.]+$/, "");

const STATES = {
  waiting: "Waiting for its turn.",
  starting: "Preparing: reading the pictures, computing what they ask for.",
  running: "Painting.",
  paused: "Paused.",
  stopping: "Stopping after this evaluation.",
};

export function stateOf(run) {
  if (STATES[run.state]) return STATES[run.state];
  if (run.state === "stopped") return run.file ? "Stopped; the picture so far is kept."
    : run.last ? `Stopped: ${run.reason}.` : "Stopped before there was a picture.";
  return `${run.state === "done" ? "Done" : "Failed"}: ${run.reason}.`;
}

export const isOver = run => ["done", "stopped", "failed"].includes(run.state);
