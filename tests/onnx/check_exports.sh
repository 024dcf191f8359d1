#!/usr/bin/env bash
# Exports the functions of translators of every kind, and random graphs, and has the checker of the ONNX library look at
# each file. Takes the command, the checker, the writer of random graphs, and a folder to work in.
set -euo pipefail
gradloom=$1 checker=$2 writer=$3 work=$4
rm -rf "$work"
mkdir -p "$work"
cd "$work"
for i in 1 2 3 4 5 6 7 8; do
  echo "the black cat number $i sees it" >>train.en
  echo "le chat noir numéro $i le voit" >>train.fr
done

files=()
# export_functions NAME OPTION...: a translator that was never trained, each of its functions as a file.
export_functions() {
  local name=$1 function
  shift
  "$gradloom" train --source-train train.en --target-train train.fr --source-valid train.en --target-valid train.fr \
    --model "$name" --embedding 8 --hidden 8 --batch 4 --max-minutes 1e-9 --quiet "$@"
  for function in encode decode_step loss train_step; do
    "$gradloom" export "$name" --function "$function" --onnx "$name-$function.onnx"
    files+=("$name-$function.onnx")
  done
}

export_functions gru-dot --cell gru --attention dot --bidirectional --layers 2
export_functions lstm-additive --cell lstm --attention additive --dropout 0.3 --layers 2
export_functions rnn-general --cell rnn --attention general --input-feeding --dropout 0.2
export_functions gru-scaled --cell gru --attention scaled --heads 2 --label-smoothing 0.1 --tied-embeddings target
export_functions lstm-none --cell lstm --attention none --bidirectional --optimizer sgd --momentum 0.9
export_functions rnn-none --cell rnn --attention none --dropout 0.3 --optimizer adamw --weight-decay 0.01 --averaging 0.9
"$gradloom" check "${files[@]}" >checked.txt
"$writer" graphs "${GRADLOOM_LONG:+200}" >/dev/null
"$checker" "${files[@]}" graphs/*.onnx
