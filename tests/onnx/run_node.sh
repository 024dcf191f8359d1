#!/usr/bin/env bash
# Runs a Node script that uses ONNX Runtime: takes the folder that onnxruntime-node is installed into when it is not
# there, the script, and its arguments. Where Node or the registry is missing it says so and exits 77: skipped.
set -uo pipefail
folder=$1
shift
version=1.30.0

skip() {
  echo "skipped: $1"
  exit 77
}

for tool in node npm; do
  command -v "$tool" >/dev/null || skip "there is no $tool to run ONNX Runtime with"
done
mkdir -p "$folder"
# Tests that run side by side install it once.
exec 9>"$folder/lock"
flock 9
if [ ! -e "$folder/installed-$version" ]; then
  npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --fetch-retries 0 "onnxruntime-node@$version" \
    >"$folder/npm.log" 2>&1 || skip "npm could not install onnxruntime-node $version: $(tail -n 1 "$folder/npm.log")"
  touch "$folder/installed-$version"
fi
exec 9>&-
export GRADLOOM_ONNX_RUNTIME=$folder
(cd "$folder" && node -e 'require("onnxruntime-node")') >"$folder/load.log" 2>&1 ||
  skip "onnxruntime-node $version does not load here: $(grep -m 1 Error "$folder/load.log")"
exec node "$@"
