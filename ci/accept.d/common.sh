# Sourced by the scripts beside it: the release binary, a folder for artifacts, and checks that print their figures.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
out=${CARGO_TARGET_DIR:-target}/accept/$(basename "$0")
rm -rf "$out"
mkdir -p "$out"
out=$(cd "$out" && pwd)

if [ -z "${BUSYHOUR:-}" ]; then
  cargo build --release --quiet
  BUSYHOUR=${CARGO_TARGET_DIR:-target}/release/busyhour
fi
busyhour() { NO_COLOR=1 "$BUSYHOUR" "$@"; }

wrong=0
# holds WHAT: the exit status of the command before it decides. Use as: test …; holds "what"
holds() {
  local status=$?
  if [ "$status" -eq 0 ]; then echo "  ✓ $*"; else echo "  ✗ $*"; wrong=1; fi
}
# equal WHAT EXPECTED MEASURED
equal() { if [ "$2" = "$3" ]; then echo "  ✓ $1: $3"; else echo "  ✗ $1: $3, expected $2"; wrong=1; fi; }
# within WHAT LOW MEASURED HIGH
within() {
  if awk -v a="$2" -v x="$3" -v b="$4" 'BEGIN { exit !(x != "" && x + 0 >= a + 0 && x + 0 <= b + 0) }'; then
    echo "  ✓ $1: $3 in [$2, $4]"
  else
    echo "  ✗ $1: $3 not in [$2, $4]"
    wrong=1
  fi
}
# code WHAT EXPECTED COMMAND…: runs it, its output into a file beside the artifacts.
code() {
  local what=$1 expected=$2 status=0
  shift 2
  "$@" >"$out/$what.out" 2>"$out/$what.err" || status=$?
  equal "$what, exit code" "$expected" "$status"
}
# figure FOLDER PATH: one figure of a result.
figure() { jq -r "$2" "$1/result.json"; }
# The identities that every result owes its reader.
adds_up() {
  jq -e '(.arrivals | .scheduled == .started + .not_started) and (.outcomes | .offered == .completed + ([.human[]] | add)
    + ([.technical[]] | add) + .policy + .excluded + .generator + .in_progress)' "$1/result.json" >/dev/null || {
    echo "  ✗ $1: does not add up: $(jq -c '.arrivals, .outcomes' "$1/result.json")"
    wrong=1
  }
}
free_port() { python3 -c 'import socket; s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM); s.bind(("127.0.0.1", 0)); print(s.getsockname()[1])'; }
# Waits until somebody listens on a UDP port.
listening() {
  local needle
  needle=$(printf ':%04X 00000000:0000' "$1")
  for _ in $(seq 100); do
    if grep -q "$needle" /proc/net/udp; then return 0; fi
    sleep 0.1
  done
  echo "nobody listens on port $1" >&2
  return 1
}
# background ARGUMENT…: busyhour with them, started, and ended with this script. Its process id is $!, not that of a
# shell around it, which would keep the interrupt to itself.
children=()
background() { NO_COLOR=1 "$BUSYHOUR" "$@" & children+=($!); }
finish() {
  local child
  for child in "${children[@]}"; do kill -INT "$child" 2>/dev/null || true; done
  wait
}
trap finish EXIT
# stop PID: asks a background process to end, and waits for it.
stop() { kill -INT "$1" 2>/dev/null || true; wait "$1" || true; }
