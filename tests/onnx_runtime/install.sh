#!/bin/bash
# Installs ONNX Runtime for Node into a folder, once: `install.sh FOLDER`. No package's own scripts are run; what is
# needed lies in the package. Prints why when it cannot be had, exit 1.
set -u
folder=$1 package=onnxruntime-node version=1.30.0
command -v node > /dev/null && command -v npm > /dev/null || { echo "node or npm is not installed"; exit 1; }
mkdir -p "$folder" && exec 9> "$folder/lock" && flock 9 || exit 1
installed=$folder/node_modules/$package/package.json
grep -qs "\"version\": \"$version\"" "$installed" && exit 0
said=$(timeout 120 npm install --prefix "$folder" --ignore-scripts --no-audit --no-fund --prefer-offline \
  --fetch-retries 0 "$package@$version" 2>&1) && [ -f "$installed" ] && exit 0
echo "npm cannot install $package $version: $(echo "$said" | tail -n 3 | tr '\n' ' ')"
exit 1
