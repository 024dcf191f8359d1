#!/usr/bin/env bash
# Holds the script ./run to its exit codes and texts, on made-up systems: a PATH with the few tools it uses and with
# made-up cmake, ninja, ctest and apt-get. Takes the source folder.
set -uo pipefail
script=$1/run
system=$(mktemp -d)
trap 'rm -rf "$system"' EXIT
failures=0

# tool NAME BODY: a made-up tool, in the place of the link to the real one where there is one.
tool() {
  rm -f "$system/$1"
  printf '#!%s\n%s\n' "$(command -v bash)" "$2" >"$system/$1"
  chmod +x "$system/$1"
}

# bare_system: what a system without apt and without build tools has.
bare_system() {
  rm -f "$system"/*
  local name
  for name in bash dirname env grep mktemp tee tail rm nproc cat id; do
    ln -s "$(command -v $name)" "$system/$name"
  done
}

# expect STATUS LAST_LINE ARGUMENT...: ./run ARGUMENT... ends with this exit code and this last line.
expect() {
  local status=$1 last=$2 output actual
  shift 2
  output=$(PATH=$system "$script" "$@" 2>&1)
  actual=$?
  if [ "$actual" -ne "$status" ] || [[ "$(tail -n 1 <<<"$output")" != $last ]]; then
    echo "./run $*: exit $actual instead of $status, or not the last line \"$last\":"
    echo "$output"
    failures=$((failures + 1))
  fi
}

bare_system
expect 0 "  clean *" help
expect 2 "  clean *"
expect 2 'run: no command "biuld"' biuld
expect 2 "run: test takes --sanitized or --long, not --fast" test --fast
expect 2 "run: test takes one option, not 2" test --long --sanitized

# Neither apt nor the tools: what is missing is named, and then the first tool without which nothing goes.
expect 4 "run: building needs cmake, which is not on the PATH" build
tool cmake 'exit 0'
expect 4 "run: building needs ninja, which is not on the PATH" build
rm "$system/cmake"
[[ "$(PATH=$system "$script" build 2>&1)" == "run: no apt-get here to install what Debian 12 calls: g++ cmake "* ]] ||
  { echo "the missing packages are not named"; failures=$((failures + 1)); }

# Tools that are there without being packages are enough.
tool cmake 'echo "cmake $*"'
tool ninja ''
expect 0 "cmake --build --preset release -j * --target gradloom_command" build

# The test runner's summary is the last line and its exit code is kept.
tool ctest 'echo "100% tests passed, 0 tests failed out of 7"; echo; echo "Total Test time (real) = 1 sec"'
expect 0 "100% tests passed, 0 tests failed out of 7" test
expect 0 "100% tests passed, 0 tests failed out of 7" test --sanitized
tool ctest 'echo "50% tests passed, 1 tests failed out of 2"; echo "Errors while running CTest"; exit 8'
expect 8 "50% tests passed, 1 tests failed out of 2" test
expect 8 "50% tests passed, 1 tests failed out of 2" test --sanitized
expect 8 "50% tests passed, 1 tests failed out of 2" test --long

# A build that fails runs no test.
tool cmake 'exit 3'
expect 3 "*" test
tool cmake '[ "$1" != --build ] || exit 5'
expect 5 "*" test

# apt that fails, and a user who may not install.
tool dpkg-query 'exit 1'
tool apt-get '[ "$1" = update ]'
tool id 'echo 0'
expect 4 "run: apt-get could not install: g++ cmake *" build
tool id 'echo 1000'
tool cmake 'echo built'
expect 0 "built" build
tool sudo 'echo "sudo $*" >&2; exit 1'
expect 4 "run: apt-get could not install: g++ cmake *" build

exit $((failures > 0))
