#!/bin/bash
# One visit to a GPU: prove first, measure after; docs/gpu/device_run.md tells how to read what it writes.
#
#   OUT=results_folder bash bench/device_run.sh [GROUP...]     # the first six groups; later others
#   REHEARSE=1 OUT=folder bash bench/device_run.sh             # on the emulated device, which is slow
#
# Wheels in ./wheels are installed if present.  Each step is a process of its own with a hard limit, and
# what it says is in $OUT/all.txt as it says it; $OUT/log.txt has the end of each.  After $TOTAL seconds
# no step begins, and none goes on.
cd "$(dirname "$0")/.." || exit
OUT=$(mkdir -p "${OUT:-build/device}" && cd "${OUT:-build/device}" && pwd) || exit
TOTAL=${TOTAL:-420} PYTHON=${PYTHON:-python3} START=$(date +%s)
LOG=$OUT/log.txt ALL=$OUT/all.txt SITE=$(mktemp -d)
trap 'rm -rf "$SITE"' EXIT
export PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 OMP_NUM_THREADS=${OMP_NUM_THREADS:-8}
if compgen -G "wheels/*.whl" > /dev/null; then
  "$PYTHON" -m pip install -q --no-index --no-deps --no-cache-dir --target "$SITE" wheels/*.whl
fi
export PYTHONPATH=$PWD/src:$PWD:$PWD/bench:$PWD/bench/device_steps:$SITE${PYTHONPATH:+:$PYTHONPATH}

say() { echo "=== $(($(date +%s) - START)) s: $*" | tee -a "$LOG"; }

# step NAME SECONDS COMMAND...: skipped when the time is over, and killed when it hangs.
step() {
  local name=$1 limit=$2 left=$((TOTAL - $(date +%s) + START)) before result
  shift 2
  if [ $left -lt 8 ]; then say "$name: no time left"; return 9; fi
  [ "$limit" -gt $left ] && limit=$left
  say "$name (at most $limit s)"
  echo "=== $name: $*" >> "$ALL"
  before=$(stat -c %s "$ALL")
  timeout -s INT -k 5 "$limit" "$@" >> "$ALL" 2>&1
  result=$?
  tail -c +$((before + 1)) "$ALL" | tail -n "${LINES_SHOWN:-6}" | cut -c1-220 | tee -a "$LOG"
  say "$name: ended with $result"
  return $result
}
python() { step "$1" "$2" "$PYTHON" "bench/device_steps/$3" "${@:4}"; }
bench() { step "$1" "$2" "$PYTHON" bench/gpu.py --output "$OUT/bench" "${@:3}"; }

SANITIZED=${RUNGS:-ways:exact ways:tf32 ways:fast tf32:conv_sm90 fast:conv_sm90 tf32:trials fast:trials
  evaluation:fast}
RUNGS=${RUNGS:-relu exact:conv_tiled split:conv_sm80 tf32:conv_sm80 fast:conv_sm80 tf32:conv_sm90
  fast:conv_sm90 tf32:trials fast:trials ways:exact ways:tf32 ways:fast evaluation:exact evaluation:tf32
  evaluation:fast}
SIZE=(--sizes 512) LARGE=(--sizes 1024) SIDE=512
if [ -n "$REHEARSE" ]; then SIZE=(--emulate --sizes 16) LARGE=("${SIZE[@]}") SIDE=16; fi

look() {
  LINES_SHOWN=12 step smi 15 nvidia-smi
  LINES_SHOWN=20 python versions 60 versions.py
}

compile() { LINES_SHOWN=4 python compile 75 compile_all.py; }

failed="" without=()
# Sets what a comparison of all ways goes without, since a rung of it has failed.
leave_out() {
  without=()
  [[ $failed == *trials* ]] && without=(--without trials)
  [[ $failed == *sm90* ]] && without=(--without conv_sm90)
}

rungs() {
  local rung
  for rung in $RUNGS; do
    leave_out
    [[ $rung == ways:* ]] || without=()
    LINES_SHOWN=13 python "rung $rung" "${RUNG_SECONDS:-25}" rung.py "$rung" "${without[@]}" || failed="$failed $rung"
  done
  say "rungs that failed:${failed:- none}"
}

tests() {
  local chosen="not preset and not painting and not elements_than" hangs=()
  [[ $failed == *sm90* ]] && chosen="$chosen and not sm90 and not tf32 and not fast"
  [[ $failed == *trials* ]] && chosen="$chosen and not a_whole_device and not strip and not copies_round"
  "$PYTHON" -c "import pytest_timeout" 2> /dev/null && hangs=(--timeout 40)
  LINES_SHOWN=25 step tests 90 "$PYTHON" -m pytest tests/gpu/test_on_device.py -m "" -q -W default \
    -p no:cacheprovider --maxfail 60 "${hangs[@]}" -k "$chosen"
}

measure() {
  leave_out
  bench ceilings 40 "${SIZE[@]}" --parts ceilings --runs 10
  for precision in tf32 fast exact; do
    LINES_SHOWN=18 python "layers $precision" "${RUNG_SECONDS:-25}" layers.py $SIDE $precision
  done
  bench speed 90 "${SIZE[@]}" --parts speed --torch tf32,fp16 --modes eager,graph --runs 20
  bench lbfgs 60 "${SIZE[@]}" --parts lbfgs --iterations 300
  bench "large pictures" 60 "${LARGE[@]}" --parts speed --torch tf32,fp16 --modes graph --runs 10 --rounds 1
  for precision in tf32 fast; do  # last: everything else counts more if time runs out
    LINES_SHOWN=40 python "ways $precision" "${WAYS_SECONDS:-60}" ways.py $SIDE $precision "${without[@]}"
  done
}

presets() { bench presets 90 "${SIZE[@]}" --parts checks; }

compiled() {
  bench compiled 120 "${SIZE[@]}" --parts speed --torch tf32,fp16 --modes compiled --precisions tf32,fast --rounds 1
  bench tuned 60 "${SIZE[@]}" --parts speed --torch tf32 --modes graph --precisions tf32,fast --tune own --rounds 1
}

sanitize() {
  if ! command -v compute-sanitizer > /dev/null; then say "there is no compute-sanitizer"; return; fi
  for rung in $SANITIZED; do
    for tool in memcheck racecheck; do
      step "$tool $rung" "${SANITIZER_SECONDS:-40}" compute-sanitizer --tool $tool --error-exitcode 9 \
        "$PYTHON" bench/device_steps/rung.py "$rung" --smallest
    done
  done
}

cpu() {
  LINES_SHOWN=40 python cpu 300 cpu_scaling.py --sizes "${CPU_SIZES:-512,1024}" \
    --threads "${CPU_THREADS:-16,8,4,2,1}" --output "$OUT/cpu_scaling.json"
}

GROUPS_KNOWN="look compile rungs tests measure presets compiled sanitize cpu"
for group in ${@:-look compile rungs tests measure presets}; do
  if [[ " $GROUPS_KNOWN " != *" $group "* ]]; then
    echo "there is no group $group; choose of $GROUPS_KNOWN" >&2
    exit 2
  fi
  $group
done
say "the end"
